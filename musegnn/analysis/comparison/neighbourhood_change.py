"""Neighbourhood change: which genes keep their company from one context to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from musegnn import keys
from musegnn.analysis.choices import MEASURES
from musegnn.analysis.comparison.context_alignment import CommonGenes, common_genes
from musegnn.analysis.comparison.nearness_null import mutual_nearness
from musegnn.analysis.comparison.ranked_lists import (
    count_shared,
    jaccard_by_chance,
    jaccard_of_counts,
    later_ranks,
    p_above,
    p_of_counts,
    rank_biased_by_chance,
    rank_biased_null,
    rank_biased_overlap,
    rank_biased_weights,
    rank_blocks,
)
from musegnn.analysis.comparison.same_tissue_null import (
    SameTissueNull,
    pairing_of,
    same_tissue_null,
)
from musegnn.analysis.comparison.sampling_test import SamplingTest, can_be_told, sampling_test
from musegnn.analysis.comparison.shared_edges import COLUMNS as EDGE_COLUMNS
from musegnn.analysis.comparison.shared_edges import Graphs, count_edges, pairs_sharing_cells
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.validation import check_choice, check_positive

SIGNIFICANT: Final = 0.05
NEAREST_NAMED: Final = 5
DEGREE_GROUPS: Final = 3
# what is said of a gene, most certain change first
BEYOND_TISSUE, CHANGED, KEPT = "changed beyond its tissue", "changed", "kept"
OPEN, NOT_TOLD, NOT_TESTED = "open", "cannot be told", "not tested"
# share of the tested genes called in the shipped atlas, in percent (`python -m benchmarks.change`)
CALLED_SAME, CALLED_OTHER = 40, 91
# of fewer testable genes some are called where nothing changed: so many, of so many (the same)
FEW_TOLD, FALSE_OF_FEW = 30, (6, 57)
DEFINITION: Final = (
    "Neighbours of a gene: the genes with the highest cosine in the full embedding space, each "
    "context by itself, among the genes that both contexts have. Jaccard: shared among the k "
    "nearest over all of them. RBO: rank-biased overlap of the two complete rankings. Change: 1 "
    "minus the chosen one; 0 is the same neighbourhood. q kept asks whether a gene keeps more of "
    "its neighbourhood than when the gene names of the right context are shuffled (one-sided; "
    "exact for Jaccard, permutations for RBO). q changed asks whether its neighbours stand "
    "farther off than those of such genes do between two datasets of one species, tissue and "
    "technique (all such pairs of the atlas, each tissue standardised by the others; below 5 % an "
    "exponential tail); without such datasets this cannot be tested, and the percentile among "
    "genes of about the same degree here only ranks. q differs asks whether they stand farther "
    "off than in two samples of the same cells. Both go by nearness: the mean normal score of the "
    "ranks that the k nearest of one context have in the other, both ways, over that of ranks 1 "
    "to k; its mean and spread are expected from reliability in both contexts, edges, expression "
    "and k over the genes, and the tails of the second are those of halves of datasets that the "
    "fit had not seen. Lost: neighbours that two samples of the same cells would share minus "
    "those that are shared, over k, with the central 95 % of sampling (beta-binomial); about 0 "
    "without change, however badly a gene is measured, while change is high for such genes. "
    "Changed: q differs < 0.05, which differences of donor and technique bring about too (in the "
    f"shipped atlas for {CALLED_SAME} % of the tested genes between two datasets of one tissue, "
    f"{CALLED_OTHER} % between others). Beyond its tissue: q changed < 0.05 as well. Cannot be "
    "told: measured so loosely that neighbours taken by chance would not stand out. All q: "
    "Benjamini-Hochberg over the tested genes. Neighbourhoods of related genes overlap, so the "
    "tests depend on each other."
)
TEXT_COLUMNS: Final = ("first_nearest", "second_nearest", "kept", "lost", "gained")


@dataclass(frozen=True)
class ChangeSettings:
    """How two neighbourhoods are compared.

    Parameters
    ----------
    k
        Size of a neighbourhood, at least 1.
    measure
        What `change` and the test of what is kept go by, one of `MEASURES`; the other tests go by
        nearness.
    persistence
        Of the rank-biased overlap, above 0 and below 1: chance to look one rank deeper.
    permutations
        Shuffles for the null of the rank-biased overlap, at least 1.
    seed
        Of shuffles and draws.
    """

    k: int = 20
    measure: str = "rbo"
    persistence: float = 0.9
    permutations: int = 9_999
    seed: int = 0

    def __post_init__(self) -> None:
        check_positive(self.k, name="k")
        check_choice(self.measure, MEASURES, name="measure")
        check_positive(self.permutations, name="permutations")
        rank_biased_weights(1, self.persistence)


@dataclass(frozen=True)
class NeighbourhoodChange:
    """Neighbourhoods of the common genes of two contexts, compared.

    Parameters
    ----------
    common
        The common genes, in the order of the alphabet.
    settings
        How they were compared.
    table
        One row a common gene, called changes first by what they lost, those of which nothing can
        be told last: `gene` (common name), `first_gene`,
        `second_gene` (symbols), `change`, `jaccard`, `rbo` (0 to 1), `n_kept` (of k), `p_kept`,
        `q_kept`, `p_changed`, `q_changed` (0 to 1, NaN when they cannot be tested), `call` (a
        word), `effect` (share of the k nearest lost beyond sampling, -1 to 1), `effect_low`,
        `effect_high` (central 95 % of sampling), `expected` (neighbours of k), `nearness` (1 in
        front, about 0 anywhere), `p_differs`,
        `q_differs`, `first_reliability`, `second_reliability` (words),
        `degree_percentile` (genes of about the same degree here that changed less, 0 to 100),
        `first_degree`, `second_degree` (edges in the whole context), `first_edges`,
        `second_edges`, `edges_kept` (edges to common genes, missing without graphs),
        `first_cluster`, `second_cluster`, `first_nearest`, `second_nearest` (the five nearest),
        `kept`, `lost`, `gained` (names, nearest first), `first_row`, `second_row`.
    jaccard_by_chance, rbo_by_chance
        Expected values when the names of one context are shuffled, 0 to 1.
    null
        What change was tested against.
    not_called
        Why no gene can be called changed beyond sampling, or "".
    """

    common: CommonGenes
    settings: ChangeSettings
    table: pd.DataFrame
    jaccard_by_chance: float
    rbo_by_chance: float
    null: SameTissueNull = field(repr=False)
    not_called: str = ""

    @property
    def n_told(self) -> int:
        """Genes that are measured firmly enough in both contexts to be called."""
        return int(self.table["q_differs"].notna().sum())

    @property
    def n_differing(self) -> int:
        """Genes whose neighbours stand farther off than in two samples of the same cells."""
        return int((self.table["q_differs"] < SIGNIFICANT).sum())

    @property
    def n_kept(self) -> int:
        """Genes that keep more of their neighbourhood than by chance (q below `SIGNIFICANT`)."""
        return int((self.table["q_kept"] < SIGNIFICANT).sum())

    @property
    def n_changed(self) -> int | None:
        """Genes that changed more than within a tissue; None when this cannot be tested."""
        if not self.null.can_test:
            return None
        return int((self.table["q_changed"] < SIGNIFICANT).sum())


def neighbourhood_change(
    embedding: EmbeddingSet,
    first: str,
    second: str,
    settings: ChangeSettings | None = None,
    *,
    graphs: Graphs = (None, None),
) -> NeighbourhoodChange:
    """Compare the neighbourhoods of all common genes of two contexts.

    Parameters
    ----------
    embedding
        The set both contexts belong to.
    first, second
        Names of contexts.
    settings
        How to compare.
    graphs
        Co-expression graph of each context, or None where it is not at hand; the edges are counted,
        and datasets that a graph names as sharing cells are left out of the null.

    Raises
    ------
    InputError
        If a context is not there, or the two share too few genes for neighbourhoods of this size.
    """
    settings = settings or ChangeSettings()
    common = common_genes(embedding, first, second)
    n_items = len(common) - 1
    check_enough(common, settings.k)
    units = [embedding.unit_vectors[rows] for rows in _rows(common)]
    ranked = _ranked(units, settings)
    table = _compare(common, ranked, settings)
    for side, rows in zip(("first", "second"), _rows(common), strict=True):
        own = embedding.genes[[keys.GENE, keys.DEGREE, keys.CLUSTER]].iloc[rows]
        table[f"{side}_row"] = rows
        table[f"{side}_gene"] = own[keys.GENE].to_numpy(dtype=object)
        table[f"{side}_degree"] = own[keys.DEGREE].to_numpy()
        table[f"{side}_cluster"] = own[keys.CLUSTER].astype(str).to_numpy(dtype=object)
    smaller = table[["first_degree", "second_degree"]].min(axis=1).to_numpy()
    table["degree_percentile"] = _percentile(table["change"].to_numpy(), smaller)
    nearness = ranked.nearness
    null = same_tissue_null(
        embedding,
        common,
        k=settings.k,
        share_cells=pairs_sharing_cells(graphs),
        seed=settings.seed,
    )
    p_changed = null.p_values(pairing_of(embedding, common, nearness, settings.k))
    is_told = can_be_told(embedding, common, settings.k)
    table["p_changed"] = np.where(is_told, p_changed, np.nan)
    table["nearness"] = nearness
    table["q_changed"] = _adjusted(table["p_changed"].to_numpy())
    sampling = sampling_test(embedding, common, nearness, settings.k)
    table = table.assign(**_called(table, sampling, settings.k))
    symbols = (table["first_gene"].tolist(), table["second_gene"].tolist())
    table = table.assign(**count_edges(graphs, symbols))
    return NeighbourhoodChange(
        common=common,
        settings=settings,
        table=_in_order(table),
        jaccard_by_chance=jaccard_by_chance(n_items, settings.k),
        rbo_by_chance=rank_biased_by_chance(n_items, settings.persistence),
        null=null,
        not_called=sampling.note,
    )


def check_enough(common: CommonGenes, k: int) -> None:
    """Raise `InputError` unless neighbourhoods of `k` genes can differ."""
    if len(common) > k + 1:
        return
    msg = (
        f"Expected more than {k + 1} common genes for neighbourhoods of {k}, found {len(common)} "
        f"in {common.first} and {common.second}."
    )
    raise InputError(msg, "Choose a smaller k or another pair of contexts.")


def _rows(common: CommonGenes) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the common genes in both contexts."""
    return common.first_rows, common.second_rows


