"""What is fused for speed gives the numbers and gradients of what is written plainly."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from musegnn.model.aligned_network import AlignedNetwork
from musegnn.model.attention import DenseStructure, attend, dense_structure
from musegnn.model.cosine_decoder import edge_questions_loss
from musegnn.model.losses import reconstruction_loss
from musegnn.model.network import EdgeDecoder
from musegnn.runs.kinds.aligned import AlignedNetworkSettings
from musegnn.runs.kinds.published import PublishedNetworkSettings

GENES = 12


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def draw_adjacency(generator, batch, share=0.3):
    """Symmetric random graphs; the last gene has no neighbour."""
    upper = torch.triu(torch.rand(batch, GENES, GENES, generator=generator) < share, diagonal=1)
    upper[:, :, -1] = False
    return upper | upper.transpose(1, 2)


def with_gradients(call, *tensors):
    """Value and gradients of a scalar function."""
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    value = call(*leaves)
    value.backward()
    return [value.detach(), *(leaf.grad for leaf in leaves)]


def expect_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("heads", [1, 4])
def test_a_batch_attends_as_its_graphs_alone_and_as_plain_softmax(generator, heads):
    adjacency = draw_adjacency(generator, 3)
    parts = [torch.randn(3, GENES, heads, 8, generator=generator) for _ in range(3)]
    probe = torch.randn(3, GENES, heads, 8, generator=generator)
    structure = dense_structure(adjacency)

    def batched(*parts):
        return (attend(*parts, structure) * probe).sum()

    def one_by_one(*parts):
        alone = [DenseStructure(structure.bias[i], structure.has_neighbour[i]) for i in range(3)]
        outs = [attend(*(part[i] for part in parts), alone[i]) for i in range(3)]
        return (torch.stack(outs) * probe).sum()

    def plain(query, key, value):
        score = torch.einsum("bihd,bjhd->bhij", query, key) / 8**0.5
        allowed = adjacency[:, None].expand_as(score)
        weight = torch.where(allowed, score, -1e30).softmax(-1) * allowed
        return (torch.einsum("bhij,bjhd->bihd", weight, value) * probe).sum()

    expected = with_gradients(plain, *parts)
    expect_same(with_gradients(batched, *parts), expected)
    expect_same(with_gradients(one_by_one, *parts), expected)


@pytest.mark.parametrize("width", [None, 5])
def test_the_decoder_equals_its_layers_on_the_whole_matrix_of_products(generator, width):
    decoder = EdgeDecoder(GENES, PublishedNetworkSettings(decoder_width=width))
    vectors = torch.randn(GENES, 3, generator=generator)
    probe = torch.randn(GENES, GENES, generator=generator)

    def gradients(call):
        decoder.zero_grad()
        found = with_gradients(lambda z: (call(z) * probe).sum(), vectors)
        return [*found, *(weight.grad.clone() for weight in decoder.parameters())]

    expect_same(gradients(decoder), gradients(lambda z: decoder.layers(z @ z.T)))


def test_the_loss_of_the_cosine_decoder_equals_cross_entropy_of_its_logits(generator):
    adjacency = draw_adjacency(generator, 2)
    asked = draw_adjacency(generator, 2, share=0.7)
    network = AlignedNetwork(4, torch.eye(4), 2, GENES, AlignedNetworkSettings(embedding_width=4))
    unit = functional.normalize(torch.randn(2, GENES, 4, generator=generator), dim=-1)
    bias = torch.randn(2, GENES, generator=generator)
    given = (unit, torch.tensor(3.0), bias)

    def plain(unit, scale, bias):
        logits = scale * (unit @ unit.transpose(1, 2)) + bias[:, :, None] + bias[:, None, :]
        weight = asked * (1 + 4 * adjacency.float())
        return 0.7 * reconstruction_loss(logits, adjacency.float(), weight)

    def fused(unit, scale, bias):
        return 0.7 * edge_questions_loss(unit, scale, bias, adjacency, asked, edge_weight=5.0)

    expect_same(with_gradients(fused, *given), with_gradients(plain, *given))
    # and the decoder of the network means the same logits
    logits = network.decode(unit, torch.arange(2))
    found = edge_questions_loss(
        unit, network.decoder_scale, network.decoder_bias, adjacency, asked, edge_weight=1.0
    )
    expected = reconstruction_loss(logits, adjacency.float(), asked.float())
    torch.testing.assert_close(found, expected)


def test_a_group_in_which_nothing_is_asked_has_no_loss(generator):
    adjacency = draw_adjacency(generator, 1)
    unit = torch.randn(1, GENES, 4, generator=generator).requires_grad_()
    loss = edge_questions_loss(
        unit,
        torch.tensor(1.0),
        torch.zeros(1, GENES),
        adjacency,
        torch.zeros_like(adjacency),
        edge_weight=5.0,
    )
    loss.backward()
    assert loss.item() == 0
    assert not unit.grad.any()
