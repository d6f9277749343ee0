"""Draw what a code keeps against what it foretells.

Usage: `python -m benchmarks.bottleneck_picture LOG -o docs/images/bottleneck.svg`. The log is what
`benchmarks.bottleneck` printed; the same figures give the same file.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measured import last_result

LINES = (("mean_code", "mean of the code", "o"), ("drawn_code", "a draw of the code", "s"))


def draw(curve: list[dict[str, Any]], path: Path) -> None:
    """Draw AUROC over bits, a line for what is read of the code, with its intervals."""
    import matplotlib as mpl  # noqa: PLC0415 - a picture is optional

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "bottleneck"
    from matplotlib import pyplot as plt  # noqa: PLC0415

    bits = np.array([np.mean(row["bits"]) for row in curve])
    figure, panel = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for shift, (key, label, marker) in enumerate(LINES):
        value, low, high = (
            np.array([row[key][end] for row in curve]) for end in ("mean", "low", "high")
        )
        at = bits + shift * bits.max() / 200  # side by side
        panel.errorbar(at, value, [value - low, high - value], marker=marker, label=label)
    for place, row in zip(bits, curve, strict=True):
        name = f"beta {row['beta']:g}" + (", released" if row["is_nominal"] else "")
        where = ("data", "axes fraction")
        panel.annotate(name, (place, 0.98), xycoords=where, rotation=90, ha="center", va="top")
    panel.axhline(0.5, color="grey", linewidth=0.8, linestyle=":")
    panel.set(xlabel="bits a code keeps", ylabel="AUROC of the middle part, ChEMBL2K")
    panel.set(xlim=(-0.05 * bits.max(), 1.05 * bits.max() + 1), ylim=(0.45, 1.1))
    panel.legend(loc="lower right")
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("-o", "--output", required=True, type=Path)
    options = parser.parse_args(arguments)
    draw(last_result(options.log)["curve"], options.output)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