@dataclass(frozen=True)
class _Ranked:
    """What the complete rankings of G genes in two contexts say, when they are gone.

    Parameters
    ----------
    shared, rbo, nearness
        `(G,)` genes that both have among the k nearest, overlap of the rankings, mutual nearness.
    nearest
        `(G, k)` of either context, nearest first.
    """

    shared: np.ndarray
    rbo: np.ndarray
    nearness: np.ndarray
    nearest: tuple[np.ndarray, np.ndarray]


def _ranked(units: Sequence[np.ndarray], settings: ChangeSettings) -> _Ranked:
    """Rank all genes to each gene in both contexts, a block at a time."""
    k = settings.k
    weights = rank_biased_weights(len(units[0]) - 1, settings.persistence)
    found: list[tuple[np.ndarray, ...]] = []
    for ranks in rank_blocks(units[0], units[1]):
        later = later_ranks(*ranks)
        found.append(
            (
                count_shared(later, k),
                rank_biased_overlap(later, weights),
                mutual_nearness(*ranks, k),
                *(_nearest_first(side, k) for side in ranks),
            )
        )
    shared, rbo, nearness, first, second = map(np.concatenate, zip(*found, strict=True))
    return _Ranked(shared, rbo, nearness, (first, second))


def _nearest_first(ranks: np.ndarray, k: int) -> np.ndarray:
    """Genes of ranks 1 to k in each row, nearest first."""
    near = np.nonzero(ranks <= k)[1].reshape(len(ranks), k)
    order = np.argsort(np.take_along_axis(ranks, near, axis=1), axis=1)
    return np.take_along_axis(near, order, axis=1)


