"""Constants of the nulls of sampling, fitted to halves of some datasets of the atlas.

Usage: `python -m benchmarks.change_fit [--atlas FOLDER] [--shared FOLDER]` prints those of
`sampling_null` and `nearness_null` of `musegnn.analysis.comparison`. The datasets are those of
`FITTED` in `benchmarks.change`, which reports on the others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit, gammaln
from scipy.stats import false_discovery_control

from benchmarks.atlas_cells import Atlas, Cells, add_options, atlas_of
from benchmarks.change import (
    FEW_CELLS,
    FITTED,
    Pair,
    count_both,
    draw,
    is_noise,
    read_sets,
    take,
)
from musegnn.analysis.comparison import nearness_null, sampling_null
from musegnn.analysis.comparison.nearness_null import describe_places
from musegnn.analysis.comparison.sampling_null import describe_genes

N_COMMON, SIZES = (100, 150, 200, 400, 10_000), (10, 20, 40)
N_OVERLAP = 40_000
RIDGE = 1e-6
SMALLEST = 1e-4  # added to squares before their logarithm
FARTHEST = 9.0  # squares of standardised values beyond count no more for the spread
DECIMALS = 4
# of the families of halves in any one dataset, so that 20 draws have no call even where a dataset
# is of the kind that has most; BH allows .05
MOST_CALLED = 0.01
# draws of each dataset: seed, a half against few cells, beside all other datasets; half of them are
# of unequal samples, of which too few left the tails of such too light
DRAWS = (
    *((5000, False, False), (5001, False, False), (5002, True, False), (5003, False, False)),
    *((5004, False, False), (5006, False, True), (5010, True, False), (5011, True, False)),
    *((5012, True, True), (5013, True, False), (5014, True, False), (5015, False, False)),
)


@dataclass(frozen=True)
class Row:
    """Genes of one pair of halves among some common ones, with neighbourhoods of one size."""

    dataset: str
    shared: np.ndarray
    nearness: np.ndarray
    genes: np.ndarray
    places: np.ndarray
    k: int
    fraction: float


def rows_of(pair: Pair, seed: int) -> list[Row]:
    """Genes of a pair among common genes of several numbers, with neighbourhoods of all sizes."""
    rng, n_genes, found = np.random.default_rng(seed), len(pair.units[0]), []
    for n in N_COMMON:
        part = take(pair, np.sort(rng.permutation(n_genes)[:n]))
        for k in SIZES:
            fraction = k / (len(part.units[0]) - 1)
            if fraction <= sampling_null.MOST_FRACTION:
                described = (
                    describe_genes(*part.sides, fraction),
                    describe_places(*part.sides, fraction, pair.n_contexts),
                )
                found.append(Row(pair.dataset, *count_both(part, k), *described, k, fraction))
    return found


def fit_overlap(data: Sequence[Row]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Fit the beta-binomial distribution of shared neighbours: coefficients and dispersion."""
    shared = np.concatenate([row.shared for row in data])
    described = np.vstack([row.genes for row in data])
    sizes = [len(row.shared) for row in data]
    k = np.repeat([row.k for row in data], sizes)
    fraction = np.repeat([row.fraction for row in data], sizes)
    kept = np.random.default_rng(0).permutation(len(shared))[:N_OVERLAP]
    shared, described, k, fraction = shared[kept], described[kept], k[kept], fraction[kept]
    ways = gammaln(k + 1) - gammaln(shared + 1) - gammaln(k - shared + 1)

    def loss(guess: np.ndarray) -> float:
        share = np.clip(fraction + (1 - fraction) * expit(described @ guess[:-2]), 1e-4, 1 - 1e-4)
        a = share * np.exp(guess[-2] + guess[-1] * np.log(k / 20))
        b = a * (1 - share) / share
        return -float(np.mean(ways + betaln(shared + a, k - shared + b) - betaln(a, b)))

    start = np.zeros(described.shape[1] + 2)
    start[0], start[-2] = -2, 2.5
    found = np.round(minimize(loss, start, method="L-BFGS-B").x, 3)
    return tuple(found[:-2].tolist()), tuple(found[-2:].tolist())


def fit_nearness(data: Sequence[Row]) -> tuple[np.ndarray, np.ndarray]:
    """Fit mean and log variance of nearness: least squares, then weighted by the variance.

    Each set of common genes weighs the same, be it large or small.
    """
    x = np.vstack([row.places for row in data])
    y = np.concatenate([row.nearness for row in data])
    share = np.concatenate([np.full(len(row.nearness), 1 / len(row.nearness)) for row in data])
    own = x[:, list(nearness_null.SPREAD_COLUMNS)]
    weights = share
    for _ in range(3):
        scaled = x * weights[:, None]
        penalty = RIDGE * weights.sum() * np.eye(x.shape[1])
        mean = np.linalg.solve(scaled.T @ x + penalty, scaled.T @ y)
        left = y - x @ mean
        root = np.sqrt(share)
        logarithm = np.log(left**2 + SMALLEST)
        spread = np.linalg.lstsq(own * root[:, None], logarithm * root, rcond=None)[0]
        precision = np.exp(-(own @ spread))
        weights = share * precision
    squares = np.minimum(left**2 * precision, FARTHEST)
    spread[0] += np.log(np.average(squares, weights=share))
    return np.round(mean, DECIMALS), np.round(spread, DECIMALS)


