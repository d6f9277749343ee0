"""Each control has the property that it is named for."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from musegnn import keys
from musegnn.baselines.controls import CLUSTERS
from musegnn.baselines.registry import fit_baseline
from musegnn.benchmarks.genes.edge_prediction import hidden_edges
from musegnn.benchmarks.genes.retrieval import SAME, retrieve
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.hold_out import draw_hold_out, mask_graphs
from musegnn.graphs.unit_rows import unit_rows
from tests.toy_graphs import planted_graph


@pytest.fixture(scope="module")
def graphs() -> list[GeneGraph]:
    return [planted_graph(name, n_modules=8, module_size=25, seed=i) for i, name in enumerate("ab")]


def all_names(graphs: list[GeneGraph]) -> set[str]:
    return {name for graph in graphs for name in graph.genes[keys.COMMON_GENE]}


def cosines(vectors: np.ndarray) -> np.ndarray:
    unit = unit_rows(vectors)
    return unit @ unit.T


def test_random_vectors_give_chance(graphs: list[GeneGraph]) -> None:
    hold_out = draw_hold_out(graphs, 0)
    found = fit_baseline("random", graphs)
    scores = [hidden_edges(*pair)["uniform"] for pair in zip(found, hold_out.pairs, strict=True)]
    # standard error of an AUROC of n against n pairs is about 1 / sqrt(6 n)
    assert all(abs(s.auroc - 0.5) < 3 / np.sqrt(6 * s.n_positive) for s in scores)
    ranks = retrieve(found, graphs, all_names(graphs))[SAME].ranks
    assert len(ranks) == 400
    assert abs(ranks.mean() - 100.5) < 3 * 200 / np.sqrt(12 * 400)


def test_one_vector_per_name_always_comes_first(graphs: list[GeneGraph]) -> None:
    found = retrieve(fit_baseline("name_vector", graphs), graphs, all_names(graphs))[SAME]
    assert found.mean_reciprocal_rank == 1


def test_one_vector_per_name_fails_on_hidden_names(graphs: list[GeneGraph]) -> None:
    hold_out = draw_hold_out(graphs, 0)
    vectors = fit_baseline("name_vector", mask_graphs(graphs, hold_out))
    assert retrieve(vectors, graphs, hold_out.names)[SAME].median_rank > 60


def test_one_vector_per_name_does_not_change_with_the_company(graphs: list[GeneGraph]) -> None:
    for name in ("name_vector", "random", "collapsed", "name_clusters"):
        together = fit_baseline(name, graphs)
        assert np.array_equal(together[1], fit_baseline(name, graphs[1:])[0])


def test_collapsed_cosines_are_close_to_one(graphs: list[GeneGraph]) -> None:
    joint = cosines(np.concatenate(fit_baseline("collapsed", graphs)))
    assert joint.min() > 0.999
    assert joint[0, 1] < 1  # not one and the same: ranks stay defined


def test_degree_orders_genes_by_their_number_of_edges(graphs: list[GeneGraph]) -> None:
    for graph, vectors in zip(graphs, fit_baseline("degree", graphs), strict=True):
        similar = cosines(vectors)
        lowest = int(graph.degree.argmin())
        assert not np.any(vectors[:, 2:])
        # away from the gene with fewest edges, similarity falls as degree grows
        order = np.argsort(graph.degree, kind="stable")
        assert np.all(np.diff(similar[lowest][order]) < 1e-6)
        same = graph.degree[:, None] == graph.degree[None, :]
        assert np.allclose(similar[same], 1)
        assert similar[~same].max() < 1 - 1e-6


def test_name_clusters_are_twenty_and_hang_on_names_alone(graphs: list[GeneGraph]) -> None:
    first, second = (cosines(vectors) > 0.8 for vectors in fit_baseline("name_clusters", graphs))
    assert np.array_equal(first, second)
    assert np.array_equal(first, first @ first)  # transitive: groups, not a web
    assert len(np.unique(first, axis=0)) == CLUSTERS
    module = np.repeat(np.arange(8), 25)
    assert abs(adjusted_rand_score(module, first.argmax(axis=1))) < 0.05
