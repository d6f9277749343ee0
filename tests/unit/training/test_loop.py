"""Training on planted modules, whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from musegnn.errors import InputError, TrainingError
from musegnn.runs.presets import change_settings, preset_settings
from musegnn.training.loop import choose_device, train
from tests.toy_graphs import planted_graph

ROOT = Path(__file__).resolve().parents[3]


def module_score(vectors, module_size):
    """AUROC of the cosine for telling pairs of one module from pairs of two."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    module = np.arange(len(vectors)) // module_size
    upper = np.triu_indices(len(vectors), 1)
    return roc_auc_score((module[:, None] == module[None, :])[upper], (unit @ unit.T)[upper])


@pytest.fixture
def graphs():
    """Two graphs that share genes and modules, one that shares neither."""
    return [
        planted_graph("first", seed=1),
        planted_graph("second", seed=2),
        planted_graph("third", seed=3, prefix="X", tissue="lung"),
    ]


def test_the_published_settings_overfit_two_planted_modules_and_separate_them():
    graphs = [planted_graph("first", seed=1), planted_graph("second", seed=2)]
    trained = train(graphs, preset_settings("paper", epochs=150), device="cpu")
    first, last = trained.history[0], trained.history[-1]
    assert last.terms["reconstruction"] < 0.5 * first.terms["reconstruction"]
    assert last.terms["similarity"] < first.terms["similarity"]
    assert all(module_score(vectors, 20) > 0.95 for vectors in trained.vectors)


def test_modules_are_found_where_they_are_and_not_where_they_are_not(graphs):
    config = preset_settings("default", epochs=30)
    planted = train(graphs, config, device="cpu").vectors
    # a control with the same number of genes and about as many edges, but no module
    control = [planted_graph(f"c{i}", seed=i, within=0.3, between=0.3) for i in range(3)]
    rng = np.random.default_rng(0)
    control = [replace(g, features=rng.normal(size=g.features.shape)) for g in control]
    random = train(control, config, device="cpu").vectors
    assert min(module_score(vectors, 20) for vectors in planted) > 0.9
    assert max(module_score(vectors, 20) for vectors in random) < 0.6


def test_every_term_of_the_published_loss_acts(graphs):
    config = preset_settings("paper", epochs=2)
    record = train(graphs, config, device="cpu").history[-1]
    terms = record.terms
    assert terms["similarity"] != 0
    assert terms["contrastive"] > 0
    assert record.loss == pytest.approx(
        terms["reconstruction"]
        + config.similarity_weight * terms["similarity"]
        + config.contrastive_weight * terms["contrastive"],
        rel=1e-5,
    )


def test_the_contrastive_term_acts_where_two_graphs_share_no_gene():
    graphs = [planted_graph("first", prefix="A"), planted_graph("second", prefix="B")]
    record = train(graphs, preset_settings("paper", epochs=1), device="cpu").history[-1]
    assert record.terms["similarity"] == 0
    assert record.terms["contrastive"] > 0


@pytest.mark.parametrize("preset", ["paper", "default"])
def test_a_single_graph_trains_on_its_edges_alone(graphs, preset):
    history = train(graphs[:1], preset_settings(preset, epochs=30), device="cpu").history
    assert history[-1].terms["contrastive"] == 0
    # the default asks for other edges in each epoch: means over some
    loss = [record.terms["reconstruction"] for record in history]
    assert np.mean(loss[-5:]) < np.mean(loss[:5])


@pytest.mark.parametrize(
    ("preset", "changes"),
    [("default", {}), ("paper", {"kernel": "dense"}), ("paper", {"kernel": "auto"})],
)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(graphs, preset, changes):
    config = preset_settings(preset, epochs=3, **changes)
    one = train(graphs, config, device="cpu").vectors
    two = train(graphs, config, device="cpu").vectors
    other = train(graphs, change_settings(config, seed=1), device="cpu").vectors
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(one[0], other[0])


def test_genes_without_an_edge_get_finite_vectors(graphs):
    graph = graphs[0]
    adjacency = graph.adjacency.tolil()
    adjacency[5, :] = False
    adjacency[:, 5] = False
    cut = adjacency.tocsr().astype(bool)
    cut.eliminate_zeros()
    trained = train(
        [replace(graph, adjacency=cut), graphs[1]],
        preset_settings("default", epochs=3),
        device="cpu",
    )
    assert np.isfinite(trained.vectors[0]).all()


def test_a_loss_that_is_not_finite_stops_and_names_the_term(graphs):
    config = preset_settings("paper", epochs=60).model_copy(update={"encoder_learning_rate": 1e30})
    with pytest.raises(TrainingError, match=r"Loss became .* at epoch \d+ \(\w+ term\)"):
        train(graphs, config, device="cpu")


def test_no_graph_and_repeated_names_are_refused(graphs):
    with pytest.raises(InputError, match="Expected at least one gene graph"):
        train([], preset_settings("default"), device="cpu")
    with pytest.raises(InputError, match="found 'first' more than once"):
        train([graphs[0], graphs[0]], preset_settings("default"), device="cpu")


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert choose_device("auto").type == "cpu"
    with pytest.raises(InputError, match="Expected a GPU for device `cuda`"):
        choose_device("cuda")


@pytest.mark.gpu
def test_the_gpu_gives_what_the_cpu_gives(graphs):
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no GPU that torch can use")
    config = preset_settings("default", epochs=1)
    on_cpu = train(graphs, config, device="cpu")
    on_gpu = train(graphs, config, device="cuda")
    for a, b in zip(on_cpu.vectors, on_gpu.vectors, strict=True):
        assert np.allclose(a, b, atol=1e-3)
