"""Over-representation: which terms a set of genes holds more often than chance gives."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, hypergeom

from musegnn.analysis.enrichment.term_index import TermIndex
from musegnn.analysis.gene_set_choice import symbols_not_in
from musegnn.errors import InputError
from musegnn.validation import check_positive, format_list

TEST: Final = "one-sided hypergeometric test (Fisher's exact test for enrichment)"
CORRECTION: Final = "Benjamini-Hochberg over all terms tested"
SIGNIFICANT: Final = 0.05  # q below which a term is called enriched
MINIMUM_SIZE: Final = 5
MAXIMUM_SIZE: Final = 500
COLUMNS: Final = (
    *("term", "hits", "size", "set_size", "background", "expected", "fold"),
    *("odds_ratio", "odds_low", "odds_high", "p", "q", "genes"),
)
_QUANTILE_95: Final = 1.959963984540054  # of the standard normal, both sides together 5 %


@dataclass(frozen=True)
class OverRepresentation:
    """Terms of a library in a set of genes.

    Parameters
    ----------
    table
        Terms with at least one gene of the set, smallest p first, then by falling fold and name;
        columns `COLUMNS`. `hits` k: genes of the set in the term; `size` K: genes of the
        background in the term; `set_size` n and `background` N: genes of the set and of the
        background; `expected` = n K / N; `fold` = k / expected; `odds_ratio` with its 95 %
        interval `odds_low`, `odds_high` (Woolf; 0.5 added to each cell when one is empty); `p`,
        `q` 0 to 1; `genes`: the k genes, sorted, joined by blanks.
    n
        Genes of the set inside the background.
    background
        Genes of the background N.
    n_tested
        Terms of suitable size, those without a gene of the set included: the family over which
        q is corrected.
    n_small, n_large
        Terms left out because fewer or more of their genes are in the background.
    outside
        Genes of the set that the background lacks, sorted; they are not counted.
    minimum_size, maximum_size
        Limits on `size`.
    """

    table: pd.DataFrame
    n: int
    background: int
    n_tested: int
    n_small: int
    n_large: int
    outside: tuple[str, ...]
    minimum_size: int
    maximum_size: int

    @property
    def n_enriched(self) -> int:
        """Terms with q below `SIGNIFICANT`."""
        return int((self.table["q"] < SIGNIFICANT).sum())


def over_representation(
    genes: Collection[str],
    *,
    background: Collection[str],
    index: TermIndex,
    minimum_size: int = MINIMUM_SIZE,
    maximum_size: int = MAXIMUM_SIZE,
) -> OverRepresentation:
    r"""Test every term of a library for too many genes of a set.

    Parameters
    ----------
    genes
        Symbols of the set; those outside the background are not counted.
    background
        Symbols that could have been in the set.
    index
        The library.
    minimum_size, maximum_size
        Terms with fewer or more genes of the background are not tested.

    Raises
    ------
    InputError
        If no gene of the set is in the background, or the limits are no range.

    Notes
    -----
    With N genes in the background, K of them in the term, and n in the set, the number of genes in
    both is hypergeometric when the set is drawn by chance:
    :math:`p = \sum_{i \ge k} \binom{K}{i} \binom{N-K}{n-i} / \binom{N}{n}`.

    References
    ----------
    Boyle et al., GO::TermFinder, Bioinformatics 20 (2004); Benjamini and Hochberg, JRSS B 57
    (1995); Woolf, Annals of Human Genetics 19 (1955) for the interval.
    """
    check_sizes(minimum_size, maximum_size)
    everything, chosen = set(background), set(genes) & set(background)
    if not chosen:
        msg = f"Expected genes of the background, found none of {len(set(genes)):,} in it."
        first = format_list(sorted(set(genes)))
        raise InputError(msg, f"Choose another background. The set holds {first}." if first else "")
    in_background, in_set = index.mask(everything), index.mask(chosen)
    size, hits = index.counts(in_background), index.counts(in_set)
    n, n_background = len(chosen), len(everything)
    tested = np.flatnonzero((size >= minimum_size) & (size <= maximum_size))
    table = _statistics(hits[tested], size[tested], n, n_background)
    table.insert(0, "term", [index.terms[term] for term in tested])
    listed = np.flatnonzero(hits[tested] > 0)
    table = table.iloc[listed].reset_index(drop=True)
    table["genes"] = [" ".join(index.members(term, in_set)) for term in tested[listed].tolist()]
    ordered = table.sort_values(
        ["p", "fold", "term"], ascending=[True, False, True], ignore_index=True
    )
    return OverRepresentation(
        table=ordered.loc[:, list(COLUMNS)],
        n=n,
        background=n_background,
        n_tested=len(tested),
        n_small=int((size < minimum_size).sum()),
        n_large=int((size > maximum_size).sum()),
        outside=symbols_not_in(genes, everything),
        minimum_size=minimum_size,
        maximum_size=maximum_size,
    )


def upper_tail(
    hits: np.ndarray, size: np.ndarray, set_size: np.ndarray | int, background: np.ndarray | int
) -> np.ndarray:
    """Return the chance of `hits` or more, 0 to 1, shape of the broadcast arguments.

    Parameters
    ----------
    hits, size
        Genes of the term in the set, and in the background.
    set_size, background
        Genes in the set and in the background.
    """
    return np.clip(hypergeom.sf(hits - 1, background, size, set_size), 0, 1)


def check_sizes(minimum_size: int, maximum_size: int) -> None:
    """Raise `InputError` unless the sizes of terms are a range."""
    check_positive(minimum_size, name="minimum size")
    if maximum_size < minimum_size:
        msg = f"Expected a maximum size of at least {minimum_size}, found {maximum_size}."
        raise InputError(msg, "Choose a larger maximum.")


def _statistics(hits: np.ndarray, size: np.ndarray, n: int, background: int) -> pd.DataFrame:
    """All numbers of the table; q is corrected over all these rows."""
    expected = n * size / background
    p = upper_tail(hits, size, n, background)
    odds, low, high = _odds_ratio(hits, size, n, background)
    return pd.DataFrame(
        {
            "hits": hits,
            "size": size,
            "set_size": n,
            "background": background,
            "expected": expected,
            "fold": hits / expected,
            "odds_ratio": odds,
            "odds_low": low,
            "odds_high": high,
            "p": p,
            "q": false_discovery_control(p) if len(p) else p,
        }
    )


def _odds_ratio(
    hits: np.ndarray, size: np.ndarray, n: int, background: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Odds ratio and its 95 % interval, from the normal law of its logarithm."""
    cells = np.stack(
        [hits, size - hits, n - hits, background - n - size + hits]  # in both, ..., in neither
    ).astype(np.float64)
    cells = cells + 0.5 * (cells == 0).any(axis=0)
    logarithm = np.log(cells[0]) + np.log(cells[3]) - np.log(cells[1]) - np.log(cells[2])
    half = _QUANTILE_95 * np.sqrt((1 / cells).sum(axis=0))
    return np.exp(logarithm), np.exp(logarithm - half), np.exp(logarithm + half)
