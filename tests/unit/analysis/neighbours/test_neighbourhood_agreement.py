"""Agreement of neighbourhoods against the pairwise function and against plain counting."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from musegnn.analysis.neighbours.neighbourhood_agreement import ContextOrthologGroups, cluster_order
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from tests.neighbourhood_overlap import neighbourhood_overlap


@pytest.fixture(scope="module")
def search(atlas):
    return GeneSearch(atlas)


@pytest.fixture(scope="module")
def contexts(atlas, search):
    return ContextOrthologGroups(atlas, search.ortholog_groups)


@pytest.mark.parametrize("gene", ["INS", "CD3E", "ALB"])
@pytest.mark.parametrize("k", [1, 10, 400])
def test_every_cell_is_the_overlap_of_that_pair(atlas, search, contexts, gene, k):
    rows = search.rows(gene)
    found = contexts.agreement(rows, k=k)
    for i, first in enumerate(rows):
        for j, second in enumerate(rows):
            overlap, shared = neighbourhood_overlap(
                atlas, int(first), int(second), ortholog_groups=search.ortholog_groups, k=k
            )
            assert found.overlap[i, j] == pytest.approx(overlap, nan_ok=True)
            assert found.shared[i, j] == shared


def test_company_counts_contexts_one_by_one(atlas, search, contexts):
    k = 8
    rows = search.rows("INS")
    table = contexts.agreement(rows, k=k).company.set_index("gene")
    near, best = {}, {}
    for row in rows:
        dataset = atlas.genes["dataset"].iloc[row]
        own = [i for i in atlas.rows_of_dataset(dataset) if search.ortholog_groups[i] != "INS"]
        order = sorted(own, key=lambda i: -float(atlas.unit_vectors[i] @ atlas.unit_vectors[row]))
        for rank, ortholog_group in enumerate(search.ortholog_groups[order[:k]], start=1):
            near.setdefault(ortholog_group, set()).add(dataset)
            best[ortholog_group] = min(rank, best.get(ortholog_group, rank))
    assert {gene: len(found) for gene, found in near.items()} == table["neighbour_in"].to_dict()
    assert table["best_rank"].to_dict() == best
    for gene, found in near.items():
        assert set(table.loc[gene, "contexts"].split(", ")) == found
        measured = {atlas.genes["dataset"].iloc[i] for i in search.rows(gene)}
        assert table.loc[gene, "measured_in"] == len(measured)
    assert table["neighbour_in"].is_monotonic_decreasing


def test_chance_is_what_shuffled_neighbourhoods_give(contexts, search):
    k, n = 20, 120
    rng = np.random.default_rng(0)
    overlaps = []
    for _ in range(2000):
        a, b = (set(rng.choice(n, k, replace=False)) for _ in range(2))
        overlaps.append(len(a & b) / len(a | b))
    both = k**2 / n
    # the Jaccard of the mean is a little above the mean of the Jaccard
    assert both / (2 * k - both) == pytest.approx(np.mean(overlaps), rel=0.05)
    found = contexts.agreement(search.rows("CD3E"), k=k)
    size = found.shared[0, 1]
    assert found.by_chance[0, 1] == pytest.approx(k**2 / size / (2 * k - k**2 / size))


def test_expected_company_is_the_sum_of_the_chances(contexts, search, atlas):
    k = 10
    table = contexts.agreement(search.rows("CD3E"), k=k).company
    gene = table.iloc[0]
    sizes = Counter()
    for row in search.rows(gene["gene"]):
        dataset = atlas.genes["dataset"].iloc[row]
        ortholog_groups = set(search.ortholog_groups[atlas.rows_of_dataset(dataset)]) - {"CD3E"}
        sizes[dataset] = len(ortholog_groups)
    assert gene["expected"] == pytest.approx(sum(k / size for size in sizes.values()))


def test_a_gene_of_one_context_agrees_with_itself(contexts, search):
    row = search.rows("ALB")[:1]
    found = contexts.agreement(row, k=5)
    assert found.overlap.tolist() == [[1]]
    assert (found.company["neighbour_in"] == 1).all()


def test_k_must_be_positive(contexts):
    with pytest.raises(InputError, match="`k` to be greater than 0"):
        contexts.agreement(np.array([0]), k=0)


def test_alike_rows_stand_side_by_side():
    overlap = np.full((4, 4), 0.05)
    for i, j in ((0, 2), (1, 3)):
        overlap[i, j] = overlap[j, i] = 0.9
    order = cluster_order(overlap).tolist()
    assert sorted(order) == [0, 1, 2, 3]
    assert abs(order.index(0) - order.index(2)) == 1
    assert abs(order.index(1) - order.index(3)) == 1
    assert cluster_order(np.full((2, 2), np.nan)).tolist() == [0, 1]