def _compare(common: CommonGenes, ranked: _Ranked, settings: ChangeSettings) -> pd.DataFrame:
    """Measures, test of what is kept, and names of neighbours."""
    n_items, k = len(common) - 1, settings.k
    shared, rbo = ranked.shared, ranked.rbo
    jaccard = jaccard_of_counts(shared, k)
    if settings.measure == "jaccard":
        p_kept = p_of_counts(shared, n_items, k)
    else:
        null = _null(n_items, settings.persistence, settings.permutations, settings.seed)
        p_kept = p_above(rbo, null)
    return pd.DataFrame(
        {
            "gene": common.names,
            "change": 1 - (jaccard if settings.measure == "jaccard" else rbo),
            "jaccard": jaccard,
            "rbo": rbo,
            "n_kept": shared,
            "p_kept": p_kept,
            "q_kept": _adjusted(p_kept),
            **_name_neighbours(common.names, ranked.nearest),
        }
    )


@lru_cache(maxsize=64)
def _null(n_items: int, persistence: float, permutations: int, seed: int) -> np.ndarray:
    """Draw the null once for all pairs with as many common genes, and all sizes and measures."""
    null = rank_biased_null(n_items, persistence, permutations=permutations, seed=seed)
    null.flags.writeable = False
    return null


def _called(table: pd.DataFrame, sampling: SamplingTest, k: int) -> dict[str, np.ndarray]:
    """Test, effect with interval, and a word for each gene."""
    kept = table["n_kept"].to_numpy()
    is_told = ~np.isnan(sampling.p)
    q = _adjusted(sampling.p)
    differs = q < SIGNIFICANT
    words = np.select(
        [
            np.full(len(table), bool(sampling.note)),
            ~is_told,
            differs & (table["q_changed"].to_numpy() < SIGNIFICANT),
            differs,
            table["q_kept"].to_numpy() < SIGNIFICANT,
        ],
        [NOT_TESTED, NOT_TOLD, BEYOND_TISSUE, CHANGED, KEPT],
        default=OPEN,
    )
    return {
        "call": words.astype(object),
        "effect": (sampling.expected - kept) / k,
        "effect_low": (sampling.low - kept) / k,
        "effect_high": (sampling.high - kept) / k,
        "expected": sampling.expected,
        "p_differs": sampling.p,
        "q_differs": q,
        "first_reliability": sampling.first_words,
        "second_reliability": sampling.second_words,
    }


