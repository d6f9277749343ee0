"""Known or new: how alike the genes of a context are by knowledge, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.known.knowledge_space import KnowledgeSpace
from musegnn.embeddings.embedding_set import EmbeddingSet

KNOWN, OPEN, NEW = "known", "open", "new"
HARDLY, NO_ORTHOLOG, NOT_KNOWN, SAME = (
    "hardly studied",
    "no human ortholog",
    "in no table",
    "the same gene",
)
KNOWN_FROM: Final = 95.0  # percentile
NEW_BELOW: Final = 50.0
COLUMNS: Final = ("known", "knowledge_percentile", "knowledge")
DEFINITION: Final = (
    "Knowledge: mean cosine of the two genes over the kinds of knowledge that know both (GO, "
    "pathways, interactions, regulons, markers, expression over tissues, dependency), from the "
    "vectors that ship; co-expression is left out, since it was counted in these very cells. "
    "Percentile: share of genes with about as many annotations and partners as the neighbour that "
    f"are less like the gene. Known: {KNOWN_FROM:g} or more; new: below {NEW_BELOW:g}, by chance "
    "half of all; between them open. New says that these tables do not tell of it, not that nobody "
    "does: a gene with fewer than 5 entries is called hardly studied, and is no discovery. Genes "
    "of other species are looked up by their human ortholog."
)


@dataclass(frozen=True)
class KnownGenes:
    """Knowledge laid out for an embedding set.

    Parameters
    ----------
    embedding
        The set.
    ortholog_groups
        `(N,)` gene name shared across contexts and species: the human symbol where one is known.
    space
        What is known.
    """

    embedding: EmbeddingSet
    ortholog_groups: np.ndarray
    space: KnowledgeSpace

    @cached_property
    def places(self) -> np.ndarray:
        """Row of `space` of each gene in context, `(N,)` int64; -1 where nothing is known.

        A gene of another species without a human ortholog has none, whatever its name.
        """
        codes, names = pd.factorize(self.ortholog_groups)
        found = self.space.rows_of([str(name) for name in names])[codes]
        found[self.lacks_ortholog] = -1
        return found

    @cached_property
    def lacks_ortholog(self) -> np.ndarray:
        """Tell which rows are genes of another species without a human ortholog, `(N,)` bool."""
        genes = self.embedding.genes
        is_human = (genes[keys.SPECIES_COLUMN].astype(str) == "human").to_numpy()
        return ~is_human & (genes[keys.ORTHOLOG].astype(str) == "").to_numpy()

    def of_pairs(self, row: int, others: np.ndarray) -> pd.DataFrame:
        """Say what is known of a gene in context and each of some others.

        Parameters
        ----------
        row
            Row of the gene in context.
        others
            `(n,)` rows.

        Returns
        -------
        In the order of `others`: `known` (a word), `knowledge_percentile` (0 to 100) and
        `knowledge` (mean cosine, -1 to 1); numbers are NaN where one of the two is in no table.
        """
        own, far = self.places[row], self.places[others]
        found, percent = (np.full(len(others), np.nan) for _ in range(2))
        is_same = (own == far) & (own >= 0) | (
            self.ortholog_groups[others] == self.ortholog_groups[row]
        )
        asked = np.flatnonzero((far >= 0) & ~is_same) if own >= 0 else np.zeros(0, dtype=int)
        found[asked], percent[asked] = self.space.percentiles(int(own), far[asked])
        hardly = self.space.is_hardly_studied
        words = np.select(
            [
                is_same,
                self.lacks_ortholog[others] | self.lacks_ortholog[row],
                np.isnan(percent),
                percent >= KNOWN_FROM,
                hardly[far] | hardly[own],
                percent < NEW_BELOW,
            ],
            [SAME, NO_ORTHOLOG, NOT_KNOWN, KNOWN, HARDLY, NEW],
            OPEN,
        )
        return pd.DataFrame(
            {"known": words.astype(object), "knowledge_percentile": percent, "knowledge": found}
        )


def is_of_cells(embedding: EmbeddingSet, row: int) -> bool:
    """Tell whether a gene in context was measured: knowledge is not held against knowledge."""
    return str(embedding.genes[keys.MODALITY].iloc[row]) != keys.KNOWLEDGE
