"""Graph autoencoders against PyTorch Geometric with the same weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse
from torch_geometric import nn as pyg

from musegnn.baselines.graph_autoencoders import (
    EdgeInputs,
    GraphAutoencoder,
    VariationalGraphAutoencoder,
    edge_loss,
    normal_divergence,
)
from musegnn.baselines.graph_convolution import GraphConvolution, minimise, normalised_adjacency
from musegnn.baselines.inputs import FitSettings, known_pairs
from musegnn.baselines.registry import fit_baseline
from musegnn.errors import TrainingError
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.hold_out import draw_hold_out, mask_graphs
from musegnn.progress import Silent
from tests.toy_graphs import planted_graph

WIDTH = 8


@pytest.fixture
def graph() -> GeneGraph:
    whole = planted_graph("a", seed=1)
    return mask_graphs([whole], draw_hold_out([whole], 0))[0]


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def same_convolution(own: GraphConvolution) -> pyg.GCNConv:
    """Return PyG's layer with the weights of ours."""
    layer = pyg.GCNConv(*own.weight.shape)
    with torch.no_grad():
        layer.lin.weight.copy_(own.weight.T)
        layer.bias.copy_(own.bias)
    return layer


class SameEncoder(torch.nn.Module):
    """The encoder of Kipf & Welling from PyG's layers."""

    def __init__(self, own: GraphAutoencoder) -> None:
        super().__init__()
        self.first, self.second = same_convolution(own.first), same_convolution(own.second)
        is_variational = isinstance(own, VariationalGraphAutoencoder)
        self.spread = same_convolution(own.spread) if is_variational else None

    def reset_parameters(self) -> None:
        """Keep the weights, which PyG's models would draw anew."""

    def forward(self, features: torch.Tensor, edges: torch.Tensor) -> object:
        hidden = self.first(features, edges).relu()
        mean = self.second(hidden, edges)
        return mean if self.spread is None else (mean, self.spread(hidden, edges))


def randomise_biases(model: torch.nn.Module, generator: torch.Generator) -> None:
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("bias"):
                weight.uniform_(-1, 1, generator=generator)


def known_edges(graph: GeneGraph, *, present: bool) -> torch.Tensor:
    """Both directions of the known edges, or of the known non-edges."""
    chosen = (graph.adjacency.toarray() == present) & known_pairs(graph)
    return torch.as_tensor(np.stack(np.nonzero(chosen)))


def test_convolution_equals_gcnconv(graph: GeneGraph, generator: torch.Generator) -> None:
    own = GraphConvolution(graph.features.shape[1], WIDTH, generator)
    randomise_biases(own, generator)
    features = torch.as_tensor(graph.features)
    found = own(features, normalised_adjacency(graph.adjacency))
    expected = same_convolution(own)(features, torch.as_tensor(graph.edge_index))
    torch.testing.assert_close(found, expected)


def test_normalised_adjacency_by_hand() -> None:
    pair = sparse.csr_matrix(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=bool))
    expected = torch.tensor([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]])
    torch.testing.assert_close(normalised_adjacency(pair), expected)


def test_loss_of_the_autoencoder_equals_that_of_pyg(
    graph: GeneGraph, generator: torch.Generator
) -> None:
    inputs = EdgeInputs.of(graph)
    own = GraphAutoencoder(inputs.features.shape[1], WIDTH, generator)
    randomise_biases(own, generator)
    other = pyg.GAE(SameEncoder(own))
    vectors = other.encode(inputs.features, torch.as_tensor(graph.edge_index))
    torch.testing.assert_close(own(inputs.features, inputs.adjacency), vectors)
    # small vectors: PyG adds 1e-15 before the logarithm, which shows where a sigmoid saturates
    expected = other.recon_loss(
        vectors / 10, known_edges(graph, present=True), known_edges(graph, present=False)
    )
    torch.testing.assert_close(edge_loss(vectors / 10, inputs), expected)


def test_distribution_and_divergence_equal_those_of_pyg(
    graph: GeneGraph, generator: torch.Generator
) -> None:
    inputs = EdgeInputs.of(graph)
    own = VariationalGraphAutoencoder(inputs.features.shape[1], WIDTH, generator)
    randomise_biases(own, generator)
    other = pyg.VGAE(SameEncoder(own)).eval()
    drawn = other.encode(inputs.features, torch.as_tensor(graph.edge_index))
    mean, log_deviation = own.distribution(inputs.features, inputs.adjacency)
    torch.testing.assert_close(mean, other.__mu__)
    torch.testing.assert_close(log_deviation, other.__logstd__)
    torch.testing.assert_close(drawn, mean)
    torch.testing.assert_close(own(inputs.features, inputs.adjacency), mean)
    torch.testing.assert_close(normal_divergence(mean, log_deviation), other.kl_loss())


def test_variational_loss_is_error_of_a_draw_plus_divergence(
    graph: GeneGraph, generator: torch.Generator
) -> None:
    inputs = EdgeInputs.of(graph)
    own = VariationalGraphAutoencoder(inputs.features.shape[1], WIDTH, generator)
    mean, log_deviation = own.distribution(inputs.features, inputs.adjacency)
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(7))
    divergence = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, log_deviation.exp()), torch.distributions.Normal(0.0, 1.0)
    )
    expected = edge_loss(mean + noise * log_deviation.exp(), inputs)
    expected = expected + divergence.sum() / graph.n_genes**2
    torch.testing.assert_close(own.loss(inputs, torch.Generator().manual_seed(7)), expected)


def test_the_loss_has_no_gradient_from_unknown_pairs_and_itself(graph: GeneGraph) -> None:
    inputs = EdgeInputs.of(graph)
    vectors = torch.zeros(graph.n_genes, 2)
    weight = inputs.positive + inputs.negative
    unknown = torch.as_tensor(graph.unknown.toarray())
    assert not weight[unknown].any()
    assert not weight.diagonal().any()
    assert edge_loss(vectors, inputs).item() == pytest.approx(2 * np.log(2))


def test_training_lowers_the_loss(graph: GeneGraph, generator: torch.Generator) -> None:
    inputs = EdgeInputs.of(graph)
    model = GraphAutoencoder(inputs.features.shape[1], WIDTH, generator)
    before = model.loss(inputs, generator).item()
    settings = FitSettings(WIDTH, 0, None, Silent())
    minimise(
        lambda: [model.loss(inputs, generator)],
        model.parameters(),
        settings,
        label="test",
        epochs=50,
        learning_rate=0.01,
    )
    assert model.loss(inputs, generator).item() < 0.7 * before


def test_a_loss_that_is_not_finite_is_told(graph: GeneGraph) -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    with pytest.raises(TrainingError, match="finite loss, found nan at epoch 1 of test"):
        minimise(
            lambda: [weight.sum() * float("nan")],
            [weight],
            FitSettings(1, 0, 3, Silent()),
            label="test",
            epochs=1,
            learning_rate=0.1,
        )


def test_graphs_do_not_disturb_each_other(graph: GeneGraph) -> None:
    other = planted_graph("b", seed=2)
    for name in ("gae", "vgae", "mae"):
        together = fit_baseline(name, [other, graph], epochs=3)
        assert np.array_equal(together[1], fit_baseline(name, [graph], epochs=3)[0])
