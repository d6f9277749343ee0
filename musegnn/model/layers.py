"""Layers of the encoder: transformer convolution over a gene graph, graph normalisation."""

from __future__ import annotations

import torch
from torch import nn

from musegnn.model.attention import Structure, attend


class TransformerConvolution(nn.Module):
    r"""Multi-head dot-product attention over graph neighbours with a root term.

    :math:`x'_i = W_0 x_i + \Vert_h \sum_{j \in N(i)} \alpha^h_{ij} W_v^h x_j` with
    :math:`\alpha^h_{ij} = softmax_j((W_q^h x_i) \cdot (W_k^h x_j) / \sqrt{d})`.

    Parameters
    ----------
    in_width
        Input features F.
    out_width
        Features of one head d.
    heads
        Number of heads H; outputs are concatenated.

    References
    ----------
    Shi et al., IJCAI 2021, equations 3-4; names of the weights as in PyTorch Geometric.
    """

    def __init__(self, in_width: int, out_width: int, heads: int = 1) -> None:
        super().__init__()
        self.heads, self.out_width = heads, out_width
        self.lin_query = nn.Linear(in_width, heads * out_width)
        self.lin_key = nn.Linear(in_width, heads * out_width)
        self.lin_value = nn.Linear(in_width, heads * out_width)
        self.lin_skip = nn.Linear(in_width, heads * out_width)

    def forward(self, features: torch.Tensor, structure: Structure) -> torch.Tensor:
        """Convolve `(..., G, F)` features to `(..., G, H * d)`."""
        shape = (*features.shape[:-1], self.heads, self.out_width)
        attended = attend(
            self.lin_query(features).view(shape),  # (..., G, H, d)
            self.lin_key(features).view(shape),
            self.lin_value(features).view(shape),
            structure,
        )
        return attended.flatten(-2) + self.lin_skip(features)  # (..., G, H * d)


class GraphNormalisation(nn.Module):
    r"""Normalise each feature over the genes of one graph, with a learned share of the mean.

    :math:`x' = \gamma (x - \alpha \bar x) / \sqrt{Var(x - \alpha \bar x) + \epsilon} + \beta`

    References
    ----------
    Cai et al., ICML 2021; names of the weights as in PyTorch Geometric.
    """

    def __init__(self, width: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.mean_scale = nn.Parameter(torch.ones(width))

    def forward(self, features: torch.Tensor, present: torch.Tensor | None = None) -> torch.Tensor:
        """Normalise `(..., G, F)` over G; `present` `(..., G, 1)` is 0 for padded genes."""
        # means of bfloat16 over a thousand genes would be coarse
        features = features.to(torch.promote_types(features.dtype, torch.float32))
        if present is None:
            present = torch.ones_like(features[..., :1])
        n_genes = present.sum(dim=-2, keepdim=True)
        mean = (features * present).sum(dim=-2, keepdim=True) / n_genes
        centred = (features - mean * self.mean_scale) * present
        variance = centred.square().sum(dim=-2, keepdim=True) / n_genes
        return self.weight * centred / (variance + self.epsilon).sqrt() + self.bias
