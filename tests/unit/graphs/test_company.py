"""Joint vectors and company against dense formulations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from musegnn import keys
from musegnn.graphs.company import company_features, joint_vectors
from tests.toy_graphs import planted_graph


def test_joint_vectors_reproduce_the_positive_information_of_pairs():
    graphs = [planted_graph("a", module_size=6, seed=1), planted_graph("b", module_size=8, seed=2)]
    names = sorted({name for graph in graphs for name in graph.genes[keys.COMMON_GENE]})
    counts = np.zeros((16, 16))
    for graph in graphs:
        for i, j in zip(*graph.adjacency.nonzero(), strict=True):
            first, second = (graph.genes[keys.COMMON_GENE][k] for k in (i, j))
            counts[names.index(first), names.index(second)] += 1
    degree = counts.sum(axis=1)
    share = degree**0.75 / (degree**0.75).sum()
    information = np.zeros_like(counts)
    for i in range(16):
        for j in range(16):
            if counts[i, j]:
                information[i, j] = max(np.log(counts[i, j] / degree[i] / share[j]), 0)
    information = (information + information.T) / 2
    left, spectrum, _ = np.linalg.svd(information)
    expected = left[:, :5] * np.sqrt(spectrum[:5])
    found = np.stack([joint_vectors(graphs, 5)[name] for name in names])
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-8)


def test_company_is_the_mean_direction_of_partners():
    graphs = [planted_graph("a", module_size=6, seed=1), planted_graph("b", module_size=8, seed=2)]
    vectors = joint_vectors(graphs, 4)
    for graph, rows in zip(graphs, company_features(graphs, 4), strict=True):
        names = graph.genes[keys.COMMON_GENE]
        for gene in range(graph.n_genes):
            partners = graph.adjacency[[gene]].indices
            total = sum(vectors[names[p]] / np.linalg.norm(vectors[names[p]]) for p in partners)
            expected = total / np.linalg.norm(total) if len(partners) else np.zeros(4)
            np.testing.assert_allclose(rows[gene], expected, atol=1e-10)


def test_a_gene_with_a_name_of_its_own_is_placed_by_its_partners():
    first = planted_graph("a", n_modules=4, seed=1)
    second = planted_graph("b", n_modules=4, seed=2)
    own = second.genes.assign(**{keys.COMMON_GENE: ["hidden", *second.genes[keys.COMMON_GENE][1:]]})
    here, there = company_features([first, replace(second, genes=own)], 8)
    closeness = here @ there[0]
    assert closeness[:20].mean() > closeness[20:].mean() + 0.3


def test_without_any_edge_there_is_no_company():
    graph = planted_graph("a", module_size=4)
    empty = replace(graph, adjacency=sparse.csr_matrix((8, 8), dtype=bool))
    assert not company_features([empty], 3)[0].any()
