"""Agreement of two halves of the cells against loops and simulated graphs."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from musegnn.graphs.reproducibility import (
    chance_of_jaccard,
    edge_reproducibility,
    jaccard_of_edges,
)


def graph_of(pairs: set[tuple[int, int]], n: int) -> sparse.csr_matrix:
    dense = np.zeros((n, n), dtype=bool)
    for i, j in pairs:
        dense[i, j] = dense[j, i] = True
    return sparse.csr_matrix(dense)


def test_jaccard_counts_pairs_as_sets_do():
    first, second = {(0, 1), (1, 2), (2, 3)}, {(1, 2), (2, 3), (3, 4), (0, 4)}
    found = jaccard_of_edges(graph_of(first, 5), graph_of(second, 5))
    assert found == len(first & second) / len(first | second)
    assert jaccard_of_edges(graph_of(set(), 5), graph_of(set(), 5)) == 0


def test_chance_is_what_graphs_with_the_same_degrees_have_in_common():
    rng = np.random.default_rng(0)
    weights = rng.uniform(2, 12, 80)
    draws = [
        nx.to_scipy_sparse_array(nx.expected_degree_graph(weights, seed=seed, selfloops=False))
        for seed in range(30)
    ]
    graphs = [sparse.csr_matrix(draw, dtype=bool) for draw in draws]
    found = [jaccard_of_edges(a, b) for a, b in zip(graphs[::2], graphs[1::2], strict=True)]
    expected = [chance_of_jaccard(a, b) for a, b in zip(graphs[::2], graphs[1::2], strict=True)]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - np.mean(expected)) < 4 * error


def test_halves_are_disjoint_cover_all_cells_and_depend_on_the_seed_alone():
    counts = sparse.csr_matrix(np.arange(1, 102, dtype=float)[:, None] * np.ones((1, 6)))
    seen: list[np.ndarray] = []

    def edges(part: sparse.csr_matrix, depth: np.ndarray) -> sparse.csr_matrix:
        np.testing.assert_array_equal(part.toarray()[:, 0], depth)
        seen.append(depth)
        return graph_of({(0, 1)}, 6)

    depth = np.arange(1, 102, dtype=float)
    found = edge_reproducibility(counts, depth, edges)
    assert found is not None
    assert (found.jaccard, found.cells_in_half) == (1.0, 50)
    assert sorted(np.concatenate(seen)) == list(range(1, 102))
    edge_reproducibility(counts, depth, edges)
    np.testing.assert_array_equal(seen[0], seen[2])


@pytest.mark.parametrize(("n_cells", "is_there"), [(39, False), (40, True)])
def test_too_few_cells_give_no_figure(n_cells: int, is_there: bool):
    counts = sparse.csr_matrix(np.ones((n_cells, 3)))
    found = edge_reproducibility(counts, np.ones(n_cells), lambda *_: graph_of({(0, 1)}, 3))
    assert (found is not None) is is_there
