"""Null of sampling: how many neighbours two samples of the same cells would share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betaln, expit, gammaln

from musegnn import keys
from musegnn.analysis.comparison.context_alignment import CommonGenes
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.reliability import LEVELS, reliability_of_context, words_of

MOST_FRACTION: Final = 0.26  # of the common genes that may be neighbours; more was not calibrated
INTERVAL: Final = 0.95
NOT_TOLD: Final = ("as chance", "not measured")  # words of genes of which nothing can be called

# Fitted by `python -m benchmarks.change --fit` to halves of every other dataset of the atlas; the
# same program reports on the others.
COEFFICIENTS: Final = (
    *(-2.044, 2.015, 4.153, -1.744, 0.097, 0.25),
    *(0.543, 0.672, 0.188, -0.491, -1.024),
    *(-0.086, -0.32),
)
DISPERSION: Final = (3.008, 0.06)  # log of the concentration at k = 20, and its slope along log k
TAIL: Final = (0.0715, 0.45)  # where 5 % of the tails of halves lie, and the exponent below


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


@dataclass(frozen=True)
class SamplingTest:
    """What two samples of the same cells would share, beside what two contexts share.

    Parameters
    ----------
    expected, low, high
        `(n,)` neighbours of k that both would have, and the central 95 % of that; NaN where
        nothing can be said.
    p
        `(n,)` chance to share as few or fewer, above 0 to 1; NaN as above.
    first_words, second_words
        `(n,)` reliability of each gene in a word.
    note
        Why nothing can be called, or "".
    """

    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    first_words: np.ndarray
    second_words: np.ndarray
    note: str = ""

    @property
    def is_told(self) -> np.ndarray:
        """Genes that are measured firmly enough in both contexts, `(n,)` bool."""
        words = (self.first_words, self.second_words)
        return ~np.logical_or(*(np.isin(side, NOT_TOLD) for side in words))


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


def middle_tail(shared: np.ndarray, share: np.ndarray, k: int) -> np.ndarray:
    """Chance of fewer shared neighbours, half of the observed number counted in; `(n,)`."""
    chance = shared_distribution(share, k)
    rows = np.arange(len(shared))
    below = chance.cumsum(axis=1)[rows, shared] - chance[rows, shared] / 2
    return np.clip(below, 1e-300, 1.0)


def calibrated(tail: np.ndarray) -> np.ndarray:
    """Turn tails of the model into p-values: as often below .05 as halves are, and rarer below."""
    start, exponent = TAIL
    above = 0.05 + 0.95 * (tail - start) / (1 - start)
    return np.where(tail < start, 0.05 * (tail / start) ** exponent, np.minimum(above, 1.0))


def compare_with_sampling(
    shared: np.ndarray, first: Side, second: Side, *, k: int, n_common: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Compare shared neighbours with what two samples of the same cells would share.

    Parameters
    ----------
    shared
        `(n,)` of the k nearest among the common genes.
    first, second
        The genes in each context.
    k, n_common
        Size of a neighbourhood, and genes among which it was looked for.

    Returns
    -------
    `expected`, `low`, `high` (neighbours of k) and `p` (half of the observed number counted in),
    each `(n,)`.
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
        calibrated(middle_tail(shared, share, k)),
    )


def sampling_test(
    embedding: EmbeddingSet, common: CommonGenes, shared: np.ndarray, k: int
) -> SamplingTest:
    """Ask whether the common genes of two contexts share fewer neighbours than sampling explains.

    Parameters
    ----------
    embedding
        The set both contexts belong to.
    common
        Their common genes.
    shared
        `(n,)` neighbours of the k nearest common genes that both contexts have.
    k
        Size of a neighbourhood.
    """
    sides: list[Side] = []
    words: list[np.ndarray] = []
    for name, rows in ((common.first, common.first_rows), (common.second, common.second_rows)):
        genes = embedding.genes.iloc[rows]
        n_genes = len(embedding.rows_of_dataset(name))
        columns = [
            genes[column].to_numpy(dtype=np.float64)
            if column in genes
            else np.full(len(rows), np.nan)
            for column in keys.RELIABILITY_COLUMNS
        ]
        shares = np.column_stack(columns)
        sides.append(
            Side(
                shares,
                genes[keys.DEGREE].to_numpy(dtype=np.float64),
                genes[keys.MEAN].to_numpy(dtype=np.float64),
                n_genes,
            )
        )
        words.append(words_of(shares[:, LEVELS.index(20)], np.full(len(rows), n_genes)))
    note = _note(embedding, common, k)
    missing = np.full(len(common), np.nan)
    if note:
        return SamplingTest(missing, missing, missing, missing, words[0], words[1], note)
    found = compare_with_sampling(shared, *sides, k=k, n_common=len(common))
    is_told = SamplingTest(*found, words[0], words[1]).is_told
    expected, low, high, p = (np.where(is_told, values, missing) for values in found)
    return SamplingTest(expected, low, high, p, words[0], words[1])


def _note(embedding: EmbeddingSet, common: CommonGenes, k: int) -> str:
    """Say why nothing can be called, or nothing."""
    for name in dict.fromkeys((common.first, common.second)):
        found = reliability_of_context(embedding, name)
        if not found.n_measured:
            return f"the reliability of the genes of {name} was not measured"
        if found.verdict == "noise":
            return f"{name} is {found.words}"
    if k > MOST_FRACTION * (len(common) - 1):
        least = int(np.ceil(k / MOST_FRACTION)) + 1
        return (
            f"{len(common)} common genes are too few for neighbourhoods of {k}: it takes {least}, "
            "or a smaller k"
        )
    return ""