def standardise(rows: Sequence[Row], mean: np.ndarray, spread: np.ndarray) -> list[np.ndarray]:
    """Standardised nearness of the genes of which a change can be told."""
    found = []
    for row in rows:
        nearness_null.MEAN, nearness_null.SPREAD = tuple(mean), tuple(spread)
        expected, deviation = nearness_null.expected_nearness(row.places)
        is_told = expected / deviation >= nearness_null.TOLD
        found.append(((row.nearness - expected) / deviation)[is_told])
    return found


def draw_all(atlas: Atlas, sets: Sequence[Cells]) -> list[Pair]:
    """Draw the pairs of halves that the constants come from."""
    wished = [
        (cells, seed, few, among_all)
        for seed, few, among_all in DRAWS
        for cells in sets
        if not few or len(cells.depth) >= 2 * FEW_CELLS
    ]
    pairs = []
    for number, (cells, seed, few, among_all) in enumerate(wished, 1):
        pairs.append(draw(atlas, cells, seed, few=few, among_all=among_all))
        print(f"draw {number} of {len(wished)}: {cells.graph.name}", file=sys.stderr)
    return pairs


def fit(pairs: Sequence[Pair]) -> None:
    """Print the constants of `sampling_null` and `nearness_null` for some pairs of halves.

    The tails come from datasets that a fit has not seen, each left out in turn and all weighing
    the same, and of one dataset each set of common genes: what a new dataset adds to the noise is
    in them.
    """
    data = [
        row
        for number, pair in enumerate(pairs)
        if not is_noise(pair)
        for row in rows_of(pair, number)
    ]
    coefficients, dispersion = fit_overlap(data)
    print("COEFFICIENTS =", coefficients)
    print("DISPERSION =", dispersion)
    mean, spread = fit_nearness(data)
    print("MEAN =", tuple(mean.tolist()))
    print("SPREAD =", tuple(spread.tolist()))
    means = np.concatenate([row.places @ mean for row in data])
    columns = list(nearness_null.SPREAD_COLUMNS)
    spreads = np.concatenate([np.exp(row.places[:, columns] @ spread / 2) for row in data])
    nearness = np.concatenate([row.nearness for row in data])
    firmest = means >= np.quantile(means, 0.99)
    print("MOST_MEAN =", round(float(nearness[firmest].mean()), 3))
    print("LEAST_SPREAD =", round(float(np.quantile(spreads, 0.001)), 3))
    left_out = []
    for name in sorted({row.dataset for row in data}):
        fitted = fit_nearness([row for row in data if row.dataset != name])
        left_out.append(standardise([row for row in data if row.dataset == name], *fitted))
    families = [one for dataset in left_out for one in dataset if len(one)]
    n_families = [sum(len(one) > 0 for one in dataset) for dataset in left_out]
    weights = np.concatenate(
        [
            np.full(len(one), 1 / (n * len(one)))
            for dataset, n in zip(left_out, n_families, strict=True)
            for one in dataset
            if len(one)
        ]
    )
    joined = np.concatenate(families)
    order = np.argsort(joined)
    cumulated = np.cumsum(weights[order]) / weights.sum()
    bounds = joined[order][np.searchsorted(cumulated, nearness_null.SHARES)]
    print("BOUNDS =", tuple(np.round(bounds, 3).tolist()))
    nearness_null.BOUNDS = tuple(bounds.tolist())
    for tail in np.arange(4, 0.9, -0.5).tolist():
        nearness_null.TAIL = tail
        by_dataset = [
            float(np.mean([calls_among(one) > 0 for one in dataset if len(one)]))
            for dataset, n in zip(left_out, n_families, strict=True)
            if n
        ]
        called = float(np.mean([calls_among(one) > 0 for one in families]))
        print(
            f"TAIL = {tail}: {called:.2%} of {len(families)} families have a gene called, "
            f"{max(by_dataset):.2%} of the dataset with most"
        )
        if max(by_dataset) < MOST_CALLED:
            break
    print(len(joined), "values of", len(left_out), "datasets")


def calls_among(values: np.ndarray) -> int:
    """Count the genes of one pair that would be called, with the bounds and the tail as set."""
    q = false_discovery_control(nearness_null.p_of_standardised(values))
    return int((q < 0.05).sum())


def main() -> int:
    """Print the constants."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, writes=False)
    options = parser.parse_args()
    atlas = atlas_of(options)
    entries = [entry for entry in atlas.chosen(options.datasets) if entry.name in FITTED]
    fit(draw_all(atlas, read_sets(atlas, entries)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
