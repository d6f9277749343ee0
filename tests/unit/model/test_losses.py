"""Each loss term against a version written as loops."""

from __future__ import annotations

import math

import pytest
import torch

from musegnn.model.losses import contrastive_loss, reconstruction_loss, weighted_similarity_loss


@pytest.fixture
def vectors():
    """Two sets of five vectors."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(5, 4, generator=generator), torch.randn(5, 4, generator=generator)


def cosine(a, b):
    """Cosine of two vectors."""
    return float(a @ b / (a.norm() * b.norm()))


def test_reconstruction_is_the_mean_cross_entropy_over_pairs_of_different_genes():
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(6, 6, generator=generator)
    adjacency = (torch.rand(6, 6, generator=generator) < 0.4).float()
    total = 0.0
    for i in range(6):
        for j in range(6):
            if i != j:
                p = 1 / (1 + math.exp(-float(logits[i, j])))
                total -= math.log(p) if adjacency[i, j] else math.log(1 - p)
    assert float(reconstruction_loss(logits, adjacency)) == pytest.approx(total / 30, rel=1e-5)


def test_reconstruction_does_not_look_at_the_diagonal():
    logits = torch.zeros(4, 4)
    adjacency = torch.zeros(4, 4)
    changed = reconstruction_loss(logits + 5 * torch.eye(4), adjacency)
    assert float(changed) == pytest.approx(float(reconstruction_loss(logits, adjacency)), rel=1e-5)


def test_similarity_is_the_weighted_mean_cosine(vectors):
    a, b = vectors
    weight = torch.tensor([0.1, 0.0, 1.0, 0.5, 0.3])
    expected = -sum(float(w) * cosine(x, y) for w, x, y in zip(weight, a, b, strict=True)) / 5
    assert float(weighted_similarity_loss(a, b, weight)) == pytest.approx(expected, rel=1e-5)


def test_contrastive_equals_nt_xent_written_as_loops(vectors):
    anchors, positives = vectors
    everything = torch.cat([anchors, positives])
    total = 0.0
    for i in range(10):
        partner = (i + 5) % 10
        denominator = sum(
            math.exp(cosine(everything[i], everything[j]) / 0.07) for j in range(10) if j != i
        )
        total -= math.log(math.exp(cosine(everything[i], everything[partner]) / 0.07) / denominator)
    assert float(contrastive_loss(anchors, positives, 0.07)) == pytest.approx(total / 10, rel=1e-4)


def test_empty_pairs_give_a_zero_that_still_has_a_gradient():
    empty = torch.zeros(0, 3, requires_grad=True)
    loss = weighted_similarity_loss(empty, empty, torch.zeros(0)) + contrastive_loss(
        empty, empty, 0.07
    )
    loss.backward()
    assert float(loss.detach()) == 0
    assert empty.grad is not None
