"""Depth: which edges it alone gives, and p-values of independent genes.

Usage: `python -m benchmarks.depth [--draws 1] [--atlas FOLDER] [--shared FOLDER]
[--datasets NAME ...] [--write]`. Prints a line for each dataset and, last, a JSON line; `--write`
keeps the figures for the *Benchmarks* page and `docs/graphs.md`. For each dataset of the atlas, on
the genes of its graph and at most 4,000 of its cells, by the estimators `cscore` (the default),
`cscore_t` (a test for few cells) and `cscore_depth` (the same with depth taken out): `share` of the
edges of the preset `default` that come back with counts exchanged inside strata of depth, beside
`chance`, and the share of pairs with p below .05, .005 and 5e-6 among counts drawn from the model
itself (gamma-Poisson, genes independent; depths, means and variances of the data). `all` has the
means over datasets with their intervals.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse, stats

from benchmarks.atlas_cells import MOST_CELLS, Cells, add_options, atlas_of, edges_of, estimate_of
from benchmarks.measured import keep
from benchmarks.measured_atlas import DEPTH_METHODS, LEVELS
from musegnn.graphs.cscore_estimator import cscore
from musegnn.graphs.depth_share import depth_share

METHODS = tuple(DEPTH_METHODS)
NULL_GENES = 400


def draw_null(
    counts: sparse.csr_matrix, depth: np.ndarray, rng: np.random.Generator
) -> sparse.csr_matrix:
    """Draw counts of independent genes with the means, variances and depths of a dataset."""
    fit = cscore(counts, depth)
    usable = np.flatnonzero((fit.variance > 0) & (fit.mean > 0))
    genes = np.sort(rng.choice(usable, min(NULL_GENES, len(usable)), replace=False))
    mean, variance = fit.mean[genes], fit.variance[genes]
    rate = rng.gamma(mean**2 / variance, variance / mean, (len(depth), len(genes)))
    return sparse.csr_matrix(rng.poisson(depth[:, None] * rate).astype(np.float32))


def count_null(
    counts: sparse.csr_matrix, depth: np.ndarray, *, draws: int, seed: int
) -> dict[str, list[tuple[int, int]]]:
    """Count pairs of independent genes with p below each level, and all that were tested."""
    rng = np.random.default_rng(seed)
    below = {name: np.zeros(len(LEVELS), dtype=np.int64) for name in METHODS}
    tested = dict.fromkeys(METHODS, 0)
    for _ in range(draws):
        drawn = draw_null(counts, depth, rng)
        for name in METHODS:
            found = estimate_of(drawn, depth, estimator=name)
            usable = np.flatnonzero(found.variance > 0)
            p = found.p_value[np.ix_(usable, usable)][np.triu_indices(len(usable), 1)]
            tested[name] += len(p)
            below[name] += [(p < level).sum() for level in LEVELS]
    return {name: [(int(n), tested[name]) for n in below[name]] for name in METHODS}


def measure(cells: Cells, *, draws: int) -> dict[str, dict[str, Any]]:
    """All figures of one dataset: method -> measure -> value and n."""
    counts, depth = cells.counts, cells.depth
    null = count_null(counts, depth, draws=draws, seed=0) if draws else {}
    found: dict[str, dict[str, Any]] = {}
    for name in METHODS:
        entry = {
            f"below_{place}": {"value": below / n, "n": n}
            for place, (below, n) in enumerate(null.get(name, ()))
            if n
        }
        edges = partial(edges_of, estimator=name)
        adjacency = edges(counts, depth)
        came = depth_share(counts, depth, adjacency, edges)
        if came is not None:
            n_edges = adjacency.nnz // 2
            share = {"value": came.share, "n": n_edges}
            entry = {"share": share, **entry, "edges": {"value": n_edges, "n": n_edges}}
            if name == METHODS[0]:
                found["chance"] = {"share": {"value": came.chance, "n": n_edges}}
        if entry:
            found[name] = entry
    return found


def over_all(datasets: dict[str, dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Return means over datasets, with their 95 % t intervals."""
    values: dict[str, dict[str, list[float]]] = {}
    for part in datasets.values():
        for method, entry in part.items():
            for name, number in entry.items():
                values.setdefault(method, {}).setdefault(name, []).append(number["value"])
    return {
        method: {name: mean_of(own) for name, own in entry.items()}
        for method, entry in values.items()
    }


def mean_of(values: Sequence[float]) -> dict[str, Any]:
    """Return a mean with its t interval, none of fewer than two values, and n."""
    middle, n = float(np.mean(values)), len(values)
    if n < 2:
        return {"value": middle, "n": n}
    half = float(stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return {"value": middle, "interval": (middle - half, middle + half), "n": n}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_options(parser)
    parser.add_argument("--draws", type=int, default=1, help="of independent genes, a dataset")
    options = parser.parse_args(arguments)
    atlas = atlas_of(options)
    datasets: dict[str, dict[str, dict[str, Any]]] = {}
    for entry in atlas.chosen(options.datasets):
        found = measure(atlas.read_cells(entry), draws=options.draws)
        print(entry.name, json.dumps(found), flush=True)
        if found:
            datasets[entry.name] = found
    result = {
        "atlas": atlas.in_words,
        "draws": options.draws,
        "most_cells": MOST_CELLS,
        "all": over_all(datasets),
        "datasets": datasets,
    }
    print(json.dumps(result))
    if options.write:
        keep("depth", [result])
    return 0


if __name__ == "__main__":
    sys.exit(main())
