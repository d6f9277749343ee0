"""Relations of two graphs against naive sets of names."""

from __future__ import annotations

import numpy as np
import pytest

from musegnn import keys
from musegnn.graphs.graph_pairs import draw_contrastive, relate_graphs
from tests.toy_graphs import planted_graph


@pytest.fixture
def graphs():
    """Two graphs that share 30 of their genes, by names."""
    first = planted_graph("first", module_size=20, seed=1)
    second = planted_graph("second", module_size=15, seed=2)
    return first, second


def neighbour_names(graph, gene):
    """Names of the neighbours of a gene."""
    names = graph.genes[keys.COMMON_GENE].tolist()
    return {names[i] for i in graph.adjacency[names.index(gene)].indices}


def test_common_genes_are_matched_by_name(graphs):
    first, second = graphs
    pair = relate_graphs(first, second)
    left = first.genes[keys.COMMON_GENE].iloc[pair.common].tolist()
    right = second.genes[keys.COMMON_GENE].iloc[pair.partner_common].tolist()
    assert left == right
    assert set(left) == set(first.genes[keys.COMMON_GENE]) & set(second.genes[keys.COMMON_GENE])


def test_overlap_is_the_jaccard_index_of_neighbour_names(graphs):
    first, second = graphs
    pair = relate_graphs(first, second)
    for row, overlap in zip(pair.common, pair.overlap, strict=True):
        gene = first.genes[keys.COMMON_GENE].iloc[row]
        a, b = neighbour_names(first, gene), neighbour_names(second, gene)
        expected = len(a & b) / len(a | b) if a | b else 0.0
        assert overlap == pytest.approx(expected)


def test_differing_genes_are_the_others_that_have_a_neighbour(graphs):
    first, second = graphs
    pair = relate_graphs(first, second)
    expected = [
        i
        for i, name in enumerate(first.genes[keys.COMMON_GENE])
        if name not in set(second.genes[keys.COMMON_GENE]) and first.degree[i] > 0
    ]
    assert pair.differing.tolist() == expected


def test_graphs_without_a_common_gene_still_have_differing_genes():
    first = planted_graph("first", prefix="A")
    second = planted_graph("second", prefix="B")
    pair = relate_graphs(first, second)
    assert len(pair.common) == 0
    assert len(pair.differing) == int((first.degree > 0).sum())


def test_contrastive_genes_are_drawn_once_each_with_a_neighbour_as_positive(graphs):
    graph = graphs[0]
    candidates = np.flatnonzero(graph.degree > 0)
    anchors, positives = draw_contrastive(graph, candidates, 15, np.random.default_rng(0))
    assert len(set(anchors.tolist())) == 15
    assert all(graph.adjacency[a, p] for a, p in zip(anchors, positives, strict=True))


def test_positives_are_drawn_evenly_over_the_neighbours(graphs):
    graph = graphs[0]
    gene = int(np.argmax(graph.degree))
    rng = np.random.default_rng(1)
    drawn = [draw_contrastive(graph, np.array([gene]), 1, rng)[1][0] for _ in range(4000)]
    counts = np.array([drawn.count(i) for i in graph.adjacency[gene].indices])
    expected = 4000 / graph.degree[gene]
    assert ((counts - expected) ** 2 / expected).sum() < 3 * graph.degree[gene]
