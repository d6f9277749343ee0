from dataclasses import replace

import numpy as np
import pytest

from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.neighbourhood_overlap import neighbourhood_overlap
from musegnn.errors import InputError


def brute_force(embedding, ortholog_groups, first, second, k):
    datasets = embedding.genes["dataset"].to_numpy()
    near = []
    present = [set(ortholog_groups[datasets == datasets[row]]) for row in (first, second)]
    shared = (present[0] & present[1]) - {ortholog_groups[first], ortholog_groups[second]}
    for row in (first, second):
        scores = {}
        for other in np.flatnonzero(datasets == datasets[row]):
            if ortholog_groups[other] in shared:
                cosine = float(embedding.unit_vectors[other] @ embedding.unit_vectors[row])
                scores[ortholog_groups[other]] = max(scores.get(ortholog_groups[other], -2), cosine)
        near.append(set(sorted(scores, key=lambda name: -scores[name])[:k]))
    return len(near[0] & near[1]) / len(near[0] | near[1]), len(shared)


@pytest.mark.parametrize("k", [1, 5, 20])
def test_overlap_equals_brute_force(atlas, k):
    ortholog_groups = GeneSearch(atlas).ortholog_groups
    rows = GeneSearch(atlas).rows("CD3E")
    for second in rows[1:]:
        found = neighbourhood_overlap(atlas, rows[0], second, ortholog_groups=ortholog_groups, k=k)
        assert found == pytest.approx(brute_force(atlas, ortholog_groups, rows[0], second, k))


def test_overlap_with_itself_is_one(atlas):
    ortholog_groups = GeneSearch(atlas).ortholog_groups
    assert neighbourhood_overlap(atlas, 0, 0, ortholog_groups=ortholog_groups, k=10)[0] == 1


def test_contexts_without_common_genes_have_no_overlap(atlas):
    ortholog_groups = GeneSearch(atlas).ortholog_groups.copy()
    other = atlas.rows_of_dataset("heart_mouse")
    ortholog_groups[other] = [f"only-{row}" for row in other]
    overlap, n_shared = neighbourhood_overlap(
        atlas, 0, other[0], ortholog_groups=ortholog_groups, k=5
    )
    assert np.isnan(overlap)
    assert n_shared == 0


def test_order_of_rows_does_not_change_the_overlap(atlas):
    ortholog_groups = GeneSearch(atlas).ortholog_groups
    order = np.random.default_rng(0).permutation(len(ortholog_groups))
    shuffled = replace(
        atlas,
        vectors=atlas.vectors[order],
        genes=atlas.genes.iloc[order].reset_index(drop=True),
    )
    place = np.argsort(order)
    rows = GeneSearch(atlas).rows("INS")
    before = neighbourhood_overlap(atlas, rows[0], rows[3], ortholog_groups=ortholog_groups, k=15)
    after = neighbourhood_overlap(
        shuffled, place[rows[0]], place[rows[3]], ortholog_groups=ortholog_groups[order], k=15
    )
    assert after == pytest.approx(before)


def test_size_of_a_neighbourhood_must_be_positive(atlas):
    with pytest.raises(InputError, match="`k` to be greater than 0"):
        neighbourhood_overlap(atlas, 0, 1, ortholog_groups=GeneSearch(atlas).ortholog_groups, k=0)
