"""The table of `docs/model.md` that a run of `benchmarks.gpu` fills."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "model.md"
START, END = "<!-- gpu -->\n", "<!-- end of gpu -->\n"
NONE = "not measured"
TRAININGS: dict[str, str] = {
    "genes_paper_float32": "`paper`, 82 graphs, float32",
    "genes_paper_bfloat16": "`paper`, 82 graphs, bfloat16",
    "genes_default_float32": "`default`, 82 graphs, float32",
    "genes_default_bfloat16": "`default`, 82 graphs, bfloat16",
    "molecules_paper_float32": "molecules, sizes of the paper, float32",
    "molecules_paper_bfloat16": "molecules, sizes of the paper, bfloat16",
    "molecules_default_float32": "molecules, default, float32",
    "molecules_default_bfloat16": "molecules, default, bfloat16",
    "fusion": "fusion by attention, float32",
}
CANCEL, LACK = "cancel", "lack"
_HEADER = """\
| training | step, ms | from a CUDA graph, ms | epochs a second | 2000 epochs, hours | memory, MiB |
|---|---|---|---|---|---|
"""


def write_table(found: Mapping[str, Any]) -> str:
    """Write the table and the sentences below it; `found` is empty where nothing was measured."""
    rows = found.get("rows", {})
    lines = [_training_line(label, rows.get(name, {})) for name, label in TRAININGS.items()]
    told = [
        f"- Device: {found.get('device', NONE)}.",
        f"- Memory back after a cancel: {_cancel(rows.get(CANCEL, {}))}.",
        f"- Where memory does not suffice: {_lack(rows.get(LACK, {}))}.",
    ]
    return _HEADER + "".join(lines) + "\n" + "".join(f"{line}\n" for line in told)


def with_table(page: str, found: Mapping[str, Any]) -> str:
    """Replace the table of a page."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}{write_table(found)}{END}{after}"


def _training_line(label: str, row: Mapping[str, Any]) -> str:
    """Write what was measured of one training."""
    captured = row.get("captured", NONE)
    cells = [
        _number(row, "step_ms", ".2f"),
        _number(row, "captured_step_ms", ".2f", otherwise=captured),
        _number(row, "epochs_per_s", ".3g"),
        _number(row, "hours_of_2000_epochs", ".2f"),
        _number(row, "peak_mib", ",.0f"),
    ]
    return f"| {label} | {' | '.join(cells)} |\n"


def _number(row: Mapping[str, Any], key: str, form: str, *, otherwise: str = NONE) -> str:
    """Write a number, or what stands for it."""
    return format(row[key], form) if key in row else otherwise


def _cancel(row: Mapping[str, Any]) -> str:
    """Write how long memory took to come back."""
    if "back_s" not in row:
        return NONE
    return f"{row['back_s']:.1f} s, of {row['held_mib']:,.0f} MiB"


def _lack(row: Mapping[str, Any]) -> str:
    """Write what each method said."""
    told = [f"{name}: {value['told']}" for name, value in row.items() if "told" in value]
    return " ".join(told).rstrip(".") if told else NONE
