"""Pairs that a step draws against all pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import sparse
from torch.nn import functional

from musegnn.model.attention import attend
from musegnn.model.dgl_backend import is_available
from musegnn.runs.presets import preset_settings
from musegnn.training import aligned, edge_questions
from musegnn.training.aligned import AlignedObjective
from musegnn.training.edge_questions import AllPairs, DrawnPairs
from musegnn.training.graph_groups import EdgeGroup, GraphGroups
from tests.toy_graphs import planted_graph

CPU = torch.device("cpu")
WIDTH = 4

pytestmark = pytest.mark.skipif(not is_available(), reason="dgl cannot be used here")


@pytest.fixture
def graphs():
    """Three graphs: one with pairs that teach nothing (an edge among them), one without an edge."""
    made = [planted_graph(f"graph {i}", seed=i, module_size=20 + 5 * i) for i in range(3)]
    row, column = (int(ends[0]) for ends in made[1].adjacency.nonzero())
    ends = ([0, 3, row, column], [3, 0, column, row])
    unknown = sparse.csr_matrix((np.ones(4, dtype=bool), ends), shape=made[1].adjacency.shape)
    nothing = sparse.csr_matrix(made[2].adjacency.shape, dtype=made[2].adjacency.dtype)
    return [made[0], replace(made[1], unknown=unknown), replace(made[2], adjacency=nothing)]


@pytest.fixture
def groups(graphs):
    rows = [np.ones((graph.n_genes, WIDTH), dtype=np.float32) for graph in graphs]
    made, members = GraphGroups(graphs, rows, rows, CPU), torch.arange(3)
    return made.pad([0, 1, 2], members), made.list_edges([0, 1, 2], members)


def draw_rows(n_genes):
    generator = torch.Generator().manual_seed(0)
    unit = functional.normalize(torch.randn(3, n_genes, WIDTH, generator=generator), dim=-1)
    bias = torch.randn(3, n_genes, generator=generator)
    return [part.requires_grad_() for part in (unit, torch.tensor(3.0), bias)]


def with_gradients(questions, n_genes):
    """Loss and what each of its three arguments would do to it."""
    given = draw_rows(n_genes)
    loss = questions.loss(*given, edge_weight=5.0)
    loss.backward()
    return [loss.detach(), *(part.grad for part in given)]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_with_all_genes_drawn_loss_and_gradients_are_those_of_all_pairs(groups, share):
    whole, edges = groups
    kept = torch.rand(whole.edges.shape[1], generator=torch.Generator().manual_seed(1)) < share
    n_genes = whole.features.shape[1]
    assert n_genes <= edge_questions.FEWEST_DRAWN
    expected = with_gradients(AllPairs(whole, kept), n_genes)
    found = with_gradients(DrawnPairs(edges, kept, None), n_genes)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_over_many_draws_the_loss_of_some_genes_is_that_of_all(groups, monkeypatch):
    monkeypatch.setattr(edge_questions, "FEWEST_DRAWN", 5)
    monkeypatch.setattr(edge_questions, "PAIRS_OF_EDGE", 0)
    whole, edges = groups
    kept = torch.arange(whole.edges.shape[1]) % 2 == 0
    given = draw_rows(whole.features.shape[1])
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        expected = AllPairs(whole, kept).loss(*given, edge_weight=5.0).item()
        losses = [
            DrawnPairs(edges, kept, generator).loss(*given, edge_weight=5.0).item()
            for _ in range(400)
        ]
    error = np.std(losses) / len(losses) ** 0.5
    assert 0 < error < 0.01 * expected
    assert np.mean(losses) == pytest.approx(expected, abs=3 * error)


def test_attention_sees_the_same_edges(groups):
    whole, edges = groups
    kept = torch.arange(whole.edges.shape[1]) % 3 > 0
    generator = torch.Generator().manual_seed(0)
    shape = (3, whole.features.shape[1], 2, WIDTH)
    rows = [torch.randn(shape, generator=generator) for _ in range(3)]
    one = attend(*rows, AllPairs(whole, kept).structure)
    other = attend(*rows, DrawnPairs(edges, kept, None).structure)
    torch.testing.assert_close(one, other)


def test_large_graphs_go_by_edges_and_small_ones_by_all_pairs(graphs, monkeypatch):
    monkeypatch.setattr(edge_questions, "ALL_PAIRS", 45)
    config = preset_settings("default", graphs_per_step=1)
    objective = AlignedObjective(graphs, config, CPU)
    for step in objective.draw_epoch():
        is_large = graphs[step.chosen[0]].n_genes > 45
        assert isinstance(objective._group(step), EdgeGroup) == is_large
    assert not edge_questions.keeps_to_edges(10**6, torch.device("meta"))


def test_of_very_many_shared_genes_a_step_compares_some(monkeypatch):
    monkeypatch.setattr(aligned, "CONTRASTED", 7)
    pair = [planted_graph(name, seed=i) for i, name in enumerate(("one", "other"))]
    objective = AlignedObjective(pair, preset_settings("default"), CPU)
    seen = set()
    for _ in range(30):
        ((rows, other),) = objective.draw_epoch()[0].rows
        assert len(rows) == 7
        assert rows.tolist() == other.tolist() == sorted(set(rows.tolist()))
        seen |= set(rows.tolist())
    assert seen == set(range(pair[0].n_genes))
