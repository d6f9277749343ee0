"""Study block: what other studies say of the genes of an atlas, beside what its cells say.

The two blocks stay apart: the vectors of the set are never changed, and every similarity that both
make says what each of them is. Other studies know a gene by its name, the same in each context.
Pairs of one gene, here and elsewhere or of two species, are therefore told by the cells alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.neighbours import Candidates, compare_rows
from musegnn.errors import InputError
from musegnn.knowledge.studies.study_vectors import StudyVectors

WEIGHT: Final = 0.4  # of a vector of other studies beside one of the cells, both of length 1
HEAVIEST: Final = 10.0
FROM_CELLS, FROM_STUDIES, FROM_BOTH = "your cells", "other studies", "both"
COLUMNS: Final = ("brought_by", "cosine_cells", "rank_cells", "cosine_studies", "rank_studies")
_PAIRS: Final = 20_000
_FEWEST_PAIRS: Final = 100  # that a line is fitted to


@dataclass(frozen=True)
class StudyBlock:
    """Vectors of other studies, laid out for an embedding set.

    Parameters
    ----------
    embedding
        The set.
    ortholog_groups
        `(N,)` gene name shared across contexts and species: the human symbol where one is known,
        by which other studies are asked.
    studies
        The vectors.
    """

    embedding: EmbeddingSet
    ortholog_groups: np.ndarray
    studies: StudyVectors

    @cached_property
    def genes(self) -> np.ndarray:
        """Number of the gene of each row, `(N,)` int64: equal in each context and species."""
        return self._coded[0]

    @cached_property
    def places(self) -> np.ndarray:
        """Row of `studies` of each row, `(N,)` int64; -1 where they know nothing of the gene."""
        codes, names = self._coded
        return self.studies.rows_of([str(name) for name in names])[codes]

    @cached_property
    def _coded(self) -> tuple[np.ndarray, np.ndarray]:
        codes, names = pd.factorize(self.ortholog_groups)
        return codes.astype(np.int64), names

    def knows(self, rows: np.ndarray | int) -> np.ndarray:
        """Tell of which rows other studies know something; bool, of the shape of `rows`."""
        return self.places[rows] >= 0

    def matrix(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Cosines of rows by other studies, `(len(first), len(second))` float32.

        NaN where they know nothing of one of the two, and for two rows of one gene.
        """
        vectors, near, far = self.studies.vectors, self.places[first], self.places[second]
        distinct, inverse = np.unique(far, return_inverse=True)  # a gene is in many contexts
        cosines = (vectors[near] @ vectors[distinct].T)[:, inverse]
        is_unknown = (near < 0)[:, None] | (far < 0) | self._are_one(first, second)
        cosines[is_unknown] = np.nan
        return cosines

    def along(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Cosines of pairs of rows by other studies, `(n,)`; NaN as in `matrix`."""
        vectors, near, far = self.studies.vectors, self.places[first], self.places[second]
        cosines = np.einsum("ij,ij->i", vectors[near], vectors[far])
        cosines[(near < 0) | (far < 0) | (self.genes[first] == self.genes[second])] = np.nan
        return cosines

    @cached_property
    def usual(self) -> tuple[float, float]:
        """What other studies say on average of a pair: height and slope of a line over the cells.

        Fitted to random pairs of genes of one context that other studies know. It stands in for
        what they do not know: a gene in no set would else be held against cells alone, whose
        cosines are larger, and stand before all others.
        """
        rng = np.random.default_rng(0)
        first = rng.integers(0, len(self.embedding), _PAIRS)
        codes = pd.factorize(self.embedding.genes[keys.DATASET])[0]
        order = np.argsort(codes, kind="stable")
        bounds = np.searchsorted(codes[order], np.arange(codes.max() + 2))
        low, high = bounds[codes[first]], bounds[codes[first] + 1]
        second = order[low + (rng.random(_PAIRS) * (high - low)).astype(np.int64)]
        unit = self.embedding.unit_vectors
        theirs = self.along(first, second).astype(np.float64)
        ours = np.einsum("ij,ij->i", unit[first], unit[second]).astype(np.float64)
        known = ~np.isnan(theirs)
        if known.sum() < _FEWEST_PAIRS or np.ptp(ours[known]) == 0:
            return float(theirs[known].mean()) if known.any() else 0.0, 0.0
        slope, height = np.polyfit(ours[known], theirs[known], 1)
        return float(height), float(slope)

    def joined(self, cells: np.ndarray, studies: np.ndarray, weight: float) -> np.ndarray:
        """Join cosines of both blocks: the cosine of both vectors side by side, theirs weighted.

        Parameters
        ----------
        cells, studies
            Cosines, of one shape; NaN in `studies` where nothing is known, which counts as what is
            usual for a pair of this cosine in the cells.
        weight
            Of the vectors of other studies.

        Returns
        -------
        `(cells + weight ** 2 * studies) / (1 + weight ** 2)`.
        """
        height, slope = self.usual
        filled = np.where(np.isnan(studies), height + slope * cells, studies)
        joint = (cells + weight**2 * filled) / (1 + weight**2)
        return joint.astype(np.float32)

    def _are_one(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Tell which pairs are two places of one gene, `(len(first), len(second))`."""
        return self.genes[first][:, None] == self.genes[second]


@dataclass(frozen=True)
class StudyCandidates(Candidates):
    """Rows that one row is compared with by both blocks, or by other studies alone.

    Parameters
    ----------
    vectors, row, searched, rows, cosines
        As in `Candidates`; cosines are those that the list goes by.
    block
        Vectors of other studies.
    weight
        Of them beside the cells; None lets other studies alone count.
    by_cells
        `(n,)` cosines by the cells.
    by_studies
        `(n,)` cosines by other studies, NaN where these know nothing.
    rank_cells
        `(n,)` place by the cells among all rows that were searched, from 1.
    """

    block: StudyBlock
    weight: float | None
    by_cells: np.ndarray
    by_studies: np.ndarray
    rank_cells: np.ndarray

    def told_apart(self, rows: np.ndarray, k: int) -> pd.DataFrame:
        """Say what each block says of some of the rows.

        Parameters
        ----------
        rows
            Some of `rows`.
        k
            Size of a neighbourhood.

        Returns
        -------
        In the order of `rows`: `brought_by` (the block in which it is among the `k` nearest;
        "both" too where only the two together bring it), `cosine_cells`, `rank_cells`,
        `cosine_studies` (NaN where they know nothing) and `rank_studies` (missing there).
        """
        at = np.searchsorted(self.rows, rows)
        theirs = np.full(len(self.rows), len(self.rows) + 1, dtype=np.int64)
        order = np.lexsort((self.rows, -np.nan_to_num(self.by_studies, nan=-np.inf)))
        theirs[order] = np.arange(1, len(order) + 1)
        is_known = ~np.isnan(self.by_studies[at])
        by_cells, by_studies = self.rank_cells[at] <= k, is_known & (theirs[at] <= k)
        alone = FROM_STUDIES if self.weight is None else FROM_BOTH
        neither = np.where(is_known, alone, FROM_CELLS)
        words = np.select(
            [by_cells & by_studies, by_cells, by_studies],
            [FROM_BOTH, FROM_CELLS, FROM_STUDIES],
            neither,
        )
        ranks = pd.array(theirs[at], dtype="Int64")
        ranks[~is_known] = pd.NA
        return pd.DataFrame(
            {
                "brought_by": words.astype(object),
                "cosine_cells": self.by_cells[at].astype(np.float64),
                "rank_cells": self.rank_cells[at],
                "cosine_studies": self.by_studies[at].astype(np.float64),
                "rank_studies": ranks,
            }
        )

    def _along(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Similarity of pairs of rows; without those of which other studies alone know nothing."""
        theirs = self.block.along(first, second)
        if self.weight is None:
            return theirs[~np.isnan(theirs)]
        return self.block.joined(super()._along(first, second), theirs, self.weight)

    def _matrix(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Similarity of rows and rows; what other studies alone do not know is last."""
        theirs = self.block.matrix(first, second)
        if self.weight is None:
            return np.nan_to_num(theirs, nan=-np.inf)
        return self.block.joined(super()._matrix(first, second), theirs, self.weight)


def compare_by_studies(
    block: StudyBlock,
    row: int,
    searched: np.ndarray | None = None,
    *,
    weight: float | None = WEIGHT,
) -> StudyCandidates:
    """Compare one row with others by both blocks, or by other studies alone.

    Parameters
    ----------
    block
        Vectors of other studies beside those of the set.
    row
        Row of the query.
    searched
        Rows to search, or None for those of its context, see
        `musegnn.embeddings.neighbours.compare_rows`.
    weight
        Of other studies beside the cells; None lets them alone count: then only rows of other
        genes that they know are compared.

    Raises
    ------
    InputError
        If the row does not exist, the weight is out of range, or other studies alone are asked and
        know nothing of the gene.
    """
    if weight is not None and not 0 < weight <= HEAVIEST:
        msg = f"Expected a weight of other studies above 0 and up to {HEAVIEST:g}, found {weight}."
        raise InputError(msg, f"Choose one such as {WEIGHT:g}.")
    cells = compare_rows(block.embedding, row, searched)
    theirs = block.matrix(np.array([row]), cells.rows)[0]
    order = np.lexsort((cells.rows, -cells.cosines))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    kept = np.ones(len(order), dtype=bool)
    ours = cells.cosines
    if weight is None:
        _check_known(block, row)
        kept, similarity = ~np.isnan(theirs), theirs
    else:
        similarity = block.joined(ours, theirs, weight)
    return StudyCandidates(
        block.embedding,
        row,
        cells.searched if weight is not None else np.union1d(cells.rows[kept], [row]),
        cells.rows[kept],
        similarity[kept],
        block,
        weight,
        ours[kept],
        theirs[kept],
        rank[kept],
    )


def _check_known(block: StudyBlock, row: int) -> None:
    """Raise where other studies alone are asked about a gene of which they know nothing."""
    if block.knows(row):
        return
    gene = str(block.embedding.genes[keys.GENE].iloc[row])
    msg = f"Expected {gene} among the {len(block.studies):,} genes of other studies, found it not."
    raise InputError(msg, "Its neighbours can be told by your cells alone.")
