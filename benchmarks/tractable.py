"""How often a gene shares a compound with the tractable genes that are most like it.

Usage: `python -m benchmarks.tractable [--knowledge FOLDER] [--seed 0]`. Needs the tables of drugs
(`MUSEGNN_SHARED`, else the public files beside the clone).

Asked about is every gene that shares a compound of at most five targets with a tractable gene, as
if no drug hit it: tractable genes are ordered by how alike they are, and a hit is one that shares a
compound with it. `all` ranks all others, `other_families` leaves out genes of its family (letters
of the symbol). Methods: each modality of the fused set, `fused`, `sets` (GO, pathways and
interactions), `both` (what the page and the command show: equal weights, nothing fitted);
`popularity` (how many molecules hit a gene) and `permuted` (each gene with the vectors of another)
are the controls. The last line is JSON: for each scheme and method `hit_at_1`, `hit_at_5`,
`hit_at_10`, `auroc`, each with its 95 % interval over genes drawn anew, and `n`.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import numpy as np

from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.targets.folds import families_of
from musegnn.targets.methods import FEW_TARGETS
from musegnn.targets.opening import open_spaces
from musegnn.targets.tables import read_labels, read_pharmacology
from musegnn.targets.tractable import TRACTABLE, likeness, read_stages

REPOSITORY = Path(__file__).resolve().parent.parent
DRAWS = 1000
PLACES = (1, 5, 10)


def measure(store: KnowledgeStore, *, seed: int = 0) -> dict[str, dict[str, dict[str, object]]]:
    """Ask about every gene by every method."""
    data = read_pharmacology(store)
    stages = read_stages(data)
    spaces, modalities = open_spaces(store)
    labels = read_labels(data, sorted(set(data.pairs["compound"])), most=FEW_TARGETS)
    within = stages[stages["stage"].isin(TRACTABLE)]
    others = [str(gene) for gene in within.index]
    known = labels.known.astype(np.float32)
    column = {gene: at for at, gene in enumerate(labels.targets)}
    has = [at for at, gene in enumerate(others) if gene in column]
    shares = np.zeros((len(labels.targets), len(others)), dtype=bool)
    shares[:, has] = known.T @ known[:, [column[others[at]] for at in has]] > 0
    same = np.array(labels.targets)[:, None] == np.array(others)[None]
    family = families_of([*labels.targets, *others])
    n = len(labels.targets)
    is_kin = np.asarray(family[:n])[:, None] == np.asarray(family[n:])[None]
    kinds = {name: {name: space} for name, space in {**modalities, **spaces}.items()}
    kinds["both"] = spaces
    kinds["permuted"] = {name: space.permuted(seed) for name, space in spaces.items()}
    scores = {name: likeness(labels.targets, others, chosen) for name, chosen in kinds.items()}
    scores["popularity"] = np.tile(within["n_molecules"].to_numpy(np.float64), (n, 1))
    return {
        scheme: {
            name: _described(np.where(hidden, -np.inf, table), shares & ~hidden, seed)
            for name, table in scores.items()
        }
        for scheme, hidden in (("all", same), ("other_families", same | is_kin))
    }


def _described(scores: np.ndarray, right: np.ndarray, seed: int) -> dict[str, object]:
    """Mean and interval of each measure over the genes that have a right answer."""
    asked = right.any(axis=1)
    if not asked.any():
        return {"n": 0}
    # genes as near as each other stay so on every processor, whatever the last digit says
    scores, right = np.round(scores[asked], 4), right[asked]
    order = np.argsort(-scores, axis=1, kind="stable")
    hits = np.take_along_axis(right, order, 1)
    rows = {f"hit_at_{place}": hits[:, :place].any(axis=1).astype(float) for place in PLACES}
    rows["auroc"] = np.array([_area(*pair) for pair in zip(scores, right, strict=True)])
    drawn = np.random.default_rng(seed).integers(0, len(right), (DRAWS, len(right)))
    found: dict[str, object] = {"n": len(right)}
    for name, values in rows.items():
        ends = np.quantile(values[drawn].mean(axis=1), (0.025, 0.975))
        found[name] = round(float(values.mean()), 4)
        found[f"{name}_interval"] = [round(float(end), 4) for end in ends]
    return found


def _area(scores: np.ndarray, right: np.ndarray) -> float:
    """Share of pairs of a right and a wrong gene in the right order; ties count half."""
    here = np.isfinite(scores)
    good, bad = scores[here & right], np.sort(scores[here & ~right])
    below, above = np.searchsorted(bad, good, "left"), np.searchsorted(bad, good, "right")
    return float((below + above).sum() / (2 * max(len(good) * len(bad), 1)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    parser.add_argument("--knowledge", type=Path, default=shared / "knowledge")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    store = open_store(options.knowledge)
    if store is None:
        parser.error(f"no annotation in {options.knowledge}")
    found = measure(store, seed=options.seed)
    for scheme, methods in found.items():
        for name, row in methods.items():
            print(scheme, name, json.dumps(row))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
