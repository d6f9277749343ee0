"""What the training loop asks of a method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

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


@runtime_checkable
class Divisible(Protocol):
    """A method whose steps can be made smaller where memory does not suffice.

    Attributes
    ----------
    step_setting
        Name of the setting that says how much one step takes.
    least_step
        The least that a step can take.
    """

    step_setting: str
    least_step: int

    @property
    def step_size(self) -> int:
        """How much the largest step takes now."""

    def try_step(self, size: int) -> None:
        """Compute the gradients of a step of the largest parts of that number and forget them.

        Raises what a real step of that size would raise. Random draws are used up: for finding out
        what fits after a training has failed.
        """


@runtime_checkable
class Stepwise(Protocol):
    """A method that draws an epoch first, and then takes its steps on the device alone."""

    def draw_epoch(self) -> Sequence[object]:
        """Draw everything for one epoch, on the device in one piece."""

    def take_steps(self, steps: Sequence[object]) -> dict[str, torch.Tensor]:
        """Take the steps that were drawn; nothing goes to the device or comes back from it."""
