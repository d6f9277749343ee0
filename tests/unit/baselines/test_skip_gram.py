"""Skip-gram on edges."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from musegnn.baselines.registry import fit_baseline
from musegnn.errors import InputError
from tests.toy_graphs import planted_graph


def test_a_name_has_one_vector_whatever_the_dataset() -> None:
    graphs = [planted_graph(name, seed=i) for i, name in enumerate("ab")]
    first, second = fit_baseline("gene2vec", graphs, epochs=2)
    assert np.array_equal(first, second)


def test_a_gene_without_edges_gets_zeros() -> None:
    graph = planted_graph("a")
    adjacency = graph.adjacency.toarray()
    adjacency[3, :] = adjacency[:, 3] = False
    lonely = replace(graph, adjacency=sparse.csr_matrix(adjacency))
    (found,) = fit_baseline("gene2vec", [lonely], epochs=2)
    assert np.array_equal(np.flatnonzero(~found.any(axis=1)), [3])


def test_without_any_edge_there_are_zeros() -> None:
    graph = planted_graph("a")
    blank = replace(graph, adjacency=sparse.csr_matrix(graph.adjacency.shape, dtype=bool))
    (found,) = fit_baseline("gene2vec", [blank])
    assert found.shape == (40, 32)
    assert not found.any()


def test_the_edges_of_one_dataset_teach_the_other() -> None:
    graph = planted_graph("a", seed=1)
    blank = replace(
        planted_graph("b", seed=2), adjacency=sparse.csr_matrix(graph.adjacency.shape, dtype=bool)
    )
    _, found = fit_baseline("gene2vec", [graph, blank], epochs=100)
    cosine = np.corrcoef(found)
    assert cosine[:20, :20].mean() > cosine[:20, 20:].mean() + 0.2


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    with pytest.raises(InputError, match="Expected gensim for the baseline `gene2vec`"):
        fit_baseline("gene2vec", [planted_graph("a")])
