"""Loss of the cosine decoder over a batch of graphs, in the memory of one graph."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional


def edge_questions_loss(
    unit: torch.Tensor,
    scale: torch.Tensor,
    bias: torch.Tensor,
    adjacency: torch.Tensor,
    asked: torch.Tensor,
    *,
    edge_weight: float,
) -> torch.Tensor:
    r"""Weighted binary cross-entropy of the logits :math:`s u_i \cdot u_j + b_i + b_j`, scalar.

    Parameters
    ----------
    unit
        `(B, G, D)` unit vectors.
    scale
        s, scalar.
    bias
        b, `(B, G)`.
    adjacency
        `(B, G, G)` bool, symmetric, True for an edge.
    asked
        `(B, G, G)` bool, symmetric, False for pairs that must teach nothing.
    edge_weight
        Weight of an edge against a non-edge.
    """
    return _EdgeQuestions.apply(unit, scale, bias, adjacency, asked, edge_weight)


class _EdgeQuestions(torch.autograd.Function):
    """The logits of one graph serve loss and gradient at once and are then forgotten."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> torch.Tensor:
        """Compute the loss, and the gradients while the logits are at hand."""
        unit, scale, bias, adjacency, asked, edge_weight = given
        total, weight_sum = unit.new_zeros(()), unit.new_zeros(())
        by_unit, by_bias = torch.empty_like(unit), torch.empty_like(bias)
        by_scale = torch.zeros_like(scale)
        for i in range(len(unit)):
            edge = adjacency[i].to(unit.dtype)
            weight = (edge * (edge_weight - 1)).add_(1).mul_(asked[i])  # (G, G)
            logits = torch.addcmul(bias[i][:, None] + bias[i], unit[i] @ unit[i].T, scale)
            slope = torch.sigmoid(logits).sub_(edge).mul_(weight)
            # softplus(x) - x y is the cross-entropy of a logit x
            total += functional.softplus(logits).sub_(logits.mul_(edge)).mul_(weight).sum()
            weight_sum += weight.sum()
            by_unit[i], by_bias[i] = slope @ unit[i], slope.sum(dim=1)
            by_scale += (by_unit[i] * unit[i]).sum()
        weight_sum.clamp_(min=1)
        # a pair stands twice in a symmetric matrix: as row and as column of each of its genes
        ctx.save_for_backward(
            by_unit.mul_(2 * scale / weight_sum),
            by_scale / weight_sum,
            by_bias.mul_(2 / weight_sum),
        )
        return total / weight_sum

    @staticmethod
    def backward(ctx: Any, *outer: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Scale the gradients found before."""
        return *(gradient * outer[0] for gradient in ctx.saved_tensors), None, None, None
