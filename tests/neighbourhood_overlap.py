"""Overlap of two neighbourhoods, gene by gene: what the fast comparisons are held against."""

from __future__ import annotations

import numpy as np

from musegnn.embeddings.embedding_set import EmbeddingSet


def neighbourhood_overlap(
    embedding: EmbeddingSet, first: int, second: int, *, ortholog_groups: np.ndarray, k: int
) -> tuple[float, int]:
    """Jaccard overlap of the k nearest genes of two rows, and how many genes both contexts have.

    Only genes that both contexts have are counted, each by its nearest symbol; the overlap is NaN
    when they share no other gene.
    """
    datasets = embedding.genes["dataset"].to_numpy()
    present = [set(ortholog_groups[datasets == datasets[row]]) for row in (first, second)]
    shared = (present[0] & present[1]) - {ortholog_groups[first], ortholog_groups[second]}
    if not shared:
        return float("nan"), 0
    near = []
    for row in (first, second):
        cosines: dict[str, float] = {}
        for other in np.flatnonzero(datasets == datasets[row]):
            name = ortholog_groups[other]
            if name in shared:
                cosine = float(embedding.unit_vectors[other] @ embedding.unit_vectors[row])
                cosines[name] = max(cosines.get(name, -2.0), cosine)
        near.append(set(sorted(cosines, key=lambda name: -cosines[name])[:k]))
    return len(near[0] & near[1]) / len(near[0] | near[1]), len(shared)
