"""The published objective: one step a graph, each with a partner drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.graph_pairs import GraphPair, draw_contrastive, relate_graphs
from musegnn.model.attention import Structure, build_structure
from musegnn.model.losses import contrastive_loss, reconstruction_loss, weighted_similarity_loss
from musegnn.model.network import CrossGraphTransformer, GraphShape
from musegnn.runs.kinds.published import PublishedSettings
from musegnn.training.distributed import ALONE, Team
from musegnn.training.objective import LOSS
from musegnn.training.precision import matrix_products

TERMS = ("reconstruction", "similarity", "contrastive")


@dataclass(frozen=True)
class _PreparedGraph:
    """A graph as tensors on the device; `known` is None when all pairs are."""

    features: torch.Tensor
    structure: Structure
    adjacency: torch.Tensor
    known: torch.Tensor | None


@dataclass(frozen=True)
class _PreparedPair:
    """A `GraphPair` whose common genes lie on the device as well."""

    pair: GraphPair
    common: torch.Tensor
    partner_common: torch.Tensor
    overlap: torch.Tensor


@dataclass(frozen=True)
class _Step:
    """What is drawn for one step: a partner, and rows of both graphs for the contrastive term.

    Parameters
    ----------
    graph, partner
        Numbers of the graphs; no partner when there is but one graph.
    rows
        Anchors and positives of the graph, then of the partner.
    """

    graph: int
    partner: int | None
    rows: tuple[torch.Tensor, ...] = ()


class PublishedObjective:
    """Weights, optimiser state and random draws of the published method.

    References
    ----------
    Liu et al., NeurIPS 2023. Departures: contrastive genes and their positives are drawn anew each
    step and also where two graphs share no gene; the diagonal is no target.
    """

    def __init__(
        self,
        graphs: list[GeneGraph],
        config: PublishedSettings,
        device: torch.device,
        team: Team = ALONE,
    ) -> None:
        self.graphs, self.config, self.device, self.team = graphs, config, device, team
        self.rng = np.random.default_rng(config.seed)
        self.generator: torch.Generator | None = None
        self.network = _initial_network(graphs, config).to(device)
        self.prepared = [_prepare(graph, config, device) for graph in graphs]
        self.pairs: dict[tuple[int, int], _PreparedPair] = {}
        self.optimiser = _optimiser(self.network, config)

    def run_epoch(self) -> dict[str, torch.Tensor]:
        """Take one step for each graph; return the mean of the loss and its terms."""
        return self.take_steps(self.draw_epoch())

    def take_steps(self, steps: Sequence[_Step]) -> dict[str, torch.Tensor]:
        """Take the steps that were drawn for an epoch, on the device alone."""
        total = torch.zeros(len(TERMS), device=self.device)
        for step in self.team.deal(steps):
            self.optimiser.zero_grad(set_to_none=True)
            if step is not None:
                terms = self._terms(step)
                _weighted(terms, self.config).backward()
                total += terms.detach()
            self.team.average_gradients(self.network, is_present=step is not None)
            self.optimiser.step()
        mean = self.team.add(total) / len(self.graphs)
        return {LOSS: _weighted(mean, self.config), **dict(zip(TERMS, mean, strict=True))}

    def encode(self, numbers: Sequence[int] | None = None) -> list[np.ndarray]:
        """Encode each graph, or those of some numbers, without gradients; `(G, D)` float32 each."""
        self.network.eval()
        chosen = range(len(self.graphs)) if numbers is None else numbers
        with torch.no_grad():
            return [self._vectors(i).cpu().numpy() for i in chosen]

    def _vectors(self, i: int) -> torch.Tensor:
        """Encode graph number `i`, `(G, D)`."""
        return self.network.encode(i, self.prepared[i].features, self.prepared[i].structure)

    def _terms(self, step: _Step) -> torch.Tensor:
        """Compute the three loss terms of one step, `(3,)`."""
        prepared = self.prepared[step.graph]
        with matrix_products(self.config.precision, self.device):
            vectors = self._vectors(step.graph)
            logits = self.network.decode(step.graph, vectors)
            partner = None if step.partner is None else self._vectors(step.partner)
        vectors = vectors.float()
        reconstruction = reconstruction_loss(logits.float(), prepared.adjacency, prepared.known)
        if step.partner is None or partner is None:
            zero = reconstruction.new_zeros(())
            return torch.stack([reconstruction, zero, zero])
        found, partner = self._pair(step.graph, step.partner), partner.float()
        similarity = weighted_similarity_loss(
            vectors[found.common], partner[found.partner_common], found.overlap
        )
        anchors, positives, partner_anchors, partner_positives = step.rows
        contrastive = contrastive_loss(
            torch.cat([vectors[anchors], partner[partner_anchors]]),
            torch.cat([vectors[positives], partner[partner_positives]]),
            self.config.temperature,
        )
        return torch.stack([reconstruction, similarity, contrastive])

    def _pair(self, i: int, j: int) -> _PreparedPair:
        """Relate two graphs; each pair is related once."""
        if (i, j) not in self.pairs:
            pair = relate_graphs(self.graphs[i], self.graphs[j])
            arrays = (pair.common, pair.partner_common, pair.overlap)
            tensors = (torch.as_tensor(array, device=self.device) for array in arrays)
            self.pairs[i, j] = _PreparedPair(pair, *tensors)
        return self.pairs[i, j]

    def draw_epoch(self) -> list[_Step]:
        """Draw everything for one epoch; the rows go to the device in one piece."""
        partners, drawn = [], []
        for i in range(len(self.graphs)):
            j = _draw_partner(i, len(self.graphs), self.rng)
            partners.append(j)
            drawn += [] if j is None else self._draw_rows(i, j)
        sizes = [len(rows) for rows in drawn]
        whole = torch.as_tensor(np.concatenate([np.zeros(0, np.int64), *drawn]))
        parts = whole.to(self.device).split(sizes)
        return [
            _Step(i, j, () if j is None else parts[4 * i : 4 * i + 4])
            for i, j in enumerate(partners)
        ]

    def _draw_rows(self, i: int, j: int) -> list[np.ndarray]:
        """Draw anchors and positives in both graphs of a pair."""
        pair, limit = self._pair(i, j).pair, self.config.contrastive_genes
        own = draw_contrastive(self.graphs[i], pair.differing, limit, self.rng)
        other = draw_contrastive(self.graphs[j], pair.partner_differing, limit, self.rng)
        return [*own, *other]


def _optimiser(network: CrossGraphTransformer, config: PublishedSettings) -> torch.optim.Adam:
    """Adam with one rate for encoders and one for decoders."""
    encoders = [network.dataset_encoders, network.shared_encoders]
    return torch.optim.Adam(
        [
            {
                "params": [weight for part in encoders for weight in part.parameters()],
                "lr": config.encoder_learning_rate,
            },
            {"params": network.decoders.parameters(), "lr": config.decoder_learning_rate},
        ],
        fused=True,
    )


def _initial_network(graphs: list[GeneGraph], config: PublishedSettings) -> CrossGraphTransformer:
    """Create the network with weights that depend on the seed alone."""
    shapes = [GraphShape(graph.n_genes, graph.features.shape[1], graph.label) for graph in graphs]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return CrossGraphTransformer(shapes, config.network)


def _prepare(graph: GeneGraph, config: PublishedSettings, device: torch.device) -> _PreparedGraph:
    """Put a graph on the device."""
    features = torch.as_tensor(graph.features, dtype=torch.float32, device=device)
    if config.scale_features:
        features = features / features.square().mean().sqrt().clamp_min(1e-12)
    return _PreparedGraph(
        features=features,
        structure=build_structure(graph.message_adjacency, device, config.kernel),
        adjacency=torch.as_tensor(graph.adjacency.toarray(), dtype=torch.float32, device=device),
        known=known_pairs(graph, device),
    )


def _draw_partner(graph: int, n_graphs: int, rng: np.random.Generator) -> int | None:
    """Draw another graph uniformly; None when there is no other."""
    if n_graphs < 2:
        return None
    return int((graph + rng.integers(1, n_graphs)) % n_graphs)


def _weighted(terms: torch.Tensor, config: PublishedSettings) -> torch.Tensor:
    """Sum the terms with their factors."""
    return terms[0] + config.similarity_weight * terms[1] + config.contrastive_weight * terms[2]


def known_pairs(graph: GeneGraph, device: torch.device) -> torch.Tensor | None:
    """Return `(G, G)` float, 0 for pairs that must teach nothing; None when all are known."""
    if graph.unknown is None:
        return None
    unknown = torch.as_tensor(graph.unknown.toarray(), dtype=torch.bool, device=device)
    return (~unknown).float()
