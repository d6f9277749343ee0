"""Null of sampling: how many neighbours two samples of the same cells would share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betaln, expit, gammaln

from musegnn.embeddings.reliability import LEVELS

MOST_FRACTION: Final = 0.26  # of the common genes that may be neighbours; more was not calibrated
INTERVAL: Final = 0.95

# Fitted by `python -m benchmarks.change_fit` to halves of every other dataset of the atlas;
# `benchmarks.change` reports on the others.
COEFFICIENTS: Final = (
    *(-2.596, 3.291, 2.84, -1.407, 0.118, 0.498),
    *(0.615, -0.233, 0.16, -0.467, -0.716),
    *(-0.004, -0.834),
)
DISPERSION: Final = (3.073, 0.347)  # log of the concentration at k = 20, and its slope along log k


@dataclass(frozen=True)
class Side:
    """What is known of n genes in one context.

    Parameters
    ----------
    reliability
        `(n, L)` at each of `LEVELS`, 0 to 1; NaN where not measured.
    degree
        `(n,)` edges.
    mean
        `(n,)` counts per 10,000.
    n_genes
        Genes among which reliability was measured.
    """

    reliability: np.ndarray
    degree: np.ndarray
    mean: np.ndarray
    n_genes: int

    def at_fraction(self, fraction: float) -> np.ndarray:
        """Reliability beyond chance when a fraction of the genes are neighbours; `(n,)`, 0 to 1."""
        # of k neighbours among no more than k other genes nothing can be said
        n_levels = sum(level < self.n_genes - 1 for level in LEVELS)
        if not n_levels:
            return np.zeros(len(self.reliability))
        fractions = np.array(LEVELS[:n_levels]) / (self.n_genes - 1)
        beyond = (self.reliability[:, :n_levels] - fractions) / (1 - fractions)
        place = float(np.interp(np.log(fraction), np.log(fractions), np.arange(n_levels)))
        lower, upper = int(np.floor(place)), int(np.ceil(place))
        found = beyond[:, lower] + (place - lower) * (beyond[:, upper] - beyond[:, lower])
        return np.clip(np.nan_to_num(found), 0, 1)


def describe_genes(first: Side, second: Side, fraction: float) -> np.ndarray:
    """Describe genes by what their overlap depends on: reliability, degree, expression, fraction.

    Returns
    -------
    `(n, 13)` float64.
    """
    own, other = first.at_fraction(fraction), second.at_fraction(fraction)
    both, lower = np.sqrt(own * other), np.minimum(own, other)
    degree = np.log1p(np.minimum(first.degree, second.degree)) - 2
    mean = np.log1p(np.minimum(first.mean, second.mean)) - 1
    size, one = np.log(fraction) + 3, np.ones(len(own))
    return np.column_stack(
        [
            *(one, np.sqrt(both), both, lower, degree, mean),
            *(size * one, size * both, size**2 * one, size**2 * both, size * np.sqrt(both)),
            *(both * degree, both * mean),
        ]
    )


def expected_share(described: np.ndarray, fraction: np.ndarray | float) -> np.ndarray:
    """Share of its neighbours that a gene keeps when only its cells are drawn anew, `(n,)`."""
    share = fraction + (1 - fraction) * expit(described @ np.array(COEFFICIENTS))
    return np.clip(share, 1e-4, 1 - 1e-4)


def shared_distribution(share: np.ndarray, k: int) -> np.ndarray:
    """Chance of each number of shared neighbours, beta-binomial; `(n, k + 1)`."""
    concentration = np.exp(DISPERSION[0] + DISPERSION[1] * np.log(k / 20))
    counts = np.arange(k + 1)
    a = (share * concentration)[:, None]
    b = concentration - a
    ways = gammaln(k + 1) - gammaln(counts + 1) - gammaln(k - counts + 1)
    return np.exp(ways + betaln(counts + a, k - counts + b) - betaln(a, b))


def shared_by_sampling(
    first: Side, second: Side, *, k: int, n_common: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tell how many neighbours two samples of the same cells would share.

    Parameters
    ----------
    first, second
        The genes in each context.
    k, n_common
        Size of a neighbourhood, and genes among which it was looked for.

    Returns
    -------
    `expected`, `low`, `high` (neighbours of k; the central `INTERVAL`), each `(n,)`.
    """
    fraction = k / (n_common - 1)
    share = expected_share(describe_genes(first, second, fraction), fraction)
    chance = shared_distribution(share, k)
    cumulated = np.minimum(chance.cumsum(axis=1), 1.0)
    side = (1 - INTERVAL) / 2
    return (
        k * share,
        (cumulated < side).sum(axis=1).astype(np.float64),
        np.minimum((cumulated < 1 - side).sum(axis=1), k).astype(np.float64),
    )
