"""Similarity of contexts: how alike the neighbourhoods of their common genes are, for all pairs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from musegnn.analysis.comparison.context_alignment import CommonGenes, common_genes
from musegnn.analysis.comparison.ranked_lists import (
    blocks_of,
    jaccard_by_chance,
    jaccard_of_counts,
    nearest_genes,
)
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.progress import Progress, Silent
from musegnn.validation import check_positive

DEFINITION: Final = (
    "Overlap: mean Jaccard index of the k nearest common genes over all common genes. Above "
    "chance: the same minus its expected value under shuffled names, over 1 minus that value; 0 is "
    "chance, 1 is identical, and pairs with different numbers of common genes can be compared. "
    "CKA: unbiased linear centred kernel alignment of the vectors of the common genes, 0 unrelated "
    "to 1 equal up to rotation. Pairs with fewer than 2 k + 2 common genes are left blank."
)


@dataclass(frozen=True)
class ContextSimilarity:
    """Similarity of all C contexts to each other.

    Parameters
    ----------
    names
        `(C,)` contexts, in the order of the alphabet.
    k
        Size of a neighbourhood.
    n_common
        `(C, C)` common genes; on the diagonal the genes of the context.
    overlap
        `(C, C)` mean Jaccard index, 0 to 1; NaN with too few common genes.
    above_chance
        `(C, C)`, at most 1, 0 by chance; NaN as above.
    cka
        `(C, C)` unbiased linear CKA, at most 1, about 0 when unrelated; NaN as above.
    """

    names: tuple[str, ...]
    k: int
    n_common: np.ndarray
    overlap: np.ndarray
    above_chance: np.ndarray
    cka: np.ndarray


def compare_all_contexts(
    embedding: EmbeddingSet, *, k: int = 20, progress: Progress | None = None
) -> ContextSimilarity:
    """Compare every context with every other.

    Parameters
    ----------
    embedding
        The set of contexts.
    k
        Size of a neighbourhood, at least 1.
    progress
        Told of each pair.

    Raises
    ------
    InputError
        If `k` is not positive.
    """
    check_positive(k, name="k")
    progress = progress or Silent()
    names = tuple(sorted(str(name) for name in embedding.datasets.index))
    n_contexts = len(names)
    n_common = np.diag([len(embedding.rows_of_dataset(name)) for name in names])
    overlap, above, cka = (np.full((n_contexts, n_contexts), np.nan) for _ in range(3))
    for measure in (overlap, above, cka):
        np.fill_diagonal(measure, 1.0)
    pairs = list(combinations(range(n_contexts), 2))
    progress.start("Comparing contexts", len(pairs))
    for i, j in pairs:
        common = common_genes(embedding, names[i], names[j])
        n_common[i, j] = n_common[j, i] = len(common)
        if len(common) >= 2 * k + 2:
            mean = mean_overlap(embedding, common, k)
            chance = jaccard_by_chance(len(common) - 1, k)
            overlap[i, j] = overlap[j, i] = mean
            above[i, j] = above[j, i] = (mean - chance) / (1 - chance)
            vectors = (embedding.unit_vectors[r] for r in (common.first_rows, common.second_rows))
            cka[i, j] = cka[j, i] = unbiased_cka(*vectors)
        progress.advance(f"{names[i]} and {names[j]}")
    progress.finish()
    return ContextSimilarity(names, k, n_common, overlap, above, cka)


def mean_overlap(embedding: EmbeddingSet, common: CommonGenes, k: int) -> float:
    """Mean Jaccard index of the `k` nearest common genes over all common genes, 0 to 1."""
    first, second = (
        embedding.unit_vectors[rows] for rows in (common.first_rows, common.second_rows)
    )
    found = []
    for genes in blocks_of(len(common)):
        both = np.hstack([nearest_genes(first, k, genes), nearest_genes(second, k, genes)])
        both.sort(axis=1)
        shared = (both[:, 1:] == both[:, :-1]).sum(axis=1)
        found.append(jaccard_of_counts(shared, k))
    return float(np.concatenate(found).mean())


def unbiased_cka(first: np.ndarray, second: np.ndarray) -> float:
    """Linear centred kernel alignment with unbiased estimates of its three parts.

    The usual estimate grows with the number of dimensions over the number of genes, so that small
    sets look alike; this one does not.

    Parameters
    ----------
    first, second
        `(G, D)` vectors of the same G >= 4 genes.

    Returns
    -------
    At most about 1, about 0 for unrelated vectors, below 0 by chance; NaN when one context has no
    variation.

    References
    ----------
    Song et al., JMLR 13, 1393 (2012), equation 5, for the unbiased criterion; Kornblith et al.,
    ICML 2019, for CKA.
    """
    kernels = []
    for vectors in (first, second):
        kernel = vectors.astype(np.float64) @ vectors.astype(np.float64).T
        np.fill_diagonal(kernel, 0)
        kernels.append(kernel)
    own = [_independence(kernel, kernel) for kernel in kernels]
    if min(own) <= 0:
        return float("nan")
    return float(_independence(*kernels) / np.sqrt(own[0] * own[1]))


def _independence(first: np.ndarray, second: np.ndarray) -> float:
    """Unbiased Hilbert-Schmidt independence criterion of kernels with zero diagonals."""
    n = len(first)
    row_sums = first.sum(axis=0), second.sum(axis=0)
    parts = (
        np.vdot(first, second)
        + row_sums[0].sum() * row_sums[1].sum() / ((n - 1) * (n - 2))
        - 2 / (n - 2) * (row_sums[0] @ row_sums[1])
    )
    return float(parts / (n * (n - 3)))


def order_by_similarity(similarity: np.ndarray) -> np.ndarray:
    """Order contexts so that similar ones stand side by side.

    Average linkage on 1 minus the similarity, leaves ordered optimally; missing similarities count
    as the lowest one found.

    Parameters
    ----------
    similarity
        `(C, C)`, symmetric, NaN where missing.

    Returns
    -------
    `(C,)` positions.

    References
    ----------
    Bar-Joseph et al., Bioinformatics 17, S22 (2001).
    """
    if len(similarity) < 3:
        return np.arange(len(similarity))
    known = similarity[np.isfinite(similarity)]
    distance = 1 - np.nan_to_num(similarity, nan=float(known.min()))
    distance = np.maximum((distance + distance.T) / 2, 0)
    np.fill_diagonal(distance, 0)
    condensed = squareform(distance, checks=False)
    return leaves_list(optimal_leaf_ordering(linkage(condensed, "average"), condensed))
