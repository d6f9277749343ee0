"""Null of nearness: where the nearest genes of one sample stand in another of the same cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.special import ndtri

from musegnn.analysis.comparison.ranked_lists import ranks_of_nearest
from musegnn.analysis.comparison.sampling_null import Side, describe_genes

# Fitted by `python -m benchmarks.change_fit` to halves of every other dataset of the atlas;
# `benchmarks.change` reports on the others.
# mean of nearness along the columns of `describe_places`, log of its variance along some of them
MEAN: Final = (
    *(0.31, -0.0203, 0.4192, -0.0817, 0.0048, 0.0683),
    *(0.0443, 0.065, 0.0155, -0.0405, -0.1347, -0.0038, -0.1052),
    *(0.2217, 0.6797, -0.382, -0.0364, -0.0039, -0.0717, -0.0024, 0.0176),
)
SPREAD: Final = (
    *(-4.1336, 2.0952, -4.705, 0.3516, 0.0133, -0.0076, -0.0895),
    *(-0.7513, 0.072, 0.0925, -0.2627),
)
SPREAD_COLUMNS: Final = (0, 1, 2, 3, 4, 5, 6, 13, 16, 17, 19)
# shares of halves of datasets that the fit had not seen, and the standardised values they lie below
SHARES: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 0.95)
BOUNDS: Final = (-3.251, -2.658, -1.827, -1.191, -0.564, 0.362, 1.097, 1.676)
# what no fitted gene goes beyond: firmer ones are not expected to keep more, nor more surely
MOST_MEAN: Final = 0.962
LEAST_SPREAD: Final = 0.036
TAIL: Final = 2.0  # exponent of the power law below the lowest of them
TOLD: Final = 5.0  # spreads that the expected nearness lies above that of genes taken by chance
_WIDER: Final = 4  # of a gene that is loose at k, more neighbours may still be firm
_MOST_WIDE: Final = 0.5  # share of the genes
_LEAST_RELIABLE: Final = 0.02  # added to means of reliability, so that of noise there is a ratio
_USUAL_GENES: Final = 400


def mutual_nearness(first: np.ndarray, second: np.ndarray, k: int) -> np.ndarray:
    """Tell how near the k nearest genes of each context stand in the other one.

    Parameters
    ----------
    first, second
        `(B, G)` ranks of `neighbour_ranks` for the same B of G genes.
    k
        Size of a neighbourhood.

    Returns
    -------
    `(B,)` mean normal score of the ranks, over that of ranks 1 to k: 1 where the neighbours are the
    same, about 0 where they stand anywhere, below 0 where they stand at the end. Whereas shared
    neighbours count who is among the first k, this tells a gene that fell behind by a few ranks
    from one that fell to the end.
    """
    ranks = [
        other[own <= k].reshape(len(own), k) for own, other in ((first, second), (second, first))
    ]
    return _nearness(ranks, k, first.shape[1])


def nearness_of(units: Sequence[np.ndarray], k: int) -> np.ndarray:
    """Compute `mutual_nearness` of the same genes in two contexts, `(G, D)` rows of length 1."""
    first, second = units
    return _nearness(ranks_of_nearest(first, second, k), k, len(first))


def _nearness(ranks: Sequence[np.ndarray], k: int, n_genes: int) -> np.ndarray:
    """Mean normal score of `(B, k)` ranks in either context, over that of ranks 1 to k."""
    score = -ndtri(
        np.maximum(np.arange(n_genes) - 0.5, 0.5) / (n_genes - 1)
    )  # by rank; none has rank 0
    first, second = (score[side].mean(axis=1) for side in ranks)
    return (first + second) / (2 * score[1 : k + 1].mean())


def describe_places(first: Side, second: Side, fraction: float, n_contexts: int) -> np.ndarray:
    """Describe genes by what their nearness depends on.

    Returns
    -------
    `(n, 21)` float64: the columns of `describe_genes`; reliability among four times as many
    neighbours; how many contexts were placed together, since each of them pulls; how unequal the
    contexts are, since few cells beside many place a gene less surely than the genes themselves
    show; and how many genes are common, since a mean of few ranks scatters.
    """
    wider = min(_WIDER * fraction, _MOST_WIDE)
    own, other = first.at_fraction(wider), second.at_fraction(wider)
    both, one = np.sqrt(own * other), np.ones(len(own))
    contexts = np.log(max(n_contexts, 2) / 8) * one
    near = [side.at_fraction(fraction) for side in (first, second)]
    levels = [np.log(shares.mean() + _LEAST_RELIABLE) if len(one) else 0.0 for shares in near]
    unequal, firm = abs(levels[0] - levels[1]), np.sqrt(near[0] * near[1])
    common = np.log(max(len(one), 1) / _USUAL_GENES)
    return np.column_stack(
        [
            describe_genes(first, second, fraction),
            *(both, np.sqrt(both), np.minimum(own, other), contexts),
            *(unequal * one, unequal * firm, common * one, common * firm),
        ]
    )


def expected_nearness(described: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nearness of two samples of the same cells, and its standard deviation; `(n,)` each."""
    mean, spread = expected_nearness_of(
        described, np.array(MEAN), np.array(SPREAD), columns=SPREAD_COLUMNS
    )
    return np.minimum(mean, MOST_MEAN), np.maximum(spread, LEAST_SPREAD)


def expected_nearness_of(
    described: np.ndarray, mean: np.ndarray, spread: np.ndarray, *, columns: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean along all columns, and standard deviation by the log of a variance along some."""
    return described @ mean, np.exp(described[:, list(columns)] @ spread / 2)


def p_of_standardised(values: np.ndarray) -> np.ndarray:
    """Chance of a standardised nearness as low or lower, as datasets left out of the fit show it.

    Parameters
    ----------
    values
        `(n,)` nearness minus the expected one, over its standard deviation.

    Returns
    -------
    `(n,)` above 0 to 1, rising with the value: the observed shares where there are some, and a
    power law below them, whose tail is heavier than that of a normal distribution.
    """
    bounds = np.array(BOUNDS)
    inside = np.exp(np.interp(values, [*BOUNDS, BOUNDS[-1] + 2], np.log([*SHARES, 1.0])))
    below = SHARES[0] * (np.minimum(values, bounds[0]) / bounds[0]) ** -TAIL
    return np.clip(np.where(values < bounds[0], below, inside), 1e-300, 1.0)


def nearness_test(
    nearness: np.ndarray, first: Side, second: Side, *, fraction: float, n_contexts: int
) -> tuple[np.ndarray, np.ndarray]:
    """Ask whether neighbours stand farther off than in two samples of the same cells.

    Parameters
    ----------
    nearness
        `(n,)` of `mutual_nearness`.
    first, second
        The genes in each context.
    fraction
        Neighbours over the genes that can be one, above 0 to 1.
    n_contexts
        Contexts that were placed together.

    Returns
    -------
    `p`
        `(n,)` above 0 to 1.
    `is_told`
        `(n,)` bool: genes of which neighbours taken by chance would stand out, that is for which
        a change can be told from sampling. It does not depend on the observed nearness.
    """
    described = describe_places(first, second, fraction, n_contexts)
    mean, spread = expected_nearness(described)
    return p_of_standardised((nearness - mean) / spread), is_told(described)


def is_told(described: np.ndarray) -> np.ndarray:
    """Mark genes whose expected nearness lies `TOLD` spreads above that of chance, `(n,)` bool."""
    mean, spread = expected_nearness(described)
    return mean / spread >= TOLD
