"""What the trained baselines share: graph convolution, seeded weights, one optimiser loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from scipy import sparse
from torch import nn

from musegnn.baselines.inputs import FitSettings, generator_for
from musegnn.errors import TrainingError


def normalised_adjacency(adjacency: sparse.csr_matrix) -> torch.Tensor:
    r"""Return :math:`D^{-1/2} (A + I) D^{-1/2}` with D the row sums of A + I, `(G, G)` float32.

    References
    ----------
    Kipf & Welling, ICLR 2017, equation 2.
    """
    # dense, as graphs hold about a thousand genes: the product costs a few milliseconds
    with_loops = adjacency.toarray().astype(np.float64) + np.eye(adjacency.shape[0])
    scale = 1 / np.sqrt(with_loops.sum(axis=1))
    return torch.as_tensor(with_loops * scale[:, None] * scale[None, :], dtype=torch.float32)


def glorot(rows: int, columns: int, generator: torch.Generator) -> nn.Parameter:
    """Draw weights `(rows, columns)` uniformly within sqrt(6 / (rows + columns)) of 0."""
    weight = torch.empty(rows, columns)
    nn.init.xavier_uniform_(weight, generator=generator)
    return nn.Parameter(weight)


class GraphConvolution(nn.Module):
    r"""Graph convolution :math:`\hat A X W + b`.

    Parameters
    ----------
    in_width, out_width
        Columns of X and of the output.
    generator
        Draws the initial W; b starts at 0.

    References
    ----------
    Kipf & Welling, ICLR 2017.
    """

    def __init__(self, in_width: int, out_width: int, generator: torch.Generator) -> None:
        super().__init__()
        self.weight = glorot(in_width, out_width, generator)
        self.bias = nn.Parameter(torch.zeros(out_width))

    def forward(self, features: torch.Tensor, adjacency: torch.Tensor) -> torch.Tensor:
        """Convolve `(G, in_width)` to `(G, out_width)`; `adjacency` is the normalised one."""
        return adjacency @ (features @ self.weight) + self.bias


def torch_generator(seed: int, *labels: str) -> torch.Generator:
    """Return a generator on the CPU that depends on the seed and the labels alone."""
    number = int(generator_for(seed, *labels).integers(2**63))
    return torch.Generator().manual_seed(number)


def minimise(
    losses: Callable[[], Iterable[torch.Tensor]],
    weights: Iterable[nn.Parameter],
    settings: FitSettings,
    *,
    label: str,
    epochs: int,
    learning_rate: float,
) -> None:
    """Take Adam steps on losses that are computed anew each epoch.

    Parameters
    ----------
    losses
        Called once an epoch; each scalar that it yields is one step, taken before the next is
        computed.
    weights
        All weights to learn.
    settings
        Whose `epochs`, if given, replace the default, and whose progress is told.
    label
        What the progress shows.
    epochs
        Default number of epochs.
    learning_rate
        Of Adam.

    Raises
    ------
    TrainingError
        If a loss is not finite.
    """
    optimiser = torch.optim.Adam(weights, lr=learning_rate)
    epochs = settings.epochs or epochs
    settings.progress.start(label, epochs)
    for epoch in range(1, epochs + 1):
        total = 0.0
        for loss in losses():
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            total += float(loss.detach())
        if not np.isfinite(total):
            msg = f"Expected a finite loss, found {total} at epoch {epoch} of {label}."
            raise TrainingError(msg, "Check the features of the graphs for huge values.")
        settings.progress.advance(f"loss {total:.4f}")
    settings.progress.finish()
