"""Matched sets: how often genes of like degree and expression would hit a term as often."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import gammaln
from scipy.stats import false_discovery_control

from musegnn import keys
from musegnn.analysis.enrichment.over_representation import OverRepresentation
from musegnn.analysis.enrichment.term_index import TermIndex
from musegnn.embeddings.atlas import Atlas

# fewer parts of expression leave sets of abundant genes "enriched": `benchmarks.enrichment_bias`
EXPRESSION_PARTS: Final = 15
DEGREE_PARTS: Final = 2  # of each part of expression
FEWEST_IN_GROUP: Final = 20  # genes; a group that holds hardly more than the set says nothing
MATCHED_TEST: Final = (
    "matched, the share of all sets that take as many genes as this one from each of up to "
    f"{EXPRESSION_PARTS * DEGREE_PARTS} groups of like expression and degree and have as many "
    "genes of the term or more (exact, no draws)"
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
    """Divide genes into parts of equal size by expression, and each of these by degree.

    Parameters
    ----------
    traits
        G rows, see `gene_traits`.

    Returns
    -------
    `(G,)` int64, number of the group of each gene. There are `EXPRESSION_PARTS` times
    `DEGREE_PARTS` groups, fewer where they would have fewer than `FEWEST_IN_GROUP` genes.
    """
    most = max(len(traits) // FEWEST_IN_GROUP, 1)
    n_degree = min(DEGREE_PARTS, most)
    expression = equal_parts(
        traits["expression"].to_numpy(), min(EXPRESSION_PARTS, most // n_degree)
    )
    groups = np.zeros(len(traits), dtype=np.int64)
    for part in np.unique(expression):
        here = expression == part
        groups[here] = part * n_degree + equal_parts(traits["degree"].to_numpy()[here], n_degree)
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
    :math:`(N_b, K_b, n_b)`, whose distribution is the convolution of theirs. All its parts are
    positive, so that p as small as 1e-300 keep their digits.
    """
    column = np.array([index.columns.get(str(name), -1) for name in traits.index], dtype=np.int64)
    known = np.flatnonzero(column >= 0)
    table = index.membership[[index.rows[name] for name in terms]][:, column[known]]
    inside = traits.index.isin(list(members))
    groups = matched_groups(traits)
    law = law_of_hits(table, known, inside=inside, groups=groups)
    hits = np.asarray(table @ inside[known].astype(np.int64)).ravel()
    chance_of = np.arange(law.shape[1])
    tail = np.where(chance_of >= hits[:, None], law, 0).sum(axis=1)
    return pd.DataFrame({"matched_hits": law @ chance_of, "matched_p": np.clip(tail, 0, 1)})


def law_of_hits(
    table: sparse.csr_matrix, known: np.ndarray, *, inside: np.ndarray, groups: np.ndarray
) -> np.ndarray:
    """Return the chance of each number of hits among all sets matched by group.

    Parameters
    ----------
    table
        `(T, K)`, 1 where a gene belongs to a term.
    known
        `(K,)` places of these genes among all G that could have been in the set.
    inside
        `(G,)` bool, the set.
    groups
        `(G,)` int64, group of each gene, from 0.

    Returns
    -------
    `(T, H)`, chance of 0, 1, ... hits; a row sums to 1.
    """
    n_groups = int(groups.max()) + 1
    one = sparse.csr_matrix(
        (np.ones(len(known), dtype=np.int64), (np.arange(len(known)), groups[known])),
        shape=(len(known), n_groups),
    )
    of_term = sparse.csr_matrix(table @ one).toarray()
    size, taken = (np.bincount(some, minlength=n_groups) for some in (groups, groups[inside]))
    law = np.ones((table.shape[0], 1))  # chance of each number of hits, group after group
    for group in np.flatnonzero(taken):
        counts = np.arange(min(taken[group], int(of_term[:, group].max())) + 1)
        # terms with as many genes in the group share their law
        kinds, kind = np.unique(of_term[:, group], return_inverse=True)
        step = _hits_in_group(counts, int(size[group]), kinds[:, None], int(taken[group]))
        law = _convolve(law, step[kind])
    return law


def by_matched_sets(
    result: OverRepresentation,
    members: Collection[str],
    *,
    index: TermIndex,
    traits: pd.DataFrame,
) -> OverRepresentation:
    """Let the matched test say p, q and the order of all terms.

    Parameters
    ----------
    result
        Answer of the plain test.
    members, index, traits
        As for `matched_test`.

    Returns
    -------
    The same terms, smallest matched p first; `p` and `q` (over the same family) are those of the
    matched test, `plain_p` and `plain_q` those of the plain one, `matched_hits` what chance gives.
    """
    table = result.table.assign(
        plain_p=result.table["p"], plain_q=result.table["q"], matched_hits=np.nan
    )
    if len(table):
        matched = matched_test(table["term"].tolist(), members, index=index, traits=traits)
        p = matched["matched_p"].to_numpy()
        # terms without a hit have p = 1 and no row, and count all the same
        family = np.concatenate([p, np.ones(result.n_tested - len(p))])
        table = table.assign(
            p=p,
            q=false_discovery_control(family)[: len(p)],
            matched_hits=matched["matched_hits"].to_numpy(),
        ).sort_values(["p", "fold", "term"], ascending=[True, False, True], ignore_index=True)
    return replace(result, table=table)


def _hits_in_group(counts: np.ndarray, size: int, of_term: np.ndarray, taken: int) -> np.ndarray:
    """Chance of some numbers of hits when `taken` of `size` genes are drawn, hypergeometric.

    As `scipy.stats.hypergeom.pmf`, which spends most of its time on looking at its arguments.
    """
    with np.errstate(invalid="ignore"):
        logarithm = (
            _log_choose(of_term, counts)
            + _log_choose(size - of_term, taken - counts)
            - _log_choose(np.array(size), np.array(taken))
        )
    is_possible = (counts <= of_term) & (taken - counts <= size - of_term)
    return np.where(is_possible, np.exp(np.where(is_possible, logarithm, 0)), 0)


def _log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Logarithm of the number of ways to choose `k` of `n`."""
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _convolve(law: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Distribution of the sum of two independent counts, row by row."""
    total = np.zeros((len(law), law.shape[1] + step.shape[1] - 1))
    for count in range(step.shape[1]):
        total[:, count : count + law.shape[1]] += law * step[:, [count]]
    return total


def equal_parts(values: np.ndarray, parts: int) -> np.ndarray:
    """Number of the part of equal size that each value falls into, ties by position."""
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return ranks * min(parts, len(values)) // max(len(values), 1)
