"""How well stability over training seeds foretells a seed that was not asked.

Usage: `python -m benchmarks.neighbour_stability RESULT RUNS [--genes N] [-k K]`, where RUNS holds
the runs of `musegnn train ... --seeds FIRST-LAST` on the graphs of RESULT. Prints JSON. Each run is
held out once: for the k nearest genes of random genes in RESULT, the share of the other runs that
agree is taken as the chance that the held-out run agrees too.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.embeddings.ensemble import (
    Ensemble,
    find_members,
    neighbour_stability,
    read_ensemble,
)
from musegnn.embeddings.neighbours import nearest_neighbours


def agreements(embedding: EmbeddingSet, ensemble: Ensemble, *, n_genes: int, k: int) -> np.ndarray:
    """Tell which runs have a neighbour of RESULT among their k nearest, `(neighbours, runs)`."""
    rng = np.random.default_rng(0)
    rows = np.sort(rng.permutation(len(embedding.genes))[:n_genes])
    datasets = embedding.genes[keys.DATASET].astype(str)
    alone = [
        Ensemble((name,), (unit,))
        for name, unit in zip(ensemble.names, ensemble.unit_vectors, strict=True)
    ]
    found = []
    for row in rows:
        candidates = embedding.rows_of_dataset(datasets.iloc[row])
        near = nearest_neighbours(embedding, int(row), k=k)["row"].to_numpy()
        columns = [
            neighbour_stability(one, int(row), near, candidates, k=k)["stability"] for one in alone
        ]
        found.append(np.column_stack(columns).astype(bool))
    return np.concatenate(found)


def calibrate(agrees: np.ndarray) -> dict:
    """Brier score of the forecast, of the mean alone, and how often each forecast came true."""
    n_runs = agrees.shape[1]
    forecast, truth = [], []
    for held_out in range(n_runs):
        rest = np.delete(agrees, held_out, axis=1)
        forecast.append(rest.mean(axis=1))
        truth.append(agrees[:, held_out])
    p, y = np.concatenate(forecast), np.concatenate(truth)
    levels = np.unique(p)
    return {
        "runs": n_runs,
        "neighbours": len(agrees),
        "mean_stability": float(agrees.mean()),
        "brier": float(np.mean((p - y) ** 2)),
        "brier_of_the_mean": float(np.mean((y.mean() - y) ** 2)),
        "came_true": {f"{level:.2f}": float(y[p == level].mean()) for level in levels},
        "share": {f"{level:.2f}": float((p == level).mean()) for level in levels},
    }


def main() -> int:
    """Print the calibration."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", type=Path)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--genes", type=int, default=2000)
    parser.add_argument("-k", type=int, default=20)
    options = parser.parse_args()
    embedding = read_embedding_set(options.result)
    ensemble = read_ensemble(embedding, find_members(embedding, options.runs))
    if len(ensemble) < 2:
        sys.exit(f"Expected two runs or more in {options.runs}, found {len(ensemble)}.")
    agrees = agreements(embedding, ensemble, n_genes=options.genes, k=options.k)
    print(json.dumps({"k": options.k, **calibrate(agrees)}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
