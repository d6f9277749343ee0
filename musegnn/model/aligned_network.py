"""Network of the preset `default`: aligned features, corrected by attention over the gene graph."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from musegnn.model.attention import Structure
from musegnn.model.layers import GraphNormalisation, TransformerConvolution
from musegnn.runs.kinds.aligned import AlignedNetworkSettings


class AlignedNetwork(nn.Module):
    """One encoder for all graphs: a linear map of aligned features plus a learned correction.

    z = P x + TransformerConv(Mish(GraphNorm(TransformerConv(x))))

    Since features are aligned before training, all graphs share every weight, so the number of
    weights does not grow with datasets or genes, except for one bias a gene in the decoder.

    Parameters
    ----------
    n_features
        Width F of the aligned features.
    projection
        `(F, D)` start of P.
    n_graphs, n_genes
        Number of graphs and of genes in the largest one.
    config
        Sizes.
    """

    def __init__(
        self,
        n_features: int,
        projection: torch.Tensor,
        n_graphs: int,
        n_genes: int,
        config: AlignedNetworkSettings,
    ) -> None:
        super().__init__()
        hidden = config.width * config.heads
        self.projection = nn.Linear(n_features, config.embedding_width, bias=False)
        self.convolution = TransformerConvolution(n_features, config.width, config.heads)
        self.normalisation = GraphNormalisation(hidden)
        self.correction = TransformerConvolution(hidden, config.embedding_width)
        self.decoder_scale = nn.Parameter(torch.tensor(5.0))
        self.decoder_bias = nn.Parameter(torch.full((n_graphs, n_genes), -1.0))
        with torch.no_grad():
            self.projection.weight.copy_(projection.T)
            # training starts at the aligned features, a tenth of a correction added
            for layer in (self.correction.lin_value, self.correction.lin_skip):
                layer.weight.mul_(0.1)
                layer.bias.zero_()

    def encode(
        self,
        features: torch.Tensor,
        structure: Structure,
        present: torch.Tensor,
        kept: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> torch.Tensor:
        """Encode a batch of graphs.

        Parameters
        ----------
        features
            `(B, G, F)`, padded with rows of zeros.
        structure
            Neighbourhoods; padded genes have none.
        present
            `(B, G, 1)` float, 0 for padded genes.
        kept
            Dropout masks for features `(B, G, F)` and hidden layer `(B, G, H)`, already scaled;
            None leaves everything in, as after training.

        Returns
        -------
        `(B, G, D)` gene vectors.
        """
        seen = features if kept is None else features * kept[0]
        hidden = functional.mish(self.normalisation(self.convolution(seen, structure), present))
        if kept is not None:
            hidden = hidden * kept[1]
        return self.projection(features) + self.correction(hidden, structure)

    def decode(self, unit: torch.Tensor, graphs: torch.Tensor) -> torch.Tensor:
        """Edge logits `(B, G, G)` from unit vectors: scaled cosine plus a bias of both genes."""
        bias = self.decoder_bias[graphs][:, : unit.shape[1]]
        logits = self.decoder_scale * (unit @ unit.transpose(1, 2))
        return logits + bias[:, :, None] + bias[:, None, :]
