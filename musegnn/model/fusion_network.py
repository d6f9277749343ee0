"""Network that fuses what several modalities know of a gene by masked attention."""

from __future__ import annotations

import torch
from torch import nn


class FusionNetwork(nn.Module):
    """One vector of several, whichever of them a gene has.

    Parameters
    ----------
    n_modalities
        M.
    width
        D, numbers in the vector of a gene in one modality.
    hidden
        Numbers in the projection of a modality.
    fused
        Numbers in the fused vector.
    generator
        Of the initial weights.

    References
    ----------
    Kidder, bioRxiv 2026.02.13.689089: ReLU projections of each modality, one attention logit of
    each by a shared vector, softmax, weighted sum, dense layer. Here a modality that a gene lacks
    is masked in the softmax and does not count as a vector of zeros.
    """

    def __init__(
        self, n_modalities: int, width: int, hidden: int, fused: int, generator: torch.Generator
    ) -> None:
        super().__init__()

        def drawn(*shape: int, fan_in: int) -> nn.Parameter:
            values = torch.randn(*shape, generator=generator)
            return nn.Parameter(values * (2 / fan_in) ** 0.5)

        self.projection = drawn(n_modalities, width, hidden, fan_in=width)
        self.projection_bias = nn.Parameter(torch.zeros(n_modalities, hidden))
        self.logit = drawn(hidden, fan_in=hidden)
        self.dense = drawn(hidden, fused, fan_in=hidden)
        self.dense_bias = nn.Parameter(torch.zeros(fused))
        self.decoder = drawn(n_modalities, fused, width, fan_in=2 * fused)

    def forward(
        self, vectors: torch.Tensor, present: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Fuse.

        Parameters
        ----------
        vectors
            `(B, M, D)`, rows of length 1 where the modality is present.
        present
            `(B, M)` bool, at least one true in each row.

        Returns
        -------
        Fused vectors `(B, fused)`, and the weights of the modalities `(B, M)`, 0 where one is
        missing, with sum 1.
        """
        projected = torch.einsum("bmd,mdh->bmh", vectors, self.projection) + self.projection_bias
        projected = torch.relu(projected)
        logits = (projected @ self.logit).masked_fill(~present, float("-inf"))
        weights = torch.softmax(logits, dim=1)
        mixed = torch.einsum("bm,bmh->bh", weights, projected)
        return mixed @ self.dense + self.dense_bias, weights

    def predict(self, fused: torch.Tensor) -> torch.Tensor:
        """Vectors of all modalities as told by fused ones, `(B, M, D)`."""
        return torch.einsum("bf,mfd->bmd", fused, self.decoder)
