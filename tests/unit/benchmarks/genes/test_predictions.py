"""Rankings of pairs against counting by hand, with controls that must score one half."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from musegnn.benchmarks.genes.edge_prediction import (
    edges_of_unseen_cells,
    hidden_edges,
    score_pairs,
)
from musegnn.benchmarks.genes.relation_prediction import related_pairs
from musegnn.graphs.edge_enrichment import PairTruth
from musegnn.graphs.hold_out import draw_hold_out
from tests.toy_graphs import planted_graph


def naive_auroc(vectors, positive, negative):
    def cosine(pair):
        a, b = vectors[pair[0]], vectors[pair[1]]
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    wins = [
        1.0 if cosine(p) > cosine(n) else 0.5 if cosine(p) == cosine(n) else 0.0
        for p in positive
        for n in negative
    ]
    return np.mean(wins)


def test_auroc_is_the_share_of_won_comparisons():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(30, 4))
    pairs = rng.permutation([(i, j) for i in range(30) for j in range(i)])
    positive, negative = pairs[:20], pairs[20:45]
    scores = score_pairs(vectors, positive, negative)
    assert scores.auroc == pytest.approx(naive_auroc(vectors, positive, negative))
    assert (scores.n_positive, scores.n_negative) == (20, 25)


def test_module_vectors_find_hidden_edges_and_random_ones_do_not():
    graph = planted_graph("g", n_modules=4, module_size=40, within=0.5, between=0.02)
    pairs = draw_hold_out([graph], 0).pairs[0]
    module = np.eye(4)[np.arange(160) // 40]
    known = hidden_edges(module + 1e-3, pairs)
    assert known["uniform"].auroc > 0.85
    assert known["matched"].auroc > 0.8
    random = hidden_edges(np.random.default_rng(0).normal(size=(160, 16)), pairs)
    assert abs(random["uniform"].auroc - 0.5) < 0.06
    collapsed = hidden_edges(np.ones((160, 16)), pairs)
    assert collapsed["uniform"].auroc == pytest.approx(0.5, abs=1e-6)


def test_all_edges_of_the_unseen_half_are_scored():
    graph = planted_graph("g", within=0.5, between=0.0)
    module = np.eye(2)[np.arange(40) // 20]
    scores = edges_of_unseen_cells(module, graph.adjacency)
    assert scores.n_positive == scores.n_negative == graph.n_edges
    assert scores.auroc > 0.75


def test_negatives_have_no_relation_and_are_as_well_studied():
    rng = np.random.default_rng(1)
    popular = rng.random(200) < 0.1
    chance = np.where(popular[:, None] | popular[None, :], 0.3, 0.01)
    upper = np.triu(rng.random((200, 200)) < chance, 1)
    truth = PairTruth(sparse.csr_matrix(upper | upper.T), np.ones(200, dtype=bool))
    positive, negative = related_pairs(truth)
    related = truth.related.toarray()
    assert all(related[i, j] for i, j in positive)
    assert not any(related[i, j] or i == j for i, j in negative)
    # an embedding that knows only how popular a gene is does not win
    degree = related.sum(axis=1, keepdims=True).astype(float)
    angle = np.pi / 2 * degree / degree.max()
    by_degree = np.hstack([np.cos(angle), np.sin(angle)])
    assert score_pairs(by_degree, positive, negative).auroc < 0.55


def test_genes_outside_the_annotation_are_not_counted():
    related = np.zeros((6, 6), dtype=bool)
    related[0, 1] = related[1, 0] = related[2, 3] = related[3, 2] = related[4, 5] = related[
        5, 4
    ] = True
    annotated = np.array([True, True, True, True, False, False])
    positive, negative = related_pairs(PairTruth(sparse.csr_matrix(related), annotated))
    assert positive.tolist() == [[0, 1], [2, 3]]
    assert set(negative.ravel()) <= {0, 1, 2, 3}


def test_nothing_to_rank_gives_nan():
    nothing = np.empty((0, 2), dtype=int)
    assert np.isnan(score_pairs(np.ones((3, 2)), nothing, nothing).auroc)
