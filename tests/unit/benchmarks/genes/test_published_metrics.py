"""The six published metrics against naive loops, scikit-learn, and controls of known value."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import brentq
from sklearn.manifold import _utils

from musegnn import keys
from musegnn.benchmarks.genes import published_metrics as metrics
from musegnn.errors import InputError
from musegnn.graphs.unit_rows import unit_rows
from tests.toy_graphs import planted_graph


@pytest.fixture
def graphs():
    return [
        planted_graph("first", n_modules=3, module_size=6, seed=1),
        planted_graph("second", n_modules=3, module_size=5, seed=2, prefix="G"),
        planted_graph("third", n_modules=2, module_size=8, seed=3, prefix="G"),
    ]


@pytest.fixture
def points():
    rng = np.random.default_rng(0)
    batch, group = rng.integers(0, 3, 240), rng.integers(0, 4, 240)
    shifted = 2 * rng.normal(size=(4, 6))[group] + rng.normal(size=(3, 6))[batch]
    return unit_rows(shifted + rng.normal(size=(240, 6))), batch, group


def test_batch_silhouette_is_what_distances_by_hand_give(points):
    x, batch, group = points
    by_group = []
    for label in range(4):
        inside = [i for i in range(len(x)) if group[i] == label]
        scores = []
        for i in inside:
            mean = {
                b: np.mean(
                    [np.linalg.norm(x[i] - x[j]) for j in inside if j != i and batch[j] == b]
                )
                for b in range(3)
            }
            own = mean.pop(batch[i])
            other = min(mean.values())
            scores.append(1 - abs((other - own) / max(own, other)))
        by_group.append(np.mean(scores))
    assert metrics.batch_silhouette(x, batch, group) == pytest.approx(np.mean(by_group))


def test_batch_silhouette_leaves_out_groups_without_a_silhouette(points):
    x, batch, _ = points
    assert math.isnan(metrics.batch_silhouette(x, np.zeros(len(x)), batch))
    assert math.isnan(metrics.batch_silhouette(x, np.arange(len(x)), batch))
    mixed = metrics.batch_silhouette(x[:200], batch[:200], np.zeros(200))
    with_lonely = np.repeat([0, 1], [200, 40])
    own = np.concatenate([batch[:200], np.full(40, 2)])
    assert metrics.batch_silhouette(x, own, with_lonely) == pytest.approx(mixed)


def test_ilisi_is_what_a_search_for_each_point_gives(points):
    x, batch, _ = points
    indices = []
    for i in range(len(x)):
        distance = np.linalg.norm(x - x[i], axis=1)
        order = [j for j in np.argsort(distance, kind="stable") if j != i][:90]
        beta = _beta_of_perplexity(distance[order], 30)
        weight = np.exp(-beta * distance[order])
        weight /= weight.sum()
        simpson = sum(weight[batch[order] == b].sum() ** 2 for b in range(3))
        indices.append(1 / simpson)
    expected = (np.median(indices) - 1) / 2
    assert metrics.graph_ilisi(x, batch) == pytest.approx(expected, abs=1e-6)


def _beta_of_perplexity(distance, perplexity):
    def gap(beta):
        weight = np.exp(-beta * distance)
        weight /= weight.sum()
        return np.exp(-(weight * np.log(weight)).sum()) - perplexity

    return brentq(gap, 1e-6, 200)


def test_kernel_weights_have_the_perplexity_that_scikit_learn_finds(points):
    x, _, _ = points
    distance, _ = metrics.nearest(x, 60)
    weights = metrics.kernel_weights(distance, 20)
    reference = _utils._binary_search_perplexity(distance.astype(np.float32), 20, 0)
    np.testing.assert_allclose(weights, reference, atol=1e-4)


def test_ilisi_is_one_for_even_mixing_and_zero_for_datasets_apart():
    rng = np.random.default_rng(0)
    x = unit_rows(rng.normal(size=(400, 5)))
    batch = np.arange(400) % 2
    assert metrics.graph_ilisi(x, batch) > 0.9
    apart = np.where(batch[:, None] == 0, x[0], -x[0]) + 0.01 * x
    assert metrics.graph_ilisi(unit_rows(apart), batch) < 1e-6
    assert metrics.graph_ilisi(np.ones((200, 3)), batch[:200]) > 0.5  # equal points are no error
    assert math.isnan(metrics.graph_ilisi(x, np.zeros(400)))


def test_connectivity_is_what_a_flood_fill_gives(points):
    x, _, group = points
    n = len(x)
    near = [set(np.argsort(np.linalg.norm(x - x[i], axis=1))[1:16].tolist()) for i in range(n)]
    linked = [{j for j in range(n) if j in near[i] or i in near[j]} for i in range(n)]
    shares = []
    for label in range(4):
        left = {i for i in range(n) if group[i] == label}
        size, largest = len(left), 0
        while left:
            front, part = [left.pop()], 1
            while front:
                new = linked[front.pop()] & left
                left -= new
                front += new
                part += len(new)
            largest = max(largest, part)
        shares.append(largest / size)
    assert metrics.graph_connectivity(x, group) == pytest.approx(np.mean(shares))


def test_connectivity_counts_the_larger_half_of_a_cluster_in_two_places():
    rng = np.random.default_rng(0)
    x = np.repeat(np.eye(3)[:2], [60, 40], axis=0) + 0.01 * rng.normal(size=(100, 3))
    assert metrics.graph_connectivity(unit_rows(x), np.zeros(100)) == pytest.approx(0.6)


def test_common_gene_ratio_of_a_case_by_hand():
    names = np.array(["A", "A", "B", "C", "A", "B"])
    clusters = np.array(["x", "x", "x", "x", "y", "y"])
    # x holds 3 names in 4 rows, y 2 in 2
    assert metrics.common_gene_ratio(names, clusters) == pytest.approx(4 / 6 * (1 - 3 / 4))
    assert metrics.common_gene_ratio(names, np.zeros(6)) == pytest.approx(1 - 3 / 6)


def test_neighbour_overlap_is_what_loops_over_pairs_give(graphs, monkeypatch):
    rng = np.random.default_rng(0)
    rows = [
        (d, {g.genes[keys.COMMON_GENE][j] for j in g.adjacency[i].indices})
        for d, g in enumerate(graphs)
        for i in range(g.n_genes)
    ]
    clusters = rng.integers(0, 4, len(rows))
    expected = 0.0
    for label in range(4):
        inside = [row for row, c in zip(rows, clusters, strict=True) if c == label]
        pairs = [
            len(a & b) / len(a | b) if a | b else 0.0
            for (d, a), (e, b) in combinations(inside, 2)
            if d != e
        ]
        expected += len(inside) / len(rows) * np.mean(pairs)
    assert metrics.neighbour_overlap(graphs, clusters) == pytest.approx(expected, abs=1e-6)
    monkeypatch.setattr(metrics, "_BLOCK", 5)
    assert metrics.neighbour_overlap(graphs, clusters) == pytest.approx(expected, abs=1e-6)


def test_neighbour_overlap_of_isolated_genes_and_of_one_dataset_is_zero(graphs):
    empty = [
        replace(g, adjacency=sparse.csr_matrix((g.n_genes, g.n_genes), dtype=bool)) for g in graphs
    ]
    clusters = np.zeros(sum(g.n_genes for g in graphs))
    assert metrics.neighbour_overlap(empty, clusters) == 0
    assert metrics.neighbour_overlap(graphs[:1], np.zeros(graphs[0].n_genes)) == 0


def test_adjacency_auc_is_the_share_of_pairs_in_order(graphs):
    graph = graphs[1]
    x = np.random.default_rng(0).normal(size=(graph.n_genes, 4))
    cosine = unit_rows(x) @ unit_rows(x).T
    dense = graph.adjacency.toarray()
    pairs = list(combinations(range(graph.n_genes), 2))
    edges = [cosine[p] for p in pairs if dense[p]]
    others = [cosine[p] for p in pairs if not dense[p]]
    expected = np.mean([(e > o) + 0.5 * (e == o) for e in edges for o in others])
    assert metrics.adjacency_auc(x, graph) == pytest.approx(expected)
    empty = replace(graph, adjacency=sparse.csr_matrix(dense.shape, dtype=bool))
    assert math.isnan(metrics.adjacency_auc(x, empty))


def test_without_a_common_gene_those_of_two_datasets_are_taken_and_said(graphs):
    other = planted_graph("fourth", module_size=4, prefix="H")
    vectors = [np.random.default_rng(0).normal(size=(g.n_genes, 4)) for g in [*graphs, other]]
    found = metrics.published_metrics(vectors[:3], graphs)
    assert found["asw"].note == "genes common to all datasets"
    assert found["asw"].n == 3 * 15  # G0 to G14
    assert found["cgr"].n == sum(g.n_genes for g in graphs)
    found = metrics.published_metrics(vectors, [*graphs, other])
    assert "none is common to all" in found["gc"].note
    assert found["gc"].n == 16 + 15 + 16  # the first 16 stand in two graphs or more


def test_too_few_genes_are_refused():
    with pytest.raises(InputError, match="at least 4 genes in context to cluster, found 3"):
        metrics.leiden_clusters(np.eye(3))


@pytest.fixture(scope="module")
def scores():
    # as in a calibration on real data: vectors that only spell the name of a gene
    rng = np.random.default_rng(0)
    graphs = [
        planted_graph(f"set{i}", n_modules=8, module_size=40, seed=i, within=0.3) for i in range(4)
    ]
    n = graphs[0].n_genes
    centres = rng.normal(size=(20, 16))[rng.integers(0, 20, n)]
    module = np.eye(16)[np.arange(n) // 40]
    shifts = rng.normal(size=(4, 16))
    embeddings = {
        "name clusters": [centres + 0.05 * rng.normal(size=(n, 16)) for _ in graphs],
        "random": [rng.normal(size=(n, 16)) for _ in graphs],
        "collapsed": [shifts[0] + 0.1 * rng.normal(size=(n, 16)) for _ in graphs],
        "modules": [3 * module + 0.2 * (s + rng.normal(size=(n, 16))) for s in shifts],
    }
    return {
        name: {key: m.value for key, m in metrics.published_metrics(v, graphs).items()}
        for name, v in embeddings.items()
    }


@pytest.mark.parametrize("metric", ["asw", "ilisi", "gc", "cgr"])
def test_random_clusters_by_gene_name_win_what_rewards_mixing(scores, metric):
    others = [values[metric] for name, values in scores.items() if name != "name clusters"]
    assert scores["name clusters"][metric] >= max(others)


def test_true_modules_win_what_asks_the_graphs(scores):
    for metric in ("auc", "no"):
        ranked = sorted(scores, key=lambda name: -scores[name][metric])
        assert ranked[0] == "modules"
    assert abs(scores["random"]["auc"] - 0.5) < 0.02


def test_collapse_looks_well_mixed(scores):
    assert scores["collapsed"]["asw"] > 0.9
    assert scores["collapsed"]["ilisi"] > 0.75
    assert scores["collapsed"]["cgr"] < 0.3 < scores["name clusters"]["cgr"]
