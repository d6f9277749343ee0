"""Time and weigh CS-CORE against the same formulas written densely over all cells at once.

Usage: `python -m benchmarks.cscore [--large]`. Simulates 10,000 cells x 1000 genes with about 7 %
non-zero counts; `--large` adds 100,000 cells. The last line is JSON: `speedup` (median over
rounds, both in one process), `memory_ratio` (growth of peak resident memory, each in a process of
its own), `max_relative_difference` of the statistics; `float32_*` compares `dtype="float32"` with
the default: time, growth of memory, and the largest absolute difference of the statistics.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable

import numpy as np
from scipy import sparse

from benchmarks.memory import peak_memory
from benchmarks.timing import compare
from musegnn.graphs.cscore_estimator import CoExpression, cscore

GENES = 1000


def simulate(n_cells: int, *, seed: int = 0) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Gamma-Poisson counts of a droplet experiment."""
    rng = np.random.default_rng(seed)
    depth = rng.lognormal(7.5, 0.4, n_cells)
    mean = np.random.default_rng(1).lognormal(-10.5, 1.0, GENES)
    blocks = []
    for start in range(0, n_cells, 5000):
        rate = rng.gamma(2.0, mean / 2.0, (len(depth[start : start + 5000]), GENES))
        blocks.append(sparse.csr_matrix(rng.poisson(rate * depth[start : start + 5000, None])))
    return sparse.vstack(blocks, format="csr").astype(np.float32), depth


def dense_cscore(counts: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Apply the formulas of Su et al. 2023 with whole cells x genes arrays.

    Returns
    -------
    Correlation and statistic, `(G, G)` float64 each.
    """
    x, s = counts.astype(np.float64), s[:, None]
    mu = (s * x).sum(0) / (s**2).sum()
    variance = (s**2 * ((x - s * mu) ** 2 - s * mu)).sum(0) / (s**4).sum()
    theta = mu**2 / variance
    for _ in range(11):
        previous = np.where(theta < 0, np.inf, theta)
        centre = np.median(theta[theta > 0])
        w = s * mu + s**2 * mu**2 / centre
        mu = (s * x / w).sum(0) / (s**2 / w).sum(0)
        h = (s**2 * mu**2 / centre + s * mu) ** 2
        variance = (s**2 * ((x - s * mu) ** 2 - s * mu) / h).sum(0) / (s**4 / h).sum(0)
        theta = mu**2 / variance
        both = (theta > 0) & (previous > 0)
        with np.errstate(divide="ignore"):
            if np.abs(np.log(theta[both] / previous[both])).max() <= 0.05:
                break
    w = s * mu + s**2 * mu**2 / np.median(theta[theta > 0])
    r = s * (x - s * mu)
    covariance = (r / w).T @ (r / w) / ((s**2 / w).T @ (s**2 / w))
    with np.errstate(invalid="ignore"):
        correlation = covariance / np.sqrt(np.outer(variance, variance))
    v = s * mu + s**2 * variance
    return correlation, (r / v).T @ (r / v) / np.sqrt((s**2 / v).T @ (s**2 / v))


def in_float32(counts: sparse.csr_matrix, depth: np.ndarray) -> CoExpression:
    """CS-CORE that keeps float32."""
    return cscore(counts, depth, dtype="float32")


def resident_growth(name: str, n_cells: int) -> dict[str, float]:
    """Run one formulation in this process; report growth of peak memory, and seconds."""
    small, depth = simulate(50)
    run: Callable = {"ours": cscore, "float32": in_float32, "dense": dense_cscore}[name]
    is_dense = name == "dense"
    small = small[:, small.getnnz(axis=0) > 1]
    run(small.toarray() if is_dense else small, depth)  # load libraries first
    counts, depth = simulate(n_cells)
    counts = counts[:, counts.getnnz(axis=0) > 0]
    data = counts.toarray() if is_dense else counts
    before = peak_memory(reset=True)
    started = time.perf_counter()
    run(data, depth)
    seconds = time.perf_counter() - started
    peak = peak_memory()
    return {"growth_MB": (peak - before) / 1024, "peak_GiB": peak / 1024**2, "seconds": seconds}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help="also 100,000 cells")
    options = parser.parse_args()
    counts, depth = simulate(10_000)
    counts = counts[:, counts.getnnz(axis=0) > 0]  # the dense formulas divide by zero means
    dense = counts.toarray()
    result = cscore(counts, depth)
    usable = result.variance > 0
    pairs = np.ix_(usable, usable)
    peer = dense_cscore(dense, depth)[1][pairs]
    difference = np.abs(result.statistic[pairs] - peer) / np.maximum(np.abs(peer), 1e-3)
    times = compare(lambda: cscore(counts, depth), lambda: dense_cscore(dense, depth), rounds=5)
    single_times = compare(
        lambda: in_float32(counts, depth), lambda: cscore(counts, depth), rounds=5
    )
    single_difference = np.abs(in_float32(counts, depth).statistic - result.statistic).max()
    context = multiprocessing.get_context("spawn")  # a fork would inherit this peak
    with context.Pool(1, maxtasksperchild=1) as pool:
        ours = pool.apply(resident_growth, ("ours", 10_000))
        theirs = pool.apply(resident_growth, ("dense", 10_000))
        single = pool.apply(resident_growth, ("float32", 10_000))
        doubled = pool.apply(resident_growth, ("ours", 20_000))
        large = pool.apply(resident_growth, ("ours", 100_000)) if options.large else None
        large_single = pool.apply(resident_growth, ("float32", 100_000)) if options.large else None
    summary = {
        "peer": "dense NumPy formulation",
        "non_zero_share": counts.nnz / (counts.shape[0] * counts.shape[1]),
        "speedup": times["ratio"],
        "ours_seconds": times["ours_seconds"],
        "peer_seconds": times["peer_seconds"],
        "memory_ratio": ours["growth_MB"] / theirs["growth_MB"],
        "ours_growth_MB": ours["growth_MB"],
        "peer_growth_MB": theirs["growth_MB"],
        "max_relative_difference": float(difference.max()),
        "float32_speedup": single_times["ratio"],
        "float32_seconds": single_times["ours_seconds"],
        "float32_memory_ratio": single["growth_MB"] / ours["growth_MB"],
        "float32_growth_MB": single["growth_MB"],
        "float32_max_difference_of_statistic": float(single_difference),
        "seconds_for_twice_the_non_zeros": doubled["seconds"] / ours["seconds"],
    }
    if large is not None and large_single is not None:
        summary["100k_cells_seconds"] = large["seconds"]
        summary["100k_cells_peak_GiB"] = large["peak_GiB"]
        summary["100k_cells_growth_MB"] = large["growth_MB"]
        summary["float32_100k_cells_seconds"] = large_single["seconds"]
        summary["float32_100k_cells_growth_MB"] = large_single["growth_MB"]
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
