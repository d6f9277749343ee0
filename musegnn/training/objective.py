"""What the training loop asks of a method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import nn

LOSS = "loss"  # the sum that is minimised stands beside its terms


class Objective(Protocol):
    """Weights, optimiser state and random draws of one training: all that changes.

    Attributes
    ----------
    rng
        Source of draws that are made with numpy.
    generator
        Source of draws that are made with torch; None when there are none.
    """

    rng: np.random.Generator
    generator: torch.Generator | None

    @property
    def network(self) -> nn.Module:
        """Every weight."""

    @property
    def optimiser(self) -> torch.optim.Optimizer:
        """Over all weights."""

    def run_epoch(self) -> dict[str, torch.Tensor]:
        """Take the steps of one epoch; return the mean of `loss` and of each term, scalars."""

    def encode(self, numbers: Sequence[int] | None = None) -> list[np.ndarray]:
        """Encode each graph, or those of some numbers, without gradients; `(G, D)` float32 each."""
