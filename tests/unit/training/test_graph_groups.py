"""Padded groups of graphs against loops over their genes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import sparse

from musegnn.training.graph_groups import GraphGroups
from tests.toy_graphs import planted_graph

CPU = torch.device("cpu")


@pytest.fixture
def graphs():
    """Four graphs of different size; one with pairs that teach nothing, one without an edge."""
    made = [planted_graph(f"graph {i}", seed=i, module_size=4 + i) for i in range(4)]
    unknown = sparse.csr_matrix(
        (np.ones(4, dtype=bool), ([0, 3, 2, 5], [3, 0, 5, 2])), shape=made[1].adjacency.shape
    )
    made[1] = replace(made[1], unknown=unknown)
    nothing = sparse.csr_matrix(made[2].adjacency.shape, dtype=made[2].adjacency.dtype)
    made[2] = replace(made[2], adjacency=nothing)
    return made


@pytest.mark.parametrize("chosen", [[0], [1, 2], [3, 1, 0], [0, 1, 2, 3]])
def test_a_group_holds_its_graphs_and_nothing_else(graphs, chosen):
    rng = np.random.default_rng(0)
    features = [rng.normal(size=(g.n_genes, 5)).astype(np.float32) for g in graphs]
    start = [rng.normal(size=(g.n_genes, 3)).astype(np.float32) for g in graphs]
    group = GraphGroups(graphs, features, start, CPU).pad(chosen, torch.tensor(chosen))
    size = max(graphs[i].n_genes for i in chosen)
    assert group.adjacency.shape == group.known.shape == (len(chosen), size, size)
    edges = []
    for place, number in enumerate(chosen):
        graph, n = graphs[number], graphs[number].n_genes
        adjacency = graph.message_adjacency.toarray().astype(bool)
        unknown = np.zeros((n, n)) if graph.unknown is None else graph.unknown.toarray()
        for i in range(size):
            assert bool(group.present[place, i, 0]) == (i < n)
            for j in range(size):
                inside = i < n and j < n
                assert bool(group.adjacency[place, i, j]) == bool(inside and adjacency[i, j])
                asked = inside and i != j and not unknown[i, j]
                assert bool(group.known[place, i, j]) == bool(asked)
                if i < j and inside and adjacency[i, j]:
                    edges.append((place, i, j))
        np.testing.assert_array_equal(group.features[place, :n], features[number])
        lengths = np.linalg.norm(start[number], axis=1, keepdims=True)
        np.testing.assert_allclose(group.start[place, :n], start[number] / lengths, rtol=1e-6)
        assert not group.features[place, n:].any()
        assert not group.start[place, n:].any()
    assert sorted(map(tuple, group.edges.T.tolist())) == edges
    assert group.members.tolist() == chosen
