"""Ranks of the same gene in other contexts against sorting by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from musegnn import keys
from musegnn.benchmarks.genes.retrieval import (
    MODALITIES,
    ORTHOLOGS,
    SAME,
    TISSUES,
    kind_of_pair,
    retrieve,
)
from tests.toy_graphs import planted_graph


@pytest.fixture
def graphs():
    first = planted_graph("first", module_size=6)
    return [
        first,
        replace(first, name="second"),
        replace(first, name="mouse", species="mouse"),
        replace(first, name="atac", modality="scatac"),
        replace(first, name="lung", tissue="lung"),
    ]


def test_pairs_are_named_by_the_farthest_difference(graphs):
    first = graphs[0]
    kinds = [kind_of_pair(first, other) for other in graphs[1:]]
    assert kinds == [SAME, ORTHOLOGS, MODALITIES, TISSUES]
    assert kind_of_pair(graphs[2], graphs[4]) == TISSUES


def test_ranks_are_positions_in_a_sorted_list(graphs):
    rng = np.random.default_rng(0)
    vectors = [rng.normal(size=(12, 3)) for _ in graphs[:2]]
    wanted = ["G0", "G5", "G11", "absent"]
    found = retrieve(vectors, graphs[:2], wanted)[SAME].ranks
    expected = []
    for source, target in ((0, 1), (1, 0)):
        for row in (0, 5, 11):
            a = vectors[source][row]
            cosine = [a @ b / np.linalg.norm(b) for b in vectors[target]]
            order = sorted(range(12), key=lambda i, c=cosine: -c[i])
            expected.append(order.index(row) + 1)
    assert found.tolist() == expected


def test_equal_vectors_get_the_middle_rank_and_own_vectors_the_first(graphs):
    names = graphs[0].genes[keys.COMMON_GENE]
    equal = retrieve([np.ones((12, 3))] * 2, graphs[:2], names)[SAME]
    assert equal.median_rank == pytest.approx(6.5, abs=1)
    own = retrieve([np.eye(12)] * 2, graphs[:2], names)[SAME]
    assert own.median_rank == own.mean_reciprocal_rank == 1


def test_datasets_that_share_cells_are_left_out(graphs):
    leaky = replace(graphs[0], provenance={"shares_cells_with": {"second": 65}})
    found = retrieve([np.eye(12)] * 2, [leaky, graphs[1]], ["G1"])
    assert len(found[SAME].ranks) == 0
    assert np.isnan(found[SAME].median_rank)
