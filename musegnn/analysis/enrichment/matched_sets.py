"""Matched sets: how often genes of like degree and expression would hit a term as often."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from musegnn import keys
from musegnn.analysis.enrichment.term_index import TermIndex
from musegnn.embeddings.atlas import Atlas

PARTS: Final = 5  # of degree, and again of expression
MEANING: Final = (
    "matched: the same test against all sets that take as many genes as this one from each of "
    f"{PARTS * PARTS} groups of like degree and expression (exact, no draws)"
)


def gene_traits(
    symbols: Collection[str], datasets: Collection[str], *, atlas: Atlas
) -> pd.DataFrame:
    """Return degree and expression of ortholog groups, averaged over some contexts.

    Parameters
    ----------
    symbols
        Ortholog groups.
    datasets
        Contexts.
    atlas
        The atlas.

    Returns
    -------
    Index: the ortholog groups found there, sorted; columns `degree` (edges) and `expression`
    (counts per 10,000).
    """
    genes = atlas.embedding.genes
    inside = genes[keys.DATASET].isin(list(datasets)).to_numpy()
    inside &= np.isin(atlas.search.ortholog_groups.astype(str), list(symbols))
    table = pd.DataFrame(
        {
            "symbol": atlas.search.ortholog_groups[inside].astype(str),
            "degree": genes[keys.DEGREE].to_numpy(dtype=np.float64)[inside],
            "expression": genes[keys.MEAN].to_numpy(dtype=np.float64)[inside],
        }
    )
    return table.groupby("symbol", sort=True).mean()


def matched_groups(traits: pd.DataFrame) -> np.ndarray:
    """Divide genes into five parts of equal size by degree, each of these by expression.

    Parameters
    ----------
    traits
        G rows, see `gene_traits`.

    Returns
    -------
    `(G,)` int64, number of the group of each gene.
    """
    degree = _equal_parts(traits["degree"].to_numpy())
    groups = np.zeros(len(traits), dtype=np.int64)
    for part in np.unique(degree):
        here = degree == part
        groups[here] = part * PARTS + _equal_parts(traits["expression"].to_numpy()[here])
    return groups


def matched_test(
    terms: Sequence[str],
    members: Collection[str],
    *,
    index: TermIndex,
    traits: pd.DataFrame,
) -> pd.DataFrame:
    r"""Compare the hits of some terms with those of all matched sets.

    Parameters
    ----------
    terms
        Names of T terms.
    members
        The set; those that are not in the index of `traits` do not count.
    index
        The library.
    traits
        G rows, see `gene_traits`: the genes that could have been in the set.

    Returns
    -------
    T rows: `matched_hits`, mean over all matched sets, and `matched_p`, share of them with at
    least as many hits as the set, 0 to 1.

    Notes
    -----
    Group b has :math:`N_b` genes, :math:`K_b` of the term and :math:`n_b` of the set. The hits of
    a matched set are :math:`\sum_b X_b` with independent :math:`X_b` hypergeometric in
    :math:`(N_b, K_b, n_b)`, whose distribution is the convolution of theirs.
    """
    known = np.array(
        [index.columns.get(str(symbol), -1) for symbol in traits.index], dtype=np.int64
    )
    table = index.membership[[index.rows[name] for name in terms]][:, known[known >= 0]]
    is_term = np.zeros((len(terms), len(traits)), dtype=np.int64)
    is_term[:, known >= 0] = table.toarray()
    inside = traits.index.isin(list(members))
    hits = is_term[:, inside].sum(axis=1)
    groups = matched_groups(traits)
    law = np.ones((len(terms), 1))  # chance of each number of hits, group after group
    for group in np.unique(groups[inside]):
        here = groups == group
        taken, of_term = int((here & inside).sum()), is_term[:, here].sum(axis=1)
        counts = np.arange(min(taken, int(of_term.max())) + 1)
        step = hypergeom.pmf(counts, int(here.sum()), of_term[:, None], taken)
        law = _convolve(law, step)
    chance_of = np.arange(law.shape[1])
    tail = np.where(chance_of >= hits[:, None], law, 0).sum(axis=1)
    return pd.DataFrame(
        {"matched_hits": law @ chance_of, "matched_p": np.clip(tail, 0, 1)},
    )


def _convolve(law: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Distribution of the sum of two independent counts, row by row."""
    total = np.zeros((len(law), law.shape[1] + step.shape[1] - 1))
    for count in range(step.shape[1]):
        total[:, count : count + law.shape[1]] += law * step[:, [count]]
    return total


def _equal_parts(values: np.ndarray) -> np.ndarray:
    """Number of the part of equal size that each value falls into, ties by position."""
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return ranks * min(PARTS, len(values)) // max(len(values), 1)
