"""Orthologs in the same cluster: how far clusters join genes by what they are, across species."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from musegnn import keys
from musegnn.analysis.orthologs.chance_of_presence import (
    chance_of_presence,
    match_total,
    overlap_distribution,
)
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.validation import check_choice

DEFINITION: Final = (
    "Proportion: of the genes in a cluster whose ortholog of the other species was measured "
    "anywhere in the set, the share whose ortholog lies in the same cluster (a gene counts once a "
    "cluster, in however many contexts it lies there; one-to-many orthologs count when any of them "
    "does). Expected: the same share if the cluster held as many genes of the one species drawn by "
    "chance, each with the odds that follow from which datasets measured it and which share of "
    "each dataset the cluster holds; the genes of the other species, the one with fewer, stay. p: "
    "chance of as many shared ortholog groups or more; q: Benjamini-Hochberg over the clusters "
    "that hold both species. Genes are drawn one by one, though co-expressed ones come together: "
    "q is optimistic, fold is the size of the effect."
)
SIGNIFICANT: Final = 0.05  # q below which a cluster is called beyond chance
COLUMNS: Final = (
    "cluster",
    "first_genes",
    "second_genes",
    "comparable",
    "with_ortholog",
    "proportion",
    "expected",
    "fold",
    "ortholog_groups",
    "expected_ortholog_groups",
    "p",
    "q",
    "one_to_one_comparable",
    "one_to_one",
    "one_to_one_proportion",
)


@dataclass(frozen=True)
class OrthologProportion:
    """Orthologs of two species in the clusters of one embedding set.

    Parameters
    ----------
    first, second
        The two species.
    clusters
        One row a cluster that holds genes of both, largest number of comparable genes first;
        columns `COLUMNS`. `first_genes`, `second_genes`: different genes of each species;
        `comparable`: those whose ortholog was measured in the other species; `with_ortholog`:
        those whose ortholog lies in the cluster; `proportion` = with_ortholog / comparable, 0 to
        1, NaN without comparable genes; `expected`: proportion by chance; `fold` = proportion /
        expected, 1 by chance, NaN where nothing is expected; `ortholog_groups`: ortholog groups
        present in both species, `expected_ortholog_groups` by chance; `p`, `q`: one-sided, 1
        without comparable genes; `one_to_one...`: the same counts over one-to-one orthologs only.
    comparable, with_ortholog, expected
        Sums over all clusters, those of one species included, of comparable genes, of genes with
        their ortholog in the cluster, and of the latter by chance.
    n_clusters
        Clusters in the set, those of one species included.
    """

    first: str
    second: str
    clusters: pd.DataFrame
    comparable: int
    with_ortholog: int
    expected: float
    n_clusters: int

    @property
    def proportion(self) -> float:
        """Share over all clusters, 0 to 1; NaN without comparable genes."""
        return self.with_ortholog / self.comparable if self.comparable else float("nan")

    @property
    def fold(self) -> float:
        """Observed over expected, over all clusters; NaN where nothing is expected."""
        return self.with_ortholog / self.expected if self.expected else float("nan")

    @property
    def n_beyond_chance(self) -> int:
        """Clusters with q below `SIGNIFICANT`."""
        return int((self.clusters["q"] < SIGNIFICANT).sum())

    def named(self) -> pd.DataFrame:
        """Return the clusters with the names of the species in the headers."""
        names = {"first_genes": f"{self.first}_genes", "second_genes": f"{self.second}_genes"}
        return self.clusters.rename(columns=names)


def ortholog_proportion(
    embedding: EmbeddingSet, *, species: tuple[str, str] = ("human", "mouse")
) -> OrthologProportion:
    r"""Compute for each cluster which share of its genes has its ortholog inside.

    Parameters
    ----------
    embedding
        Set with clusters; orthologs are genes of equal `ortholog` (human symbol, one-to-many
        included), one-to-one orthologs those of equal `common_gene`.
    species
        Two different species of the set.

    Raises
    ------
    InputError
        If the species are unknown, equal or not in the set, or share no ortholog.

    Notes
    -----
    Chance keeps what a cluster inherits from its datasets. With cluster labels shuffled within
    each dataset, gene g lies in cluster c with :math:`q_g = 1 - \prod_d (1 - n_{dc} / n_d)` over
    the datasets d that measured it. Real clusters hold the contexts of a gene together, hence fewer
    different genes than shuffled ones, so that the comparison is with a cluster of equal size: the
    genes of the species with fewer ortholog groups in the cluster stay, and those of the other are
    drawn with the odds of :math:`q_g` given their number. The number of shared ortholog groups then
    follows a noncentral hypergeometric distribution, which is computed in full: no draws, no seed.

    References
    ----------
    Liu et al., MuSe-GNN, NeurIPS 2023, for the proportion; Benjamini and Hochberg, JRSS B 57
    (1995).
    """
    first, second = _check_species(embedding, species)
    sides = _sides(embedding, (first, second))
    names = [str(name) for name in pd.unique(embedding.genes[keys.CLUSTER].astype(str))]
    rows: dict[str, dict[str, float]] = {}
    totals = np.zeros(3)
    for name in names:
        row = _cluster_row(name, sides)
        totals += row["comparable"], row["with_ortholog"], row["expected_genes"]
        if row["first_genes"] and row["second_genes"]:
            rows[name] = row
    return OrthologProportion(
        first=first,
        second=second,
        clusters=_table(rows),
        comparable=int(totals[0]),
        with_ortholog=int(totals[1]),
        expected=float(totals[2]),
        n_clusters=len(names),
    )


def species_of(embedding: EmbeddingSet) -> list[str]:
    """Return the species that a set holds, in the order of `keys.SPECIES`."""
    present = {str(name) for name in embedding.genes[keys.SPECIES_COLUMN].unique()}
    return [name for name in keys.SPECIES if name in present]


def _check_species(embedding: EmbeddingSet, species: tuple[str, str]) -> tuple[str, str]:
    """Validate the pair of species."""
    first, second = species
    for name in species:
        check_choice(name, keys.SPECIES, name="species")
    if first == second:
        msg = f"Expected two different species, found {first} twice."
        raise InputError(msg, f"Choose two of {', '.join(keys.SPECIES)}.")
    present = species_of(embedding)
    missing = [name for name in species if name not in present]
    if missing:
        msg = f"Expected genes of {first} and {second}, found only {', '.join(present)}."
        raise InputError(msg, f"Choose a set that holds {' and '.join(missing)} too.")
    return first, second


@dataclass(frozen=True)
class _Side:
    """Genes of one species: P different ones, in R rows (genes in context).

    `gene_of_row`, `dataset_of_row`, `cluster_of_row` are `(R,)`; `ortholog_group` and `one_to_one`
    are `(P,)` codes of ortholog groups and of one-to-one pairs that both species have, -1 else.
    """

    gene_of_row: np.ndarray
    dataset_of_row: np.ndarray
    cluster_of_row: np.ndarray
    ortholog_group: np.ndarray
    one_to_one: np.ndarray

    def present(self, cluster: str) -> np.ndarray:
        """Mark the genes with a context in the cluster, `(P,)` bool."""
        present = np.zeros(len(self.ortholog_group), dtype=bool)
        present[self.gene_of_row[self.cluster_of_row == cluster]] = True
        return present

    def chance(self, cluster: str) -> np.ndarray:
        """Chance that a gene has a context in the cluster, `(P,)`; 0 for genes of no group."""
        held = np.bincount(
            self.dataset_of_row, weights=self.cluster_of_row == cluster
        ) / np.bincount(self.dataset_of_row)
        n_genes, linked = len(self.ortholog_group), self.ortholog_group >= 0
        chance = chance_of_presence(held[self.dataset_of_row], self.gene_of_row, n_genes)
        chance[~linked] = 0
        chance[linked] = match_total(chance[linked], int((self.present(cluster) & linked).sum()))
        return chance


def _sides(embedding: EmbeddingSet, species: tuple[str, str]) -> tuple[_Side, _Side]:
    """Collect the genes of both species and number what they share."""
    columns = [keys.GENE, keys.DATASET, keys.CLUSTER, keys.ORTHOLOG, keys.COMMON_GENE]
    genes = embedding.genes[[*columns, keys.SPECIES_COLUMN]].astype(str)
    tables = [genes.loc[genes[keys.SPECIES_COLUMN] == name] for name in species]
    single = [table.drop_duplicates(keys.GENE).sort_values(keys.GENE) for table in tables]
    ortholog_group = _codes_of_shared([table[keys.ORTHOLOG] for table in single])
    if (ortholog_group[0] < 0).all():
        msg = f"Expected orthologs that both {species[0]} and {species[1]} genes have, found none."
        hint = "Build the graphs with a table of orthologs: set MUSEGNN_KNOWLEDGE."
        raise InputError(msg, hint)
    common = _codes_of_shared([table[keys.COMMON_GENE] for table in single])
    first, second = (
        _Side(
            gene_of_row=pd.Index(distinct[keys.GENE]).get_indexer(table[keys.GENE]),
            dataset_of_row=pd.factorize(table[keys.DATASET])[0],
            cluster_of_row=table[keys.CLUSTER].to_numpy(),
            ortholog_group=codes,
            one_to_one=np.where(codes >= 0, pairs, -1),
        )
        for table, distinct, codes, pairs in zip(
            tables, single, ortholog_group, common, strict=True
        )
    )
    return first, second


def _codes_of_shared(names: list[pd.Series]) -> list[np.ndarray]:
    """Number the names that both lists have, from 0 in order; -1 for all others."""
    shared = pd.Index(sorted((set(names[0]) & set(names[1])) - {""}))
    return [shared.get_indexer(column) for column in names]


def _cluster_row(cluster: str, sides: tuple[_Side, _Side]) -> dict[str, float]:
    """Count and compare with chance in one cluster; keys as in `COLUMNS`."""
    present = [side.present(cluster) for side in sides]
    comparable, with_ortholog, ortholog_groups = _count(
        [side.ortholog_group[held] for side, held in zip(sides, present, strict=True)]
    )
    single, single_with, _ = _count(
        [side.one_to_one[held] for side, held in zip(sides, present, strict=True)]
    )
    expected_genes, distribution = _expect(cluster, sides)
    return {
        "first_genes": int(present[0].sum()),
        "second_genes": int(present[1].sum()),
        "comparable": comparable,
        "with_ortholog": with_ortholog,
        "expected_genes": expected_genes,
        "ortholog_groups": ortholog_groups,
        "expected_ortholog_groups": float(distribution @ np.arange(len(distribution))),
        "p": min(1.0, float(distribution[ortholog_groups:].sum())),
        "one_to_one_comparable": single,
        "one_to_one": single_with,
    }


def _count(codes: list[np.ndarray]) -> tuple[int, int, int]:
    """Count genes with a code, genes whose code the other species has too, and shared codes.

    Parameters
    ----------
    codes
        Code of each gene of both species, -1 for none.
    """
    first, second = (code[code >= 0] for code in codes)
    shared = np.intersect1d(first, second)
    n_with = np.isin(first, shared).sum() + np.isin(second, shared).sum()
    return len(first) + len(second), int(n_with), len(shared)


def _expect(cluster: str, sides: tuple[_Side, _Side]) -> tuple[float, np.ndarray]:
    """Expected number of genes with their ortholog inside; spread of shared groups."""
    n_ortholog_groups = 1 + max(int(side.ortholog_group.max()) for side in sides)
    held = [
        side.ortholog_group[side.present(cluster) & (side.ortholog_group >= 0)] for side in sides
    ]
    sizes = [len(np.unique(ortholog_groups)) for ortholog_groups in held]
    fixed = int(sizes[1] < sizes[0])  # the species with fewer ortholog groups stays as it is
    if not sizes[fixed]:
        return 0.0, np.ones(1)
    drawn = sides[1 - fixed]
    linked = drawn.ortholog_group >= 0
    chance, ortholog_group = drawn.chance(cluster)[linked], drawn.ortholog_group[linked]
    present = chance_of_presence(chance, ortholog_group, n_ortholog_groups)
    stays = np.bincount(held[fixed], minlength=n_ortholog_groups)
    expected = stays @ present + np.bincount(
        ortholog_group, chance, minlength=n_ortholog_groups
    ) @ (stays > 0)
    return float(expected), overlap_distribution(present, stays > 0, sizes[1 - fixed])


def _table(rows: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Table of the clusters with both species, with shares and q-values."""
    table = pd.DataFrame.from_dict(rows, orient="index")
    if table.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    table = table.rename_axis("cluster").reset_index()
    with np.errstate(divide="ignore", invalid="ignore"):
        table["proportion"] = table["with_ortholog"] / table["comparable"]
        table["expected"] = table["expected_genes"] / table["comparable"]
        table["fold"] = table["with_ortholog"] / table["expected_genes"]
        table["one_to_one_proportion"] = table["one_to_one"] / table["one_to_one_comparable"]
    table.loc[~(table["expected_genes"] > 0), "fold"] = np.nan
    table["q"] = false_discovery_control(table["p"])
    order = np.lexsort((table["cluster"].str.zfill(9), -table["comparable"]))
    return table.loc[order, list(COLUMNS)].reset_index(drop=True)
