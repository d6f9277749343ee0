"""The MuSe-GNN network as it is drawn, before its first step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from musegnn.baselines.graph_convolution import torch_generator
from musegnn.baselines.inputs import FitSettings, scaled_features
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.model.attention import build_structure
from musegnn.model.network import CrossGraphTransformer, GraphShape
from musegnn.runs.kinds.published import PublishedNetworkSettings

DECODER_WIDTH = 1  # never used: kept as small as it goes


def fit_untrained(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Encode each dataset with random weights: what architecture and features give alone.

    Neighbours exchange messages already, so edges are found far above chance; a trained network
    has to be better than this.
    """
    shapes = [GraphShape(graph.n_genes, graph.features.shape[1], graph.label) for graph in graphs]
    sizes = {"embedding_width": settings.width, "decoder_width": DECODER_WIDTH}
    config = PublishedNetworkSettings.model_validate(sizes)
    with torch.random.fork_rng(devices=[]):  # building draws weights, which are replaced below
        network = CrossGraphTransformer(shapes, config).eval()
    _draw_weights(network, torch_generator(settings.seed, "untrained"))
    cpu = torch.device("cpu")
    with torch.no_grad():
        return [
            network.encode(
                i,
                torch.as_tensor(scaled_features(graph)),
                build_structure(graph.message_adjacency, cpu),
            ).numpy()
            for i, graph in enumerate(graphs)
        ]


def _draw_weights(network: nn.Module, generator: torch.Generator) -> None:
    """Draw the linear layers as torch does: uniformly within 1 / sqrt(inputs) of 0."""
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.Linear):
                bound = layer.in_features**-0.5
                layer.weight.uniform_(-bound, bound, generator=generator)
                if layer.bias is not None:
                    layer.bias.uniform_(-bound, bound, generator=generator)
