"""What ships of properties, on molecules that it never saw: `python -m benchmarks.attribution`.

Reads the public tables of assays beside the clone (or `MUSEGNN_SHARED`); of each the last part of
the published division, which nothing was learned from or chosen by. The last line is JSON. For each
table: its mean score (AUROC, or mean absolute error) with a 95 % interval over molecules, the
calibration error of probabilities or the share of numbers within their interval, and the share of
molecules in which the atoms that are coloured matter: the fifth of the atoms that add most to the
assay that stands out most is made unknown, and eight sets of as many drawn by chance; what is said
has to fall further than by these in the mean. `control` is the same share for the atoms that add
most to another assay of the table, drawn by chance: what any prominent atom does.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from musegnn.molecules.assays import read_assays
from musegnn.molecules.attribution import contributions, mask_atoms
from musegnn.molecules.property_heads import TEST, Heads, read_heads
from musegnn.molecules.scores import bootstrap, calibration_error, task_auroc, task_error
from musegnn.molecules.standard import standardise
from musegnn.molecules.structures import descriptors, fingerprints

REPOSITORY: Final = Path(__file__).resolve().parent.parent
DRAWS: Final = 1000


def main() -> int:
    """Print a line a table, and all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--molecules", type=int, default=150, help="of each table (150)")
    given = parser.parse_args()
    folder = Path(os.environ.get("MUSEGNN_SHARED") or REPOSITORY.parent / "shared") / "molecules"
    report: dict[str, Any] = {"tables": {}}
    falls = []
    for heads in read_heads():
        path = folder / f"{heads.about['table']}.csv.gz"
        if not path.is_file():
            print(f"Skipped: no {path.name} in {folder}.", file=sys.stderr)
            return 1
        table = read_assays(path).only(heads.rows[heads.parts == TEST])
        structures = [standardise(smiles).smiles for smiles in table.smiles]
        found = measure(heads, structures, table.labels)
        own = deletion(heads, structures, n=given.molecules)
        falls.append(own)
        report["tables"][heads.name] = {**found, "attribution": shares(own)}
        print(heads.name, json.dumps(report["tables"][heads.name]), file=sys.stderr, flush=True)
    report["attribution"] = shares(np.concatenate(falls))
    print(json.dumps(report))
    return 0


def measure(heads: Heads, structures: list[str], labels: np.ndarray) -> dict[str, Any]:
    """Score what ships on molecules that it never saw."""
    said = heads.say(descriptors(structures), fingerprints(structures))
    score = task_auroc if heads.is_binary else task_error
    found = bootstrap(labels, said.value, score)
    report: dict[str, Any] = {
        "metric": "auroc" if heads.is_binary else "mae",
        "score": found.mean,
        "low": found.low,
        "high": found.high,
        "molecules": found.n,
    }
    if heads.is_binary:
        return {**report, "ece": calibration_error(labels, said.value)}
    known = np.isfinite(labels)
    lies = (labels >= said.low) & (labels <= said.high)
    return {**report, "covered": float(lies[known].mean())}


def deletion(heads: Heads, structures: list[str], *, n: int, seed: int = 0) -> np.ndarray:
    """Take atoms away.

    Parameters
    ----------
    heads
        That are asked.
    structures
        Molecules in the form that they read.
    n
        Molecules, drawn from those that stand out in some assay.
    seed
        Of the order, and of the random assay of the control.

    Returns
    -------
    `(n, 3)` fall without the atoms that add most, without random ones, and without those that add
    most to another assay.
    """
    random = np.random.default_rng(seed)
    usual = np.array([task["usual"] for task in heads.about["tasks"]])
    scale = np.ones_like(usual) if heads.is_binary else heads.spread
    rows: list[tuple[float, float, float]] = []
    for place in random.permutation(len(structures)).tolist():
        if len(rows) == n:
            break
        masked = mask_atoms(structures[place])
        if masked is None:
            continue
        above = (heads.say(masked.described[:1], masked.bits[:1]).value[0] - usual) / scale
        best = int(np.argmax(above))
        if above[best] <= 0:
            continue
        other = int(random.choice(np.delete(np.arange(len(usual)), best)))
        own = contributions(heads, masked, heads.tasks[best])
        foreign = contributions(heads, masked, heads.tasks[other])
        exchanged = contributions(heads, masked, heads.tasks[best], by=foreign.atoms)
        rows.append((own.drop, own.by_chance, exchanged.drop))
    return np.array(rows)


def shares(falls: np.ndarray) -> dict[str, Any]:
    """Say in how many molecules the atoms matter, with a 95 % interval over molecules."""
    holds = falls[:, 0] > falls[:, 1]
    random = np.random.default_rng(0)
    drawn = [holds[random.integers(0, len(holds), len(holds))].mean() for _ in range(DRAWS)]
    return {
        "molecules": len(holds),
        "share": float(holds.mean()),
        "low": float(np.percentile(drawn, 2.5)),
        "high": float(np.percentile(drawn, 97.5)),
        "drop": float(np.median(falls[:, 0])),
        "by_chance": float(np.median(falls[:, 1])),
        "control": float((falls[:, 2] > falls[:, 1]).mean()),
    }


if __name__ == "__main__":
    sys.exit(main())
