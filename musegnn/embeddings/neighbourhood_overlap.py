"""Overlap of neighbourhoods: how alike the company of a gene is in two contexts."""

from __future__ import annotations

import numpy as np

from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.validation import check_positive


def neighbourhood_overlap(
    embedding: EmbeddingSet, first: int, second: int, *, ortholog_groups: np.ndarray, k: int
) -> tuple[float, int]:
    """Compute the Jaccard overlap of the k nearest genes of two genes in context.

    Each gene is compared with the genes of its own context; only genes that both contexts have
    are counted, because a gene that was never measured cannot be a neighbour.

    Parameters
    ----------
    embedding
        The set both rows belong to.
    first, second
        Rows of the two genes in context.
    ortholog_groups
        `(N,)` gene name shared across contexts and species, one a row.
    k
        Size of a neighbourhood, at least 1.

    Returns
    -------
    Jaccard overlap from 0 to 1 (NaN when the contexts share no other gene), and the number of
    genes both contexts have.

    Raises
    ------
    InputError
        If `k` is not positive.
    """
    check_positive(k, name="k")
    datasets = embedding.genes["dataset"].to_numpy()
    rows = [np.flatnonzero(datasets == datasets[row]) for row in (first, second)]
    shared = set(ortholog_groups[rows[0]]) & set(ortholog_groups[rows[1]])
    shared -= {ortholog_groups[first], ortholog_groups[second]}
    if not shared:
        return float("nan"), 0
    near = [
        _nearest_ortholog_groups(embedding, row, context, ortholog_groups, shared=shared, k=k)
        for row, context in zip((first, second), rows, strict=True)
    ]
    return len(near[0] & near[1]) / len(near[0] | near[1]), len(shared)


def _nearest_ortholog_groups(
    embedding: EmbeddingSet,
    row: int,
    context: np.ndarray,
    ortholog_groups: np.ndarray,
    *,
    shared: set[str],
    k: int,
) -> set[str]:
    """Names of the k shared ortholog groups nearest to a row in its context."""
    unit = embedding.unit_vectors
    candidates = context[[ortholog_groups[i] in shared for i in context]]
    order = np.lexsort((candidates, -(unit[candidates] @ unit[row])))
    nearest: dict[str, None] = {}  # an ortholog group with two symbols in one context counts once
    for name in ortholog_groups[candidates[order]]:
        nearest[name] = None
        if len(nearest) == k:
            break
    return set(nearest)
