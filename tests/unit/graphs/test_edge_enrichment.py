"""Enrichment of edges against hand-made cases, loops and random draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from musegnn.graphs.edge_enrichment import (
    EdgeEnrichment,
    edge_enrichment,
    is_ribosomal,
    truth_from_pairs,
    truth_from_sets,
)


def graph(edges, n_genes):
    """Symmetric adjacency from a list of edges."""
    dense = np.zeros((n_genes, n_genes), dtype=bool)
    for i, j in edges:
        dense[i, j] = dense[j, i] = True
    return sparse.csr_matrix(dense)


def test_genes_of_one_term_are_related_and_genes_without_a_term_are_not_counted():
    truth = truth_from_sets(["A", "B", "C", "D"], {"t": ["A", "B"], "u": ["C", "unheard of"]})
    assert truth.related.toarray().tolist() == graph([(0, 1)], 4).toarray().tolist()
    assert truth.annotated.tolist() == [True, True, True, False]


def test_pairs_relate_all_genes_that_carry_the_name():
    truth = truth_from_pairs(["INS", "INS", "IAPP", "X"], [("IAPP", "INS"), ("X", "X")])
    assert truth.related.toarray().tolist() == graph([(0, 2), (1, 2)], 4).toarray().tolist()
    assert truth.annotated.all()


def test_counts_equal_a_loop_over_edges_and_pairs():
    rng = np.random.default_rng(0)
    upper = np.triu(rng.random((40, 40)) < 0.2, 1)
    adjacency = sparse.csr_matrix(upper | upper.T)
    names = [f"g{i}" for i in range(40)]
    terms = {f"t{i}": rng.choice(names[:30], 5, replace=False).tolist() for i in range(12)}
    truth = truth_from_sets(names, terms)
    found = edge_enrichment(adjacency, truth)

    def shares(i, j):
        return any(names[i] in genes and names[j] in genes for genes in terms.values())

    known = [i for i in range(40) if any(names[i] in genes for genes in terms.values())]
    pairs = [(i, j) for i in known for j in known if i < j]
    degree = {i: sum(bool(adjacency[i, j]) for j in known) for i in known}
    edges = [(i, j) for i, j in pairs if adjacency[i, j]]
    weight = {pair: degree[pair[0]] * degree[pair[1]] for pair in pairs}
    share = sum(w for pair, w in weight.items() if shares(*pair)) / sum(weight.values())
    assert found.edges == len(edges)
    assert found.related == sum(shares(*edge) for edge in edges)
    assert found.expected == pytest.approx(share * len(edges))


def test_random_edges_are_not_enriched():
    rng = np.random.default_rng(1)
    total = EdgeEnrichment(0, 0, 0.0)
    names = [f"g{i}" for i in range(60)]
    for _ in range(60):
        propensity = rng.random(60) * 0.6  # hubs and loners
        upper = np.triu(rng.random((60, 60)) < np.outer(propensity, propensity), 1)
        terms = {f"t{i}": rng.choice(names, 8, replace=False).tolist() for i in range(10)}
        truth = truth_from_sets(names, terms)
        total = total + edge_enrichment(sparse.csr_matrix(upper | upper.T), truth)
    assert 0.95 < total.fold < 1.05


def test_edges_inside_terms_are_enriched():
    truth = truth_from_sets(list("ABCDEF"), {"t": list("ABC"), "u": list("DEF")})
    inside = graph([(0, 1), (1, 2), (3, 4), (4, 5)], 6)
    assert edge_enrichment(inside, truth).fold > 2


def test_leaving_out_genes_leaves_out_their_edges():
    truth = truth_from_sets(list("ABCD"), {"t": list("ABCD")})
    adjacency = graph([(0, 1), (1, 2), (2, 3)], 4)
    kept = truth.without(np.array([True, False, False, False]))
    assert edge_enrichment(adjacency, truth).edges == 3
    assert edge_enrichment(adjacency, kept).edges == 2


def test_a_graph_without_edges_has_no_fold():
    truth = truth_from_sets(list("AB"), {"t": list("AB")})
    assert math.isnan(edge_enrichment(graph([], 2), truth).fold)


def test_ribosomal_genes_are_told_by_name():
    names = ["RPL3", "RPS27A", "Rps6", "RPLP0", "MRPL12", "RPS6KA1", "RPL3L", "RPSA", "RPE65"]
    assert is_ribosomal(names).tolist() == [True, True, True, True, True, False, True, True, False]
