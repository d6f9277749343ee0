"""The network: sizes as published, weights shared as published."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse

from musegnn.model.attention import build_structure
from musegnn.model.network import CrossGraphTransformer, GraphShape
from musegnn.runs.kinds.published import PublishedNetworkSettings


@pytest.fixture
def network():
    """Three graphs: two of one label, one of another, all of different size."""
    torch.manual_seed(0)
    shapes = [
        GraphShape(20, 11, "scrna/blood"),
        GraphShape(25, 7, "scrna/blood"),
        GraphShape(30, 5, "scrna/lung"),
    ]
    return CrossGraphTransformer(shapes, PublishedNetworkSettings())


def ring(n_genes):
    """Adjacency of a ring."""
    edges = np.arange(n_genes)
    upper = sparse.csr_matrix(
        (np.ones(n_genes, bool), (edges, (edges + 1) % n_genes)), shape=(n_genes, n_genes)
    )
    return (upper + upper.T).astype(bool).tocsr()


def test_sizes_of_the_layers_are_the_published_ones(network):
    first = network.dataset_encoders[0].convolution
    shared = network.shared_encoders[0]
    assert first.lin_query.weight.shape == (128, 11)
    assert shared.convolution.lin_query.weight.shape == (64, 128)
    assert shared.output.lin_query.weight.shape == (32, 64)
    assert shared.residual.lin_query.weight.shape == (32, 128)


def test_decoder_is_sized_to_the_gene_count_of_its_dataset(network):
    for decoder, n_genes in zip(network.decoders, (20, 25, 30), strict=True):
        shapes = [tuple(m.weight.shape) for m in decoder.layers if hasattr(m, "weight")]
        assert shapes == [(n_genes, n_genes)] * 3


def test_graphs_of_one_label_share_an_encoder_and_others_do_not(network):
    assert network.labels == ["scrna/blood", "scrna/lung"]
    assert len(network.shared_encoders) == 2
    structure = build_structure(ring(20), torch.device("cpu"), "dense")
    network.encode(0, torch.randn(20, 11), structure).sum().backward()
    assert network.shared_encoders[0].output.lin_query.weight.grad is not None
    assert network.shared_encoders[1].output.lin_query.weight.grad is None
    assert network.dataset_encoders[1].convolution.lin_query.weight.grad is None


def test_permuting_genes_permutes_the_vectors(network):
    adjacency = ring(20)
    features = torch.randn(20, 11)
    order = np.random.default_rng(0).permutation(20)
    cpu = torch.device("cpu")
    with torch.no_grad():
        straight = network.encode(0, features, build_structure(adjacency, cpu, "dense"))
        permuted = network.encode(
            0, features[order], build_structure(adjacency[order][:, order], cpu, "dense")
        )
    assert torch.allclose(straight[order], permuted, atol=1e-5)


def test_encoding_equals_the_published_stack_built_from_pyg_layers(network):
    from torch_geometric.nn import GraphNorm, TransformerConv

    adjacency, features = ring(20), torch.randn(20, 11)
    rows, columns = adjacency.nonzero()
    edges = torch.as_tensor(np.stack([columns, rows]), dtype=torch.int64)
    dataset, shared = network.dataset_encoders[0], network.shared_encoders[0]

    def convolution(layer, in_width, out_width, heads):
        module = TransformerConv(in_width, out_width, heads=heads)
        module.load_state_dict(layer.state_dict())
        return module

    def norm(layer, width):
        module = GraphNorm(width)
        module.load_state_dict(layer.state_dict())
        return module

    mish = torch.nn.functional.mish
    with torch.no_grad():
        first = mish(
            norm(dataset.normalisation, 128)(
                convolution(dataset.convolution, 11, 32, 4)(features, edges)
            )
        )
        second = mish(
            norm(shared.normalisation, 64)(
                convolution(shared.convolution, 128, 32, 2)(first, edges)
            )
        )
        expected = convolution(shared.output, 64, 32, 1)(second, edges) + convolution(
            shared.residual, 128, 32, 1
        )(first, edges)
        found = network.encode(
            0, features, build_structure(adjacency, torch.device("cpu"), "dense")
        )
    assert torch.allclose(found, expected, atol=1e-5)
