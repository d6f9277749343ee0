"""Time CS-CORE against the same formulas written densely over all cells at once.

Usage: `python -m benchmarks.co_expression`. Simulates 4000 cells x 1000 genes; prints JSON
with times and peak memory of the arrays.
"""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable

import numpy as np
from scipy import sparse

from benchmarks.timing import compare
from musegnn.graphs.cscore import cscore

CELLS, GENES = 4000, 1000


def simulate() -> tuple[sparse.csr_matrix, np.ndarray]:
    """Gamma-Poisson counts of a typical droplet experiment, about 85 % zeros."""
    rng = np.random.default_rng(0)
    depth = rng.lognormal(7.5, 0.4, CELLS)
    mean = rng.lognormal(-9.5, 1.0, GENES)
    rate = depth[:, None] * rng.gamma(2.0, mean / 2.0, (CELLS, GENES))
    return sparse.csr_matrix(rng.poisson(rate).astype(np.float32)), depth


def dense_cscore(counts: np.ndarray, s: np.ndarray) -> np.ndarray:
    """The formulas of Su et al. 2023 with whole cells x genes arrays; returns the statistic."""
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
    _covariance = (r / w).T @ (r / w) / ((s**2 / w).T @ (s**2 / w))
    v = s * mu + s**2 * variance
    return (r / v).T @ (r / v) / np.sqrt((s**2 / v).T @ (s**2 / v))


def peak_megabytes(call: Callable[[], object]) -> float:
    """Peak memory that Python's allocators see during a call, in MB."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


if __name__ == "__main__":
    counts, depth = simulate()
    dense = counts.toarray()
    result = compare(lambda: cscore(counts, depth), lambda: dense_cscore(dense, depth), rounds=3)
    result["ours_peak_MB"] = peak_megabytes(lambda: cscore(counts, depth))
    result["peer_peak_MB"] = peak_megabytes(lambda: dense_cscore(dense, depth))
    print(json.dumps({"peer": "dense NumPy formulation", **result}, indent=1))
