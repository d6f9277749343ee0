"""The aligned objective against loops, and what it must not look at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import sparse
from torch.nn import functional

from musegnn import keys
from musegnn.graphs.hold_out import draw_hold_out, mask_graphs
from musegnn.model.dgl_backend import is_available
from musegnn.runs.presets import preset_settings
from musegnn.training import edge_questions
from musegnn.training.aligned import AlignedObjective
from musegnn.training.loop import train
from tests.toy_graphs import planted_graph

CPU = torch.device("cpu")


@pytest.fixture(autouse=True, params=["all pairs", "by edges"])
def steps(request, monkeypatch):
    """Both ways of a step; graphs this small have all their genes drawn in the second."""
    if request.param == "by edges":
        if not is_available():
            pytest.skip("dgl cannot be used here")
        monkeypatch.setattr(edge_questions, "ALL_PAIRS", 0)
    return request.param


@pytest.fixture
def graphs():
    return [
        planted_graph("first", seed=1),
        planted_graph("second", seed=2, module_size=15),
        planted_graph("third", seed=3, prefix="X"),
    ]


def test_terms_equal_loops_over_graphs_and_pairs(graphs):
    config = preset_settings("default", hidden_edges=0.0, dropout=0.0)
    objective = AlignedObjective(graphs, config, CPU)
    (step,) = objective.draw_epoch()
    # nothing hidden: only pairs without an edge are asked, so let the decoder see all of them
    terms = objective._terms(step)
    vectors = [torch.as_tensor(v) for v in objective.encode()]
    unit = [functional.normalize(v, dim=1) for v in vectors]
    network = objective.network
    total = weight = 0.0
    for number, graph in enumerate(graphs):
        bias = network.decoder_bias[number]
        adjacency = graph.adjacency.toarray()
        for i in range(graph.n_genes):
            for j in range(graph.n_genes):
                if i == j or adjacency[i, j]:
                    continue
                logit = network.decoder_scale * (unit[number][i] @ unit[number][j])
                total += functional.softplus(logit + bias[i] + bias[j]).item()
                weight += 1
    assert terms[0].item() == pytest.approx(total / weight, rel=1e-4)
    start = [functional.normalize(torch.as_tensor(s), dim=1) for s in objective.start]
    distances = torch.cat([1 - (u * s).sum(1) for u, s in zip(unit, start, strict=True)])
    assert terms[1].item() == pytest.approx(distances.mean().item(), rel=1e-4)
    # only the first two share genes: number i of one is number i of the other
    losses = []
    for one, other in ((unit[0][:30], unit[1]), (unit[1], unit[0][:30])):
        for i in range(30):
            scores = one[i] @ other.T / config.temperature
            losses.append((torch.logsumexp(scores, 0) - scores[i]).item())
    assert terms[2].item() == pytest.approx(np.mean(losses), rel=1e-4)


def test_padding_changes_no_vector(graphs):
    config = preset_settings("default")
    objective = AlignedObjective(graphs, config, CPU)
    alone = objective.encode()[1]
    (step,) = objective.draw_epoch()
    group = objective._group(step)
    structure = edge_questions.whole_structure(group)
    with torch.no_grad():
        together = objective.network.encode(group.features, structure, group.present)
    np.testing.assert_allclose(alone, together[1, :30].numpy(), atol=1e-5)


def test_hidden_pairs_leave_no_trace(graphs):
    drawn = draw_hold_out(graphs, 0)
    # the same with the hidden pairs swapped: edges become non-edges and the other way round
    swapped, exchanged = [], []
    for graph, pairs in zip(graphs, drawn.pairs, strict=True):
        dense = graph.adjacency.toarray()
        for hidden, value in ((pairs.edges, False), (pairs.non_edges, True)):
            dense[hidden[:, 0], hidden[:, 1]] = dense[hidden[:, 1], hidden[:, 0]] = value
        swapped.append(replace(graph, adjacency=sparse.csr_matrix(dense)))
        assert (swapped[-1].adjacency != graph.adjacency).nnz > 0
        exchanged.append(replace(pairs, edges=pairs.non_edges, non_edges=pairs.edges))
    config = preset_settings("default", epochs=2)
    one = train(mask_graphs(graphs, drawn), config, device="cpu").vectors
    others = mask_graphs(swapped, replace(drawn, pairs=tuple(exchanged)))
    for a, b in zip(one, train(others, config, device="cpu").vectors, strict=True):
        np.testing.assert_array_equal(a, b)


def test_hidden_names_leave_no_trace(graphs):
    masked = mask_graphs(graphs, draw_hold_out(graphs, 0))
    config = preset_settings("default", epochs=2)
    one = train(masked, config, device="cpu").vectors
    renamed = [
        replace(
            graph,
            genes=graph.genes.assign(
                **{
                    keys.COMMON_GENE: [
                        f"{name}!" if "@" in name else name
                        for name in graph.genes[keys.COMMON_GENE]
                    ]
                }
            ),
        )
        for graph in masked
    ]
    other = train(renamed, config, device="cpu").vectors
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def test_planted_modules_are_aligned_across_graphs_by_names_they_share():
    first = planted_graph("first", n_modules=4, seed=1)
    second = planted_graph("second", n_modules=4, seed=2)
    # the second dataset has other axes
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(60, 60)))[0]
    second = replace(second, features=(second.features @ turned).astype(np.float32))
    vectors = train([first, second], preset_settings("default", epochs=20), device="cpu").vectors
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in vectors]
    module = np.arange(80) // 20
    nearest = (unit[0] @ unit[1].T).argmax(axis=1)
    assert (module[nearest] == module).mean() > 0.9


def test_a_few_graphs_at_a_time_bound_the_memory_and_still_learn(graphs):
    config = preset_settings("default", epochs=5, graphs_per_step=2)
    assert all(np.isfinite(v).all() for v in train(graphs, config, device="cpu").vectors)
