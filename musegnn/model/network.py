"""The cross-graph transformer: encoders for datasets and labels, one edge decoder per dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import nn
from torch.nn import functional

from musegnn.model.attention import Structure
from musegnn.model.layers import GraphNormalisation, TransformerConvolution
from musegnn.runs.kinds.published import PublishedNetworkSettings


@dataclass(frozen=True)
class GraphShape:
    """What the network must know of a graph: gene count G, feature width F and label."""

    n_genes: int
    n_features: int
    label: str


class DatasetEncoder(nn.Module):
    """First layer of one dataset: Mish(GraphNorm(TransformerConv(F -> width, heads)))."""

    def __init__(self, n_features: int, config: PublishedNetworkSettings) -> None:
        super().__init__()
        width = config.dataset_width * config.dataset_heads
        self.convolution = TransformerConvolution(
            n_features, config.dataset_width, config.dataset_heads
        )
        self.normalisation = GraphNormalisation(width)

    def forward(self, features: torch.Tensor, structure: Structure) -> torch.Tensor:
        """Encode `(G, F)` features to `(G, heads * width)`."""
        return functional.mish(self.normalisation(self.convolution(features, structure)))


class SharedEncoder(nn.Module):
    """Layers shared by all datasets of one modality and tissue; a residual branch skips one."""

    def __init__(self, config: PublishedNetworkSettings) -> None:
        super().__init__()
        in_width = config.dataset_width * config.dataset_heads
        width = config.shared_width * config.shared_heads
        self.convolution = TransformerConvolution(
            in_width, config.shared_width, config.shared_heads
        )
        self.normalisation = GraphNormalisation(width)
        self.output = TransformerConvolution(width, config.embedding_width)
        self.residual = TransformerConvolution(in_width, config.embedding_width)

    def forward(self, hidden: torch.Tensor, structure: Structure) -> torch.Tensor:
        """Encode `(G, heads * width)` to gene vectors `(G, D)`."""
        deeper = functional.mish(self.normalisation(self.convolution(hidden, structure)))
        return self.output(deeper, structure) + self.residual(hidden, structure)


class EdgeDecoder(nn.Module):
    """Edge logits of one dataset from the rows of Z Zt by three linear layers with Mish."""

    def __init__(self, n_genes: int, config: PublishedNetworkSettings) -> None:
        super().__init__()
        width = config.decoder_width or n_genes
        self.layers = nn.Sequential(
            nn.Linear(n_genes, width),
            nn.Mish(),
            nn.Linear(width, width),
            nn.Mish(),
            nn.Linear(width, n_genes),
        )

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Decode `(G, D)` gene vectors to `(G, G)` logits."""
        # (Z Zt) Wt = Z (W Z)t takes D / G of the products
        first = cast("nn.Linear", self.layers[0])
        hidden = functional.linear(vectors, first.weight @ vectors, first.bias)  # (G, width)
        return self.layers[1:](hidden)


class CrossGraphTransformer(nn.Module):
    """MuSe-GNN: graphs meet through weights shared within a label and through the losses.

    Parameters
    ----------
    shapes
        One entry a graph, in a fixed order.
    config
        Sizes.

    References
    ----------
    Liu et al., NeurIPS 2023, arXiv 2310.02275, section 3; `EdgeDecoder` is sized to each dataset's
    gene count where the reference code fixes 1000.
    """

    def __init__(self, shapes: list[GraphShape], config: PublishedNetworkSettings) -> None:
        super().__init__()
        self.labels = sorted({shape.label for shape in shapes})
        self._label_of = [self.labels.index(shape.label) for shape in shapes]
        self.dataset_encoders = nn.ModuleList(
            DatasetEncoder(shape.n_features, config) for shape in shapes
        )
        self.shared_encoders = nn.ModuleList(SharedEncoder(config) for _ in self.labels)
        self.decoders = nn.ModuleList(EdgeDecoder(shape.n_genes, config) for shape in shapes)

    def encode(self, graph: int, features: torch.Tensor, structure: Structure) -> torch.Tensor:
        """Encode graph number `graph`: `(G, F)` features to `(G, D)` vectors."""
        hidden = self.dataset_encoders[graph](features, structure)
        return self.shared_encoders[self._label_of[graph]](hidden, structure)

    def decode(self, graph: int, vectors: torch.Tensor) -> torch.Tensor:
        """Decode vectors `(G, D)` of graph number `graph` to edge logits `(G, G)`."""
        return self.decoders[graph](vectors)
