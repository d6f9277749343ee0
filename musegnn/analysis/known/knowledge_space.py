"""Knowledge space: how alike two human genes are by what was known of them, and by how much.

It is made of the fused set that ships, so that nothing has to be fetched. Co-expression is left
out: that modality was counted in the graphs of the shipped atlas, and would call known what the
cells alone say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.errors import InputError
from musegnn.io.gene_tables import current_symbols
from musegnn.settings import REPOSITORY

SHIPPED: Final = REPOSITORY / "data" / "fused"
FUSED: Final = "fused"
LEFT_OUT: Final = ("co-expression",)
PARTNERS: Final = "interactions"  # the modality whose entries are partners
# modalities in which a gene has entries because somebody studied it
STUDIED: Final = ("GO", "pathways", "regulons", "lineages")
GROUPS: Final = 5  # of annotation counts, and of partners within each: 25 bins
FEWEST_FACTS: Final = 5  # entries below which a gene counts as hardly studied


@dataclass(frozen=True)
class KnowledgeSpace:
    """Vectors of human genes in several kinds of knowledge.

    Parameters
    ----------
    genes
        G symbols, sorted.
    modalities
        M names.
    vectors
        `(G, M * D)` float32: the vectors of all modalities side by side, each of length 1, zeros
        where a modality does not know the gene.
    present
        `(G, M)` bool: whether it does.
    annotation, partners
        `(G,)` int64: entries in GO, pathways, regulons and markers; partners of its protein.
    origin
        Name of the set, for captions.
    """

    genes: tuple[str, ...]
    modalities: tuple[str, ...]
    vectors: np.ndarray
    present: np.ndarray
    annotation: np.ndarray
    partners: np.ndarray
    origin: str

    @cached_property
    def bins(self) -> np.ndarray:
        """Bin of each gene, `(G,)` int64: fifths by annotation count, each in fifths by partners.

        Ties are cut by the order of the genes, so that bins are of one size.
        """
        outer = _fifths(self.annotation)
        bins = np.empty(len(outer), dtype=np.int64)
        for group in np.unique(outer):
            own = np.flatnonzero(outer == group)
            bins[own] = group * GROUPS + _fifths(self.partners[own])
        return bins

    @property
    def is_hardly_studied(self) -> np.ndarray:
        """Tell which genes have too few entries to say that something about them is new."""
        return self.annotation + self.partners < FEWEST_FACTS

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {gene: row for row, gene in enumerate(self.genes)}

    def rows_of(self, genes: Sequence[str]) -> np.ndarray:
        """Return the row of each human symbol, `(n,)` int64; -1 where nothing is known."""
        known = self._row_of
        newer = current_symbols(sorted({gene for gene in genes if gene not in known} - {""}))
        return np.array([known.get(newer.get(gene, gene), -1) for gene in genes], dtype=np.int64)

    def similarities(self, first: np.ndarray, second: np.ndarray | slice) -> np.ndarray:
        """Mean cosine over the modalities that know both genes, `(a, b)` float32; else NaN.

        Parameters
        ----------
        first, second
            Rows.
        """
        shared = self._counts[first] @ self._counts[second].T
        total = self.vectors[first] @ self.vectors[second].T
        return np.where(shared > 0, total / np.maximum(shared, 1), np.nan).astype(np.float32)

    @cached_property
    def _counts(self) -> np.ndarray:
        return self.present.astype(np.float32)

    def percentiles(self, gene: int, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Compare a gene with others, and each of these with genes that are known as well as it.

        Parameters
        ----------
        gene
            Row.
        others
            `(n,)` rows.

        Returns
        -------
        Similarities, and the share of the genes of the bin of the other one, in percent, that are
        less similar to the gene (of equal ones half); `(n,)` each, NaN where no modality knows
        both.
        """
        every = self.similarities(np.array([gene]), slice(None))[0]
        every[gene] = np.nan
        found = every[others]
        percent = np.full(len(others), np.nan)
        for group in np.unique(self.bins[others]):
            pool = every[self.bins == group]
            pool = np.sort(pool[~np.isnan(pool)])
            own = np.flatnonzero((self.bins[others] == group) & ~np.isnan(found))
            if len(pool) and len(own):
                low, high = (np.searchsorted(pool, found[own], side=s) for s in ("left", "right"))
                percent[own] = 50 * (low + high) / len(pool)
        return found, percent


def _fifths(values: np.ndarray) -> np.ndarray:
    """Fifth of each value, 0 to 4; ties by place."""
    rank = np.empty(len(values), dtype=np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return rank * GROUPS // max(len(values), 1)


def make_space(fused: EmbeddingSet) -> KnowledgeSpace:
    """Take the contexts of modalities out of a fused set.

    Raises
    ------
    InputError
        If it has no modality beside those that are left out.
    """
    names = [str(n) for n in fused.datasets.index if str(n) not in (FUSED, *LEFT_OUT)]
    if FUSED not in fused.datasets.index or not names:
        msg = f"Expected a set with a context `{FUSED}` and modalities, found {fused.name}."
        raise InputError(msg, "Make one with `musegnn fuse`.")
    codes, genes = fused.common_gene_codes
    degree = fused.genes[keys.DEGREE].to_numpy()
    parts, present = [], np.zeros((len(genes), len(names)), dtype=bool)
    annotation, partners = (np.zeros(len(genes), dtype=np.int64) for _ in range(2))
    for number, name in enumerate(names):
        rows = fused.rows_of_dataset(name)
        own = fused.unit_vectors[rows]
        own = own[:, np.abs(own).max(axis=0, initial=0) > 0]  # a modality has its leading numbers
        part = np.zeros((len(genes), own.shape[1]), dtype=np.float32)
        part[codes[rows]] = own
        parts.append(part)
        present[codes[rows], number] = True
        if name == PARTNERS:
            partners[codes[rows]] += degree[rows]
        elif name in STUDIED:
            annotation[codes[rows]] += degree[rows]
    return KnowledgeSpace(
        tuple(map(str, genes)),
        tuple(names),
        np.hstack(parts),
        present,
        annotation,
        partners,
        fused.name,
    )


def read_shipped_space(path: Path = SHIPPED) -> KnowledgeSpace:
    """Read the fused set that ships.

    Raises
    ------
    DataFileError
        If it is missing or damaged.
    """
    return make_space(read_embedding_set(path))
