"""Null of change: how much neighbourhoods differ between two datasets of one tissue."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import numpy as np

from musegnn import keys
from musegnn.analysis.comparison.context_alignment import CommonGenes, common_genes
from musegnn.analysis.comparison.ranked_lists import p_below
from musegnn.embeddings.embedding_set import EmbeddingSet

SAME: Final = (keys.SPECIES_COLUMN, keys.TISSUE, keys.MODALITY)  # what datasets must share
FEW_PAIRS: Final = 3  # pairs of datasets to have at least, where the atlas has them
FEWEST_VALUES: Final = 100  # fewer cannot tell p = 0.05 from p = 0.01
STRATA: Final = 3  # groups of genes by degree at most
VALUES_IN_STRATUM: Final = 500  # finer groups would make the smallest p too large to survive BH

Similarity = Callable[[CommonGenes], np.ndarray]


@dataclass(frozen=True)
class SameTissueNull:
    """Similarities of neighbourhoods in pairs of datasets of one tissue.

    Parameters
    ----------
    pairs
        The pairs that were used, each of one of the compared contexts and another dataset.
    values
        `(N,)` similarities of genes, 0 to 1.
    degrees
        `(N,)` the smaller degree of each gene in its pair (edges).
    n_genes
        Genes among which neighbours were looked for, the same number in every pair.
    note
        Why there is no null, or "".
    """

    pairs: tuple[tuple[str, str], ...]
    values: np.ndarray
    degrees: np.ndarray
    n_genes: int = 0
    note: str = ""

    @property
    def n_strata(self) -> int:
        """Number of groups by degree; 0 when there are too few values to test anything."""
        if len(self.values) < FEWEST_VALUES:
            return 0
        return min(STRATA, max(1, len(self.values) // VALUES_IN_STRATUM))

    def p_values(self, similarity: np.ndarray, degrees: np.ndarray) -> np.ndarray:
        """Chance of a similarity as low or lower among genes of about the same degree.

        Parameters
        ----------
        similarity
            `(G,)` of the compared contexts.
        degrees
            `(G,)` the smaller degree of each gene in them.

        Returns
        -------
        `(G,)`, above 0 to 1; NaN when there is no null.
        """
        if not self.n_strata:
            return np.full(len(similarity), np.nan)
        p = np.empty(len(similarity))
        null_group, own_group = (
            degree_groups(values, self.degrees, self.n_strata) for values in (self.degrees, degrees)
        )
        for group in range(self.n_strata):
            is_own = own_group == group
            p[is_own] = p_below(similarity[is_own], np.sort(self.values[null_group == group]))
        return p


def degree_groups(degrees: np.ndarray, of: np.ndarray, n_groups: int) -> np.ndarray:
    """Number the groups that degrees fall into; the bounds are quantiles of `of`."""
    bounds = np.quantile(of, np.linspace(0, 1, n_groups + 1)[1:-1])
    return np.searchsorted(bounds, degrees, side="left")


def smaller_degree(embedding: EmbeddingSet, common: CommonGenes) -> np.ndarray:
    """Return the smaller degree of each common gene in two contexts, `(G,)` edges."""
    degree = embedding.genes[keys.DEGREE].to_numpy()
    return np.minimum(degree[common.first_rows], degree[common.second_rows])


def same_tissue_null(
    embedding: EmbeddingSet,
    common: CommonGenes,
    similarity: Similarity,
    *,
    share_cells: Collection[tuple[str, str]] = (),
    fewest_genes: int = 2,
    seed: int = 0,
) -> SameTissueNull:
    """Collect what two datasets of one species, tissue and technique differ by.

    Each of the two compared contexts is paired with every other dataset of its own species, tissue
    and modality. Overlap depends on how many genes can be neighbours, so the same number of genes
    is drawn by chance from every pair: as many as the compared contexts share, or fewer where less
    than `FEW_PAIRS` other pairs share so many.

    Parameters
    ----------
    embedding
        The set all contexts belong to.
    common
        Common genes of the two compared contexts.
    similarity
        Gives the similarity of each gene of a pair, `(G,)`, 0 to 1.
    share_cells
        Pairs of datasets known to have cells in common: left out, since they differ too little.
    fewest_genes
        Pairs that share fewer are left out.
    seed
        Of the draws.
    """
    barred = {frozenset(pair) for pair in share_cells}
    datasets = embedding.datasets
    named = zip(datasets.index, datasets[list(SAME)].itertuples(index=False), strict=True)
    kinds = {str(name): tuple(kind) for name, kind in named}
    compared = (common.first, common.second)
    partners = [
        (own, other)
        for own in dict.fromkeys(compared)
        for other in sorted(kinds)
        if other not in compared and kinds[other] == kinds[own]
    ]
    usable = [pair for pair in partners if frozenset(pair) not in barred]
    shared = {pair: common_genes(embedding, *pair) for pair in usable}
    shared = {pair: genes for pair, genes in shared.items() if len(genes) >= fewest_genes}
    sizes = sorted((len(genes) for genes in shared.values()), reverse=True)
    n_genes = min(len(common), sizes[:FEW_PAIRS][-1]) if sizes else 0
    used, values, degrees = [], [], []
    for number, (pair, genes) in enumerate(shared.items()):
        if len(genes) < n_genes:
            continue
        rng = np.random.default_rng([seed, number])
        drawn = _take(genes, np.sort(rng.choice(len(genes), n_genes, replace=False)))
        used.append(pair)
        values.append(similarity(drawn))
        degrees.append(smaller_degree(embedding, drawn))
    return SameTissueNull(
        tuple(used),
        np.concatenate(values) if values else np.empty(0),
        np.concatenate(degrees) if degrees else np.empty(0),
        n_genes,
        _note(common, partners, usable, sum(map(len, values))),
    )


def _take(common: CommonGenes, chosen: np.ndarray) -> CommonGenes:
    """Keep some of the common genes."""
    return CommonGenes(
        first=common.first,
        second=common.second,
        names=common.names[chosen],
        first_rows=common.first_rows[chosen],
        second_rows=common.second_rows[chosen],
        n_first=common.n_first,
        n_second=common.n_second,
        n_not_one_to_one=common.n_not_one_to_one,
    )


def _note(
    common: CommonGenes,
    partners: list[tuple[str, str]],
    usable: list[tuple[str, str]],
    n_values: int,
) -> str:
    """Say why there is no null."""
    if n_values >= FEWEST_VALUES:
        return ""
    if not partners:
        return (
            f"no other dataset of the species, tissue and technique of {common.first} or "
            f"{common.second} is in this atlas"
        )
    if not usable:
        return "the only other datasets of these tissues share cells with them"
    return "the other datasets of these tissues share too few genes with them"
