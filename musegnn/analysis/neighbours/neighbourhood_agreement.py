"""Agreement of neighbourhoods: who a gene keeps company with in all of its contexts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.validation import check_positive


@dataclass(frozen=True)
class Agreement:
    """How alike the neighbourhoods of one gene are.

    Parameters
    ----------
    rows
        The gene in its contexts, m rows of the atlas.
    overlap
        `(m, m)` Jaccard overlap of the k nearest genes, counted over the genes that both contexts
        have, 0 to 1; NaN where they share none.
    shared
        `(m, m)` number of genes that both contexts have.
    by_chance
        `(m, m)` overlap of two random neighbourhoods of that size among the shared genes: the
        Jaccard of the expected intersection.
    company
        One row a gene that is a neighbour somewhere, most often first: `gene` (ortholog group),
        `neighbour_in` (contexts where it is among the k nearest), `measured_in` (contexts of the
        gene that have it), `expected` (contexts in which a random gene would be a neighbour,
        summed over those that have it), `best_rank`, `contexts` (names between commas, best rank
        first).
    """

    rows: np.ndarray
    overlap: np.ndarray
    shared: np.ndarray
    by_chance: np.ndarray
    company: pd.DataFrame


class ContextOrthologGroups:
    """Which ortholog groups each context of an atlas has; made once and shared.

    Parameters
    ----------
    embedding
        The atlas.
    ortholog_groups
        `(N,)` gene name shared across contexts and species.
    """

    def __init__(self, embedding: EmbeddingSet, ortholog_groups: np.ndarray) -> None:
        self.embedding = embedding
        self.codes, names = pd.factorize(ortholog_groups, sort=True)
        self.names = np.asarray(names, dtype=object)
        self._dataset, datasets = pd.factorize(embedding.genes[keys.DATASET].astype(str))
        self.datasets = np.asarray(datasets, dtype=object)
        self.present = np.zeros((len(self.datasets), len(self.names)), dtype=bool)
        self.present[self._dataset, self.codes] = True
        self._rows = [np.flatnonzero(self._dataset == i) for i in range(len(self.datasets))]

    def dataset_of(self, row: int) -> int:
        """Number of the context of a row."""
        return int(self._dataset[row])

    def context_rows(self, row: int) -> np.ndarray:
        """Rows of the context of a row, ascending, itself included."""
        return self._rows[self._dataset[row]]

    def ranked(self, row: int) -> np.ndarray:
        """Codes of the ortholog groups of a context, nearest to the row first, without its own."""
        unit = self.embedding.unit_vectors
        rows = self.context_rows(row)
        order = np.lexsort((rows, -(unit[rows] @ unit[row])))
        codes = self.codes[rows[order]]
        _, first = np.unique(codes, return_index=True)
        codes = codes[np.sort(first)]
        return codes[codes != self.codes[row]]

    def agreement(self, rows: np.ndarray, *, k: int) -> Agreement:
        """Compare the neighbourhoods of one gene in all of its contexts.

        Parameters
        ----------
        rows
            Rows of one ortholog group.
        k
            Size of a neighbourhood, at least 1.

        Raises
        ------
        InputError
            If `k` is not positive.
        """
        check_positive(k, name="k")
        ranked = [self.ranked(int(row)) for row in rows]
        contexts = [self.dataset_of(int(row)) for row in rows]
        m = len(rows)
        overlap, chance = np.full((m, m), np.nan), np.full((m, m), np.nan)
        shared = np.zeros((m, m), dtype=np.int64)
        for i in range(m):
            for j in range(i, m):
                mine, theirs = ranked[i], ranked[j]
                ours = mine[self.present[contexts[j]][mine]]
                shared[i, j] = shared[j, i] = len(ours)
                if not len(ours):
                    continue
                others = theirs[self.present[contexts[i]][theirs]]
                size = min(k, len(ours))
                both = len(np.intersect1d(ours[:k], others[:k], assume_unique=True))
                overlap[i, j] = overlap[j, i] = both / (2 * size - both)
                by_chance = size**2 / len(ours)
                chance[i, j] = chance[j, i] = by_chance / (2 * size - by_chance)
        company = self._company(ranked, contexts, k)
        return Agreement(np.asarray(rows), overlap, shared, chance, company)

    def _company(self, ranked: list[np.ndarray], contexts: list[int], k: int) -> pd.DataFrame:
        """Count in how many contexts each ortholog group is a neighbour."""
        n = len(self.names)
        best = np.full((len(self.datasets), n), np.iinfo(np.int64).max)
        for ortholog_groups, context in zip(ranked, contexts, strict=True):
            near = ortholog_groups[:k]
            best[context, near] = np.minimum(best[context, near], np.arange(1, len(near) + 1))
        is_near = best < np.iinfo(np.int64).max
        own = sorted(set(contexts))
        chance = np.zeros(len(self.datasets))
        for ortholog_groups, context in zip(ranked, contexts, strict=True):
            chance[context] = max(chance[context], min(1.0, k / max(len(ortholog_groups), 1)))
        found = np.flatnonzero(is_near.any(axis=0))
        measured = self.present[own][:, found]
        table = pd.DataFrame(
            {
                "gene": self.names[found],
                "neighbour_in": is_near[:, found].sum(axis=0),
                "measured_in": measured.sum(axis=0),
                "expected": chance[own] @ measured,
                "best_rank": best[:, found].min(axis=0),
                "contexts": [self._names_of(best[:, ortholog_group]) for ortholog_group in found],
            }
        )
        order = ["neighbour_in", "best_rank", "gene"]
        return table.sort_values(order, ascending=[False, True, True], ignore_index=True)

    def _names_of(self, ranks: np.ndarray) -> str:
        """Contexts in which an ortholog group is a neighbour, best rank first."""
        near = np.flatnonzero(ranks < np.iinfo(np.int64).max)
        order = sorted(near, key=lambda context: (ranks[context], self.datasets[context]))
        return ", ".join(str(self.datasets[context]) for context in order)


def cluster_order(overlap: np.ndarray) -> np.ndarray:
    """Order rows so that alike neighbourhoods stand together.

    Parameters
    ----------
    overlap
        `(m, m)` symmetric, 0 to 1; NaN counts as 0.

    Returns
    -------
    Permutation of 0 to m - 1: the leaves of an average-linkage tree on 1 - overlap, in the order
    in which adjacent leaves are nearest.
    """
    m = len(overlap)
    if m < 3:
        return np.arange(m)
    distance = 1 - np.nan_to_num(overlap)
    condensed = distance[np.triu_indices(m, k=1)]
    return leaves_list(linkage(condensed, method="average", optimal_ordering=True))