def kept_first(table: pd.DataFrame) -> pd.DataFrame:
    """Sort the table of a change by what stayed most alike, what cannot be told last."""
    alike = table.iloc[::-1]
    is_last = alike["call"] == NOT_TOLD
    return pd.concat([alike[~is_last], alike[is_last]], ignore_index=True)


def _adjusted(p: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg over what could be tested; NaN elsewhere."""
    q = np.full(len(p), np.nan)
    is_tested = ~np.isnan(p)
    if is_tested.any():
        q[is_tested] = false_discovery_control(p[is_tested])
    return q


def _name_neighbours(names: np.ndarray, nearest: Sequence[np.ndarray]) -> dict[str, list[str]]:
    """Names of the nearest, kept, lost and gained genes, nearest first; keys `TEXT_COLUMNS`."""
    first, second = nearest
    before = np.arange(len(names))[:, None] * len(names)  # makes a number of a gene and its list
    in_both = np.isin(first + before, second + before)
    is_new = ~np.isin(second + before, first + before)
    near, other = names[first].tolist(), names[second].tolist()
    return {
        "first_nearest": [", ".join(genes[:NEAREST_NAMED]) for genes in near],
        "second_nearest": [", ".join(genes[:NEAREST_NAMED]) for genes in other],
        "kept": _joined(near, in_both),
        "lost": _joined(near, ~in_both),
        "gained": _joined(other, is_new),
    }


def _joined(lists: list[list[str]], is_in: np.ndarray) -> list[str]:
    """Join what is marked in each list."""
    return [", ".join(compress(genes, own)) for genes, own in zip(lists, is_in, strict=True)]


def _percentile(change: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Share of genes of about the same degree that changed less, 0 to 100."""
    bounds = np.quantile(degrees, np.linspace(0, 1, DEGREE_GROUPS + 1)[1:-1])
    groups = np.searchsorted(bounds, degrees, side="left")
    percentile = np.zeros(len(change))
    for group in np.unique(groups):
        own = change[groups == group]
        percentile[groups == group] = 100 * np.searchsorted(np.sort(own), own) / len(own)
    return percentile


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Sort by call, falling effect and change, then smaller degree and name; fix the columns."""
    tier = table["call"].isin([BEYOND_TISSUE, CHANGED]).astype(int) - (table["call"] == NOT_TOLD)
    ordered = table.assign(
        tier=tier,
        beyond=table["effect"].fillna(-np.inf),
        smaller=table[["first_degree", "second_degree"]].min(axis=1),
    )
    ordered = ordered.sort_values(
        ["tier", "beyond", "change", "smaller", "gene"],
        ascending=[False, False, False, False, True],
        ignore_index=True,
    )
    columns = [
        *("gene", "first_gene", "second_gene", "change", "jaccard", "rbo", "n_kept"),
        *("p_kept", "q_kept", "p_changed", "q_changed", "degree_percentile"),
        *("call", "effect", "effect_low", "effect_high", "expected", "nearness"),
        *("p_differs", "q_differs"),
        *("first_reliability", "second_reliability"),
        *("first_degree", "second_degree", *EDGE_COLUMNS),
        *("first_cluster", "second_cluster"),
        *TEXT_COLUMNS,
        *("first_row", "second_row"),
    ]
    return ordered[columns]
