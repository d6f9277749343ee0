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
        self._alphabet = np.argsort(np.argsort(self.datasets))
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
        order = np.argsort(-(unit[rows] @ unit[row]), kind="stable")  # ties by row: they ascend
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
        shared, both = self._count_both(ranked, contexts, k)
        size = np.minimum(k, shared)
        with np.errstate(invalid="ignore"):  # where nothing is shared there is nothing to compare
            overlap = both / (2 * size - both)
            by_chance = size**2 / shared
            chance = by_chance / (2 * size - by_chance)
        company = self._company(ranked, contexts, k)
        return Agreement(np.asarray(rows), overlap, shared, chance, company)

    def _count_both(
        self, ranked: list[np.ndarray], contexts: list[int], k: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Count what two contexts share, and what is among the k nearest of both of that."""
        m, n = len(ranked), len(self.names)
        present = self.present[contexts]
        as_numbers = present.astype(np.float32)  # exact for counts of genes
        shared = np.rint(as_numbers @ as_numbers.T).astype(np.int64) - 1  # without the gene itself
        near = []
        for i, mine in enumerate(ranked):
            # most contexts share the nearest: so far down a list as the last of them needs
            depth, wanted = 2 * k, np.minimum(k, shared[i])
            place = present[:, mine[:depth]].cumsum(axis=1, dtype=np.int32)
            while depth < len(mine) and (place[:, -1] < wanted).any():
                depth *= 4
                place = present[:, mine[:depth]].cumsum(axis=1, dtype=np.int32)
            other, found = np.nonzero(present[:, mine[:depth]] & (place <= k))
            pair = np.minimum(i, other) * m + np.maximum(i, other)
            near.append((pair * n + mine[found])[other != i])
        keys = np.sort(np.concatenate(near)) if near else np.empty(0, dtype=np.int64)
        # what both name stands there twice
        twice = keys[1:][keys[1:] == keys[:-1]] // max(n, 1)
        both = np.bincount(twice, minlength=m * m).reshape(m, m)
        both = both + both.T
        np.fill_diagonal(both, np.minimum(k, shared.diagonal()))
        return shared, both

    def _company(self, ranked: list[np.ndarray], contexts: list[int], k: int) -> pd.DataFrame:
        """Count in how many contexts each ortholog group is a neighbour."""
        own = sorted(set(contexts))
        chance = np.zeros(len(self.datasets))
        for ortholog_groups, place in zip(ranked, contexts, strict=True):
            chance[place] = max(chance[place], min(1.0, k / max(len(ortholog_groups), 1)))
        near = [ortholog_groups[:k] for ortholog_groups in ranked]
        sizes = [len(codes) for codes in near]
        code = np.concatenate([*near, np.empty(0, dtype=np.int64)])
        rank = np.concatenate([np.arange(1, size + 1) for size in [*sizes, 0]])
        context = np.repeat(np.asarray(contexts, dtype=np.int64), sizes)
        # each ortholog group by itself, its best rank first, then the alphabet
        order = np.lexsort((self._alphabet[context], rank, code))
        # a context that has the gene twice counts once
        _, first = np.unique((code * len(self.datasets) + context)[order], return_index=True)
        order = order[np.sort(first)]
        found, starts, counts = np.unique(code[order], return_index=True, return_counts=True)
        measured = self.present[own][:, found]
        names = self.datasets[context[order]].tolist()
        table = pd.DataFrame(
            {
                "gene": self.names[found],
                "neighbour_in": counts,
                "measured_in": measured.sum(axis=0),
                "expected": chance[own] @ measured,
                "best_rank": rank[order][starts],
                "contexts": [
                    ", ".join(names[start : start + count])
                    for start, count in zip(starts.tolist(), counts.tolist(), strict=True)
                ],
            }
        )
        by = ["neighbour_in", "best_rank", "gene"]
        return table.sort_values(by, ascending=[False, True, True], ignore_index=True)


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
