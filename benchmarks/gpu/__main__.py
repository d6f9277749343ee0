"""What trainings take on a GPU: time, memory, number formats, CUDA graphs, cancel, lack of memory.

    python -m benchmarks.gpu                 at most 8 minutes on one GPU; the last line is JSON
    python -m benchmarks.gpu --docs          the same, and the table of docs/model.md is written
    python -m benchmarks.gpu --tiny --device cpu     all of it in seconds, to see that it runs

82 gene graphs are those of the shipped atlas (33, up to 1000 genes), repeated under other names;
molecules, their context and the modalities of a fusion are made, with the sizes that were published
(decoders of 966, 978 and 1111 features, batches of 3072) or of the knowledge at hand (19,400 genes
in 8 modalities). So times and memory mean something, losses do not.

Each row is measured in a process of its own; one for which no time is left is in `left_out`, with
the reason. A row has `start_s` (until the first step can be taken), `first_epoch_s`, `epoch_s`
(median), `step_ms`, `epochs_per_s`, `peak_mib`, `hours_of_2000_epochs` (with the start, and with
what relates each pair of graphs once), and where steps can be captured `plain_step_ms` and
`captured_step_ms`. `cancel` has `back_s`: seconds until the memory of the device is back; `lack`
what each method advises where memory does not suffice, and whether that `fits`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu import limits, made, timing
from benchmarks.gpu.table import CANCEL, LACK, PAGE, TRAININGS, with_table
from musegnn.errors import InputError
from musegnn.training.loop import choose_device

REPOSITORY = Path(__file__).resolve().parents[2]
BUDGET = 8 * 60.0  # seconds for all rows
EPOCHS = 2000
ROWS = (*TRAININGS, CANCEL, LACK)


def measure_training(name: str, sizes: made.Sizes, device: torch.device) -> dict[str, Any]:
    """Measure one training by the name of its row."""
    what, *how = name.split("_")
    if what == "fusion":
        make, about = made.fusion_training(sizes, device)
    else:
        of = made.gene_training if what == "genes" else made.molecule_training
        make, about = of(how[0], how[1], sizes, device)
    steps = about["steps"]
    objective, found = timing.measure(make, device, steps=steps, epochs=sizes.epochs)
    once = _once(what, how, found, about)
    found["hours_of_2000_epochs"] = (once + EPOCHS * found["epoch_s"]) / 3600
    captured = timing.measure_captured(objective, device, steps=steps, epochs=sizes.epochs)
    return {**about, **found, **captured}


def _once(what: str, how: Sequence[str], found: dict[str, Any], about: dict[str, Any]) -> float:
    """Seconds of what is done once in 2000 epochs."""
    first = max(found["first_epoch_s"] - found["epoch_s"], 0.0)
    if what == "genes" and how[0] == "paper":
        # its first epoch relates one partner to each graph, all epochs together nearly all pairs
        first *= about["graphs"] - 1
    return float(found["start_s"] + first)


def measure_row(name: str, sizes: made.Sizes, device: torch.device) -> dict[str, Any]:
    """Measure one row in this process."""
    if name == CANCEL:
        return limits.measure_cancel(sizes, device)
    if name == LACK:
        return limits.measure_lack(sizes, device)
    return measure_training(name, sizes, device)


def measure_apart(name: str, device: str, seconds: float) -> dict[str, Any]:
    """Measure one row in a process of its own, which is ended after some time.

    Returns
    -------
    The row; where there is none, `left_out` says why.
    """
    command = [sys.executable, "-m", "benchmarks.gpu", "--row", name, "--device", device]
    try:
        done = subprocess.run(
            command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return {"left_out": "its time was over"}
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        return {"left_out": f"its process ended with {done.returncode}"}
    return dict(json.loads(lines[-1]))


def measure_all(
    measure: Callable[[str, float], dict[str, Any]], *, budget: float
) -> tuple[dict[str, Any], dict[str, str]]:
    """Measure all rows, as long as there is time.

    Parameters
    ----------
    measure
        A row by its name, within so many seconds.
    budget
        Seconds for all.

    Returns
    -------
    Rows, and why others are missing.
    """
    end = time.monotonic() + budget
    rows, left_out = {}, {}
    for name in ROWS:
        left = end - time.monotonic()
        row = measure(name, left) if left > 0 else {"left_out": "no time was left"}
        if "left_out" in row:
            left_out[name] = row["left_out"]
        else:
            rows[name] = row
        print(json.dumps({name: row}), flush=True)
    return rows, left_out


def describe(device: torch.device) -> dict[str, Any]:
    """Say what measures."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    return {"device": name, "torch": torch.__version__, "cuda": torch.version.cuda}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="toys, in this process")
    parser.add_argument("--docs", action="store_true", help="write the table of docs/model.md")
    parser.add_argument("--minutes", type=float, default=BUDGET / 60)
    parser.add_argument("--row", choices=ROWS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        device = choose_device(options.device)
    except InputError as error:
        print(f"{error} Or look whether all of it runs: `--tiny --device cpu`.", file=sys.stderr)
        return 2
    if options.row:
        print(json.dumps(measure_row(options.row, made.FULL, device)))
        return 0
    started = time.monotonic()

    def measure(name: str, seconds: float) -> dict[str, Any]:
        if options.tiny:
            return measure_row(name, made.TINY, device)
        return measure_apart(name, device.type, seconds)

    rows, left_out = measure_all(measure, budget=60 * options.minutes)
    found = {
        **describe(device),
        "rows": rows,
        "left_out": left_out,
        "seconds": round(time.monotonic() - started, 1),
    }
    if options.docs and not options.tiny:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
