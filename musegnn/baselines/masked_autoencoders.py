"""Masked autoencoders: hide the features of some genes, predict them from the graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from musegnn.baselines.graph_convolution import (
    GraphConvolution,
    glorot,
    minimise,
    normalised_adjacency,
    torch_generator,
)
from musegnn.baselines.inputs import FitSettings, generator_for, scaled_features
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.graph_pairs import GraphPair, relate_graphs
from musegnn.model.losses import weighted_similarity_loss

HIDDEN_WIDTH = 64
EPOCHS = 200
LEARNING_RATE = 0.005
MASKED_SHARE = 0.5
ERROR_EXPONENT = 2.0


def fit_mae(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Train one masked autoencoder a dataset; vectors of datasets do not share a space.

    References
    ----------
    Hou et al., GraphMAE, KDD 2022 (arXiv 2205.10803), with graph convolutions.
    """
    return [_fit_together([graph], settings, "mae")[0] for graph in graphs]


def fit_wsmae(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Train masked autoencoders of all datasets together, with the weighted similarity term.

    Each step draws a partner for a graph and pulls the vectors of common genes together, each by
    the overlap of its neighbours' names in the two graphs.

    References
    ----------
    Liu et al., NeurIPS 2023, arXiv 2310.02275 (baseline WSMAE and similarity term).
    """
    return _fit_together(graphs, settings, "wsmae")


@dataclass(frozen=True)
class FeatureInputs:
    """Features `(G, F)` and normalised adjacency `(G, G)` of one graph."""

    features: torch.Tensor
    adjacency: torch.Tensor

    @classmethod
    def of(cls, graph: GeneGraph) -> FeatureInputs:
        """Prepare a graph."""
        features = torch.as_tensor(scaled_features(graph))
        return cls(features, normalised_adjacency(graph.adjacency))


class MaskedAutoencoder(nn.Module):
    """Two convolutions to the gene vectors, one from them back to the features.

    Parameters
    ----------
    n_features, width
        Columns of the features and of the gene vectors.
    generator
        Draws the initial weights.
    """

    def __init__(self, n_features: int, width: int, generator: torch.Generator) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(n_features))
        self.first = GraphConvolution(n_features, HIDDEN_WIDTH, generator)
        self.second = GraphConvolution(HIDDEN_WIDTH, width, generator)
        self.bridge = glorot(width, width, generator)
        self.decoder = GraphConvolution(width, n_features, generator)

    def forward(self, features: torch.Tensor, adjacency: torch.Tensor) -> torch.Tensor:
        """Encode `(G, F)` to gene vectors `(G, D)`."""
        return self.second(functional.elu(self.first(features, adjacency)), adjacency)

    def reconstruct(self, inputs: FeatureInputs, is_masked: torch.Tensor) -> torch.Tensor:
        """Predict features `(G, F)` from those of the genes that are not masked.

        Masked genes enter with the learned token, and their vectors are blanked again before
        decoding, so that they are told by their neighbours alone.
        """
        hidden = is_masked[:, None]
        seen = torch.where(hidden, self.token, inputs.features)
        vectors = self(seen, inputs.adjacency) @ self.bridge
        return self.decoder(vectors.masked_fill(hidden, 0.0), inputs.adjacency)

    def loss(self, inputs: FeatureInputs, is_masked: torch.Tensor) -> torch.Tensor:
        """Error on the masked genes against their true features."""
        predicted = self.reconstruct(inputs, is_masked)
        return scaled_cosine_error(predicted[is_masked], inputs.features[is_masked])


def scaled_cosine_error(
    predicted: torch.Tensor, target: torch.Tensor, exponent: float = ERROR_EXPONENT
) -> torch.Tensor:
    r"""Mean over rows of :math:`(1 - \cos(\hat x, x))^\gamma`, 0 (equal directions) to 2^gamma.

    References
    ----------
    Hou et al., GraphMAE, KDD 2022 (arXiv 2205.10803), scaled cosine error.
    """
    cosine = functional.cosine_similarity(predicted, target, dim=1)
    return (1 - cosine).clamp_min(0).pow(exponent).mean()


class _MaskedTrainer:
    """Models of all graphs of one training, and what they draw."""

    def __init__(self, graphs: Sequence[GeneGraph], settings: FitSettings, label: str) -> None:
        self.graphs = graphs
        self.inputs = [FeatureInputs.of(graph) for graph in graphs]
        names = [label, *(graph.name for graph in graphs)]
        self.rng = generator_for(settings.seed, *names, "draws")
        generator = torch_generator(settings.seed, *names)
        self.models = [
            MaskedAutoencoder(own.features.shape[1], settings.width, generator)
            for own in self.inputs
        ]
        self.pairs: dict[tuple[int, int], GraphPair] = {}

    def losses(self) -> Iterator[torch.Tensor]:
        """One loss for each graph, with another graph as partner where there is one."""
        for i, model in enumerate(self.models):
            loss = model.loss(self.inputs[i], self._draw_mask(i))
            if len(self.graphs) > 1:
                partner = (i + int(self.rng.integers(1, len(self.graphs)))) % len(self.graphs)
                loss = loss + self._similarity(i, partner)
            yield loss

    def encode(self, i: int) -> torch.Tensor:
        """Encode graph number i without any mask, `(G, D)`."""
        return self.models[i](self.inputs[i].features, self.inputs[i].adjacency)

    def _draw_mask(self, i: int) -> torch.Tensor:
        """Choose the genes to mask, `(G,)` bool: half of them, at least one."""
        n_genes = self.graphs[i].n_genes
        chosen = self.rng.permutation(n_genes)[: max(round(MASKED_SHARE * n_genes), 1)]
        is_masked = torch.zeros(n_genes, dtype=torch.bool)
        is_masked[torch.as_tensor(chosen)] = True
        return is_masked

    def _similarity(self, i: int, j: int) -> torch.Tensor:
        """Weighted similarity term of two graphs."""
        if (i, j) not in self.pairs:
            self.pairs[i, j] = relate_graphs(self.graphs[i], self.graphs[j])
        pair = self.pairs[i, j]
        parts = (pair.common, pair.partner_common, pair.overlap)
        own, partner, overlap = map(torch.as_tensor, parts)
        return weighted_similarity_loss(self.encode(i)[own], self.encode(j)[partner], overlap)


def _fit_together(
    graphs: Sequence[GeneGraph], settings: FitSettings, label: str
) -> list[np.ndarray]:
    """Train the models of some graphs at once and encode them, `(G, D)` each."""
    trainer = _MaskedTrainer(graphs, settings, label)
    minimise(
        trainer.losses,
        [weight for model in trainer.models for weight in model.parameters()],
        settings,
        label=label if len(graphs) > 1 else f"{label} {graphs[0].name}",
        epochs=EPOCHS,
        learning_rate=LEARNING_RATE,
    )
    with torch.no_grad():
        return [trainer.encode(i).numpy() for i in range(len(graphs))]
