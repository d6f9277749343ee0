"""Graph autoencoders, plain and variational: two convolutions, edges from inner products."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from musegnn.baselines.graph_convolution import (
    GraphConvolution,
    minimise,
    normalised_adjacency,
    torch_generator,
)
from musegnn.baselines.inputs import FitSettings, known_pairs, scaled_features
from musegnn.graphs.gene_graph import GeneGraph

HIDDEN_WIDTH = 64
EPOCHS = 200
LEARNING_RATE = 0.01
LARGEST_LOG_DEVIATION = 10.0  # beyond it the exponential overflows


def fit_gae(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Train one graph autoencoder a dataset; vectors of different datasets do not share a space.

    References
    ----------
    Kipf & Welling, NeurIPS workshop 2016 (arXiv 1611.07308): 200 epochs of Adam at .01.
    """
    return [_fit(graph, settings, "gae", GraphAutoencoder) for graph in graphs]


def fit_vgae(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Train one variational graph autoencoder a dataset; the vectors are the means.

    References
    ----------
    Kipf & Welling, NeurIPS workshop 2016 (arXiv 1611.07308).
    """
    return [_fit(graph, settings, "vgae", VariationalGraphAutoencoder) for graph in graphs]


class GraphAutoencoder(nn.Module):
    """Encoder GCN(ReLU(GCN(X))).

    Parameters
    ----------
    n_features, width
        Columns of the features and of the gene vectors.
    generator
        Draws the initial weights.
    """

    def __init__(self, n_features: int, width: int, generator: torch.Generator) -> None:
        super().__init__()
        self.first = GraphConvolution(n_features, HIDDEN_WIDTH, generator)
        self.second = GraphConvolution(HIDDEN_WIDTH, width, generator)

    def forward(self, features: torch.Tensor, adjacency: torch.Tensor) -> torch.Tensor:
        """Encode `(G, F)` to gene vectors `(G, D)`."""
        hidden = functional.relu(self.first(features, adjacency))
        return self.second(hidden, adjacency)

    def loss(self, inputs: EdgeInputs, generator: torch.Generator) -> torch.Tensor:
        """Reconstruction error; the generator serves models that draw."""
        return edge_loss(self(inputs.features, inputs.adjacency), inputs)


class VariationalGraphAutoencoder(GraphAutoencoder):
    """The same with a normal distribution for each gene; `forward` gives its mean.

    Parameters
    ----------
    n_features, width
        Columns of the features and of the gene vectors.
    generator
        Draws the initial weights.
    """

    def __init__(self, n_features: int, width: int, generator: torch.Generator) -> None:
        super().__init__(n_features, width, generator)
        self.spread = GraphConvolution(HIDDEN_WIDTH, width, generator)

    def distribution(
        self, features: torch.Tensor, adjacency: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log standard deviation, `(G, D)` each."""
        hidden = functional.relu(self.first(features, adjacency))
        log_deviation = self.spread(hidden, adjacency).clamp(max=LARGEST_LOG_DEVIATION)
        return self.second(hidden, adjacency), log_deviation

    def loss(self, inputs: EdgeInputs, generator: torch.Generator) -> torch.Tensor:
        """Reconstruction error of a draw, plus the divergence divided by the number of genes."""
        mean, log_deviation = self.distribution(inputs.features, inputs.adjacency)
        noise = torch.randn(mean.shape, generator=generator)
        drawn = mean + noise * log_deviation.exp()
        return edge_loss(drawn, inputs) + normal_divergence(mean, log_deviation) / len(mean)


@dataclass(frozen=True)
class EdgeInputs:
    """One graph as tensors.

    Parameters
    ----------
    features
        `(G, F)` scaled features.
    adjacency
        `(G, G)` normalised, with self-loops.
    positive, negative
        `(G, G)` float: known edges and known non-edges, each summing to 1, so that both count
        alike however sparse the graph is; all 0 where there are none.
    """

    features: torch.Tensor
    adjacency: torch.Tensor
    positive: torch.Tensor
    negative: torch.Tensor

    @classmethod
    def of(cls, graph: GeneGraph) -> EdgeInputs:
        """Prepare a graph."""
        known = known_pairs(graph)
        edges = graph.adjacency.toarray().astype(bool)
        return cls(
            features=torch.as_tensor(scaled_features(graph)),
            adjacency=normalised_adjacency(graph.adjacency),
            positive=_share(edges & known),
            negative=_share(~edges & known),
        )


def _share(chosen: np.ndarray) -> torch.Tensor:
    """Give each chosen pair the same weight, 1 in all."""
    return torch.as_tensor(chosen / max(int(chosen.sum()), 1), dtype=torch.float32)


def edge_loss(vectors: torch.Tensor, inputs: EdgeInputs) -> torch.Tensor:
    r"""Binary cross-entropy of inner products over all known pairs, edges and non-edges balanced.

    :math:`L = -\overline{\log \sigma(z_i z_j)}_{edges} -
    \overline{\log(1 - \sigma(z_i z_j))}_{non-edges}`, which is, up to a factor, the weighted
    cross-entropy of the paper. No pair is sampled.
    """
    logits = vectors @ vectors.T
    positive = functional.softplus(-logits) * inputs.positive
    negative = functional.softplus(logits) * inputs.negative
    return positive.sum() + negative.sum()


def normal_divergence(mean: torch.Tensor, log_deviation: torch.Tensor) -> torch.Tensor:
    """Kullback-Leibler divergence from the standard normal, mean over genes, sum over columns."""
    inner = 1 + 2 * log_deviation - mean.square() - (2 * log_deviation).exp()
    return -0.5 * inner.sum(dim=1).mean()


def _fit(
    graph: GeneGraph,
    settings: FitSettings,
    label: str,
    make: Callable[[int, int, torch.Generator], GraphAutoencoder],
) -> np.ndarray:
    """Train one model on one graph and encode it, `(G, D)`."""
    generator = torch_generator(settings.seed, label, graph.name)
    inputs = EdgeInputs.of(graph)
    model = make(inputs.features.shape[1], settings.width, generator)

    def losses() -> Iterator[torch.Tensor]:
        yield model.loss(inputs, generator)

    minimise(
        losses,
        model.parameters(),
        settings,
        label=f"{label} {graph.name}",
        epochs=EPOCHS,
        learning_rate=LEARNING_RATE,
    )
    with torch.no_grad():
        return model(inputs.features, inputs.adjacency).numpy()
