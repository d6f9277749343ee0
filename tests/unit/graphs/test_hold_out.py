"""What is hidden is really gone, and what is left is as it was."""

from __future__ import annotations

import numpy as np
import pytest

from musegnn import keys
from musegnn.errors import InputError
from musegnn.graphs.hold_out import draw_hold_out, mask_graphs
from tests.toy_graphs import planted_graph


@pytest.fixture
def graphs():
    return [planted_graph("a", seed=1), planted_graph("b", seed=2), planted_graph("c", prefix="X")]


def test_hidden_edges_are_edges_and_non_edges_are_none(graphs):
    drawn = draw_hold_out(graphs, 3)
    for graph, pairs in zip(graphs, drawn.pairs, strict=True):
        dense = graph.adjacency.toarray()
        assert len(pairs.edges) == round(0.1 * graph.n_edges)
        assert all(dense[i, j] for i, j in pairs.edges)
        for others in (pairs.non_edges, pairs.matched_non_edges):
            assert len({tuple(pair) for pair in others.tolist()}) == len(others) > 0
            assert not any(dense[i, j] for i, j in others)
            assert (others[:, 0] < others[:, 1]).all()


def test_matched_non_edges_join_genes_of_hidden_edges(graphs):
    for pairs in draw_hold_out(graphs, 3).pairs:
        assert set(pairs.matched_non_edges.ravel()) <= set(pairs.edges.ravel())


def test_training_sees_neither_hidden_pairs_nor_hidden_names(graphs):
    drawn = draw_hold_out(graphs, 5)
    shared = [f"G{i}" for i in range(40)]
    assert len(drawn.names) == round(0.2 * len(shared))
    assert drawn.names <= set(shared)
    for graph, masked, pairs in zip(graphs, mask_graphs(graphs, drawn), drawn.pairs, strict=True):
        hidden = np.zeros((40, 40), dtype=bool)
        hidden[tuple(pairs.edges.T)] = True
        hidden |= hidden.T
        np.testing.assert_array_equal(
            masked.adjacency.toarray(), graph.adjacency.toarray() & ~hidden
        )
        for values in (masked.estimate, masked.statistic, masked.significance):
            dense = values if isinstance(values, np.ndarray) else values.toarray()
            assert not dense[hidden].any()
        unknown = masked.unknown.toarray()
        assert unknown[hidden].all()
        assert (unknown == unknown.T).all()
        n_unknown = sum(map(len, (pairs.edges, pairs.non_edges, pairs.matched_non_edges)))
        assert unknown.sum() / 2 <= n_unknown
        names = masked.genes[keys.COMMON_GENE]
        assert not set(names) & drawn.names
        same = ~graph.genes[keys.COMMON_GENE].isin(drawn.names)
        assert (names[same] == graph.genes[keys.COMMON_GENE][same]).all()
    first, second = mask_graphs(graphs, drawn)[:2]
    common = set(first.genes[keys.COMMON_GENE]) & set(second.genes[keys.COMMON_GENE])
    assert common == set(shared) - drawn.names


def test_the_draw_depends_on_the_seed_alone(graphs):
    first, again, other = (draw_hold_out(graphs, seed) for seed in (1, 1, 2))
    assert first.names == again.names
    np.testing.assert_array_equal(first.pairs[0].edges, again.pairs[0].edges)
    assert first.names != other.names


def test_a_share_above_one_is_refused(graphs):
    with pytest.raises(InputError, match="edge_share"):
        draw_hold_out(graphs, 0, edge_share=1.5)
