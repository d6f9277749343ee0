"""Depth: which edges it alone gives, and p-values in small sets.

Usage: `python -m benchmarks.depth [--shared FOLDER] [--draws 20] [--datasets N]`. Needs the public
single-cell data. Prints a line for each dataset and, last, a JSON line. For each dataset, by the
estimators `cscore` (the default), `cscore_t` (a test for few cells) and `cscore_depth` (the same
with depth taken out): `null`, the share of pairs with p below .05, .005 and 5e-6 among counts drawn
from the model itself (gamma-Poisson, genes independent; depths, means and variances of the data),
over all draws; `share` and `chance` of the edges of the preset `default` that come back with counts
exchanged inside strata of depth; `seconds` for an estimate. `share_of_build` is the processor time
of that figure by `cscore` over that of the whole build without it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from scipy import sparse

from musegnn.graphs.build import split_loops
from musegnn.graphs.cscore_estimator import CoExpression, cscore
from musegnn.graphs.depth_share import depth_share
from musegnn.graphs.edge_rules import choose_edges
from musegnn.graphs.estimators import ESTIMATORS
from musegnn.graphs.modalities import find_modality
from musegnn.graphs.presets import GRAPH_PRESETS
from musegnn.graphs.quality import apply_quality_control
from musegnn.graphs.residuals import pearson_residuals
from musegnn.io.expression import read_expression

DATASETS = ("human_pancreas_baron", "human_pbmc3k_402", "human_pbmc4k_10x")
METHODS = ("cscore", "cscore_t", "cscore_depth")
LEVELS = (0.05, 0.005, 5e-6)
N_GENES = 1000
NULL_GENES = 400


def open_counts(path: Path) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Counts and depth of the variable genes, as a graph is built of them."""
    modality = find_modality("scrna")
    kept, depth, _ = apply_quality_control(read_expression(path), modality.quality("default"))
    chosen = modality.choose(kept, N_GENES)
    return kept.take_genes(np.isin(np.arange(len(kept.genes)), chosen)).counts, depth


def estimate(name: str, counts: sparse.csr_matrix, depth: np.ndarray) -> CoExpression:
    """Estimate by one method."""
    return ESTIMATORS[name].run(counts, depth, pearson_residuals(counts))


def edges(name: str, counts: sparse.csr_matrix, depth: np.ndarray) -> sparse.csr_matrix:
    """Edges of the preset `default`."""
    return split_loops(choose_edges(estimate(name, counts, depth), GRAPH_PRESETS["default"].rules))[
        0
    ]


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
) -> dict[str, list[float]]:
    """Share of pairs of independent genes with p below each level."""
    rng = np.random.default_rng(seed)
    below = {name: np.zeros(len(LEVELS)) for name in METHODS}
    tested = dict.fromkeys(METHODS, 0)
    for _ in range(draws):
        drawn = draw_null(counts, depth, rng)
        for name in METHODS:
            found = estimate(name, drawn, depth)
            usable = np.flatnonzero(found.variance > 0)
            p = found.p_value[np.ix_(usable, usable)][np.triu_indices(len(usable), 1)]
            tested[name] += len(p)
            below[name] += [(p < level).sum() for level in LEVELS]
    return {
        name: [float(f"{share:.3g}") for share in below[name] / tested[name]] for name in METHODS
    }


def measure(path: Path, *, draws: int) -> dict[str, object]:
    """All figures of one dataset."""
    counts, depth = open_counts(path)
    result: dict[str, object] = {
        "cells": len(depth),
        "null": count_null(counts, depth, draws=draws, seed=0),
    }
    for name in METHODS:
        started = time.perf_counter()
        adjacency = edges(name, counts, depth)
        seconds = time.perf_counter() - started
        found = depth_share(counts, depth, adjacency, lambda c, d, name=name: edges(name, c, d))
        if found is not None:
            rounded = {key: round(float(value), 4) for key, value in asdict(found).items()}
            result[name] = {**rounded, "seconds": round(seconds, 3)}
    return result


def share_of_build(path: Path) -> float:
    """Seconds of the share of depth over those of the whole build without it."""
    from musegnn.graphs.build import Context, build_gene_graph  # noqa: PLC0415
    from musegnn.knowledge.gene_names import read_gene_names  # noqa: PLC0415

    context = Context(path.stem, "human", "blood", "scrna")
    with tempfile.TemporaryDirectory() as folder:
        names = read_gene_names(Path(folder))
        started = time.process_time()
        build_gene_graph(path, context, names=names)
        whole = time.process_time() - started
    counts, depth = open_counts(path)
    started = time.process_time()
    adjacency = edges("cscore", counts, depth)
    once = time.process_time() - started
    started = time.process_time()
    depth_share(counts, depth, adjacency, lambda c, d: edges("cscore", c, d))
    extra = time.process_time() - started
    return round(extra / max(whole - extra, once), 3)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--shared", type=Path, default=Path(os.environ.get("MUSEGNN_SHARED", "../shared"))
    )
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--datasets", type=int, default=len(DATASETS))
    options = parser.parse_args()
    result: dict[str, object] = {"levels": LEVELS}
    for name in DATASETS[: options.datasets]:
        path = options.shared / "data" / "scrna" / f"{name}.h5ad"
        result[name] = measure(path, draws=options.draws)
        print(name, result[name], flush=True)
    last = options.shared / "data" / "scrna" / f"{DATASETS[options.datasets - 1]}.h5ad"
    result["share_of_build"] = share_of_build(last)
    print(json.dumps(result))


if __name__ == "__main__":
    _main()
