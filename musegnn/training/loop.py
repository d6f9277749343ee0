"""Train MuSe-GNN on gene graphs: one step a graph, each with a partner drawn at random."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from musegnn.errors import InputError, TrainingError
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.model.attention import Structure, build_structure
from musegnn.model.losses import contrastive_loss, reconstruction_loss, weighted_similarity_loss
from musegnn.model.network import CrossGraphTransformer, GraphShape
from musegnn.progress import Progress, Silent
from musegnn.training.config import TrainingConfig
from musegnn.training.pairs import GraphPair, draw_contrastive, relate_graphs

LOSS_TERMS = ("reconstruction", "similarity", "contrastive")


@dataclass(frozen=True)
class EpochRecord:
    """Means over the steps of one epoch.

    Parameters
    ----------
    epoch
        Number from 1.
    seconds
        Since the start of training.
    loss
        Weighted sum of the terms.
    reconstruction, similarity, contrastive
        The terms before weighting.
    """

    epoch: int
    seconds: float
    loss: float
    reconstruction: float
    similarity: float
    contrastive: float


@dataclass(frozen=True)
class TrainedModel:
    """Result of training: gene vectors `(G, D)` float32 of each graph, the network, the history."""

    vectors: list[np.ndarray]
    network: CrossGraphTransformer
    history: list[EpochRecord]


@dataclass(frozen=True)
class _PreparedGraph:
    """A graph as tensors on the device."""

    features: torch.Tensor
    structure: Structure
    adjacency: torch.Tensor


def choose_device(option: str) -> torch.device:
    """Return the device for "auto", "cpu" or "cuda".

    Raises
    ------
    InputError
        If a GPU is asked for where torch finds none.
    """
    available = torch.cuda.is_available()
    if option == "cuda" and not available:
        msg = "Expected a GPU for device `cuda`, found none that torch can use."
        raise InputError(msg, "Use `--device cpu`, or install a torch build with CUDA.")
    return torch.device("cuda" if option == "cuda" or (option == "auto" and available) else "cpu")


def train(
    graphs: list[GeneGraph],
    config: TrainingConfig,
    *,
    device: str = "auto",
    progress: Progress | None = None,
    on_epoch: Callable[[EpochRecord], None] | None = None,
) -> TrainedModel:
    """Train on gene graphs and encode them.

    Parameters
    ----------
    graphs
        At least one, with distinct names. With a single graph only the reconstruction term acts.
    config
        All settings.
    device
        "auto", "cpu" or "cuda".
    progress
        Told about each epoch.
    on_epoch
        Called with the record of each epoch.

    Raises
    ------
    InputError
        If there is no graph or two have the same name.
    TrainingError
        If a loss term is not finite; the message names it.

    References
    ----------
    Liu et al., NeurIPS 2023. Departures: contrastive genes and their positives are drawn anew each
    step and also where two graphs share no gene; the diagonal is no target.
    """
    check_graphs(graphs)
    progress = progress or Silent()
    trainer = _Trainer(graphs, config, choose_device(device))
    history: list[EpochRecord] = []
    started = time.monotonic()
    progress.start("training", config.epochs)
    for epoch in range(1, config.epochs + 1):
        terms = trainer.run_epoch()
        record = _record(terms, epoch, time.monotonic() - started, config)
        history.append(record)
        if on_epoch is not None:
            on_epoch(record)
        progress.advance(f"loss {record.loss:.4f}")
    progress.finish()
    return TrainedModel(trainer.encode(), trainer.network, history)


class _Trainer:
    """Everything that changes during training: weights, optimiser state, random draws."""

    def __init__(
        self, graphs: list[GeneGraph], config: TrainingConfig, device: torch.device
    ) -> None:
        self.graphs, self.config = graphs, config
        self.rng = np.random.default_rng(config.seed)
        self.network = _initial_network(graphs, config).to(device)
        self.prepared = [_prepare(graph, config, device) for graph in graphs]
        self.pairs: dict[tuple[int, int], GraphPair] = {}
        encoders = [self.network.dataset_encoders, self.network.shared_encoders]
        self.optimiser = torch.optim.Adam(
            [
                {
                    "params": [weight for part in encoders for weight in part.parameters()],
                    "lr": config.encoder_learning_rate,
                },
                {
                    "params": self.network.decoders.parameters(),
                    "lr": config.decoder_learning_rate,
                },
            ]
        )

    def run_epoch(self) -> torch.Tensor:
        """Take one step for each graph; return the mean of the terms, `(3,)`."""
        total = torch.zeros(len(LOSS_TERMS), device=self.prepared[0].features.device)
        for i in range(len(self.graphs)):
            terms = self._terms(i, _draw_partner(i, len(self.graphs), self.rng))
            self.optimiser.zero_grad(set_to_none=True)
            _weighted(terms, self.config).backward()
            self.optimiser.step()
            total += terms.detach()
        return total / len(self.graphs)

    def encode(self) -> list[np.ndarray]:
        """Encode each graph without gradients; `(G, D)` float32 each."""
        self.network.eval()
        with torch.no_grad():
            return [self._vectors(i).cpu().numpy() for i in range(len(self.graphs))]

    def _vectors(self, i: int) -> torch.Tensor:
        """Encode graph number `i`, `(G, D)`."""
        return self.network.encode(i, self.prepared[i].features, self.prepared[i].structure)

    def _terms(self, i: int, j: int | None) -> torch.Tensor:
        """Compute the three loss terms of graph `i` with partner `j`, `(3,)`."""
        vectors = self._vectors(i)
        reconstruction = reconstruction_loss(
            self.network.decode(i, vectors), self.prepared[i].adjacency
        )
        if j is None:
            zero = reconstruction.new_zeros(())
            return torch.stack([reconstruction, zero, zero])
        if (i, j) not in self.pairs:
            self.pairs[i, j] = relate_graphs(self.graphs[i], self.graphs[j])
        pair, partner = self.pairs[i, j], self._vectors(j)
        similarity = weighted_similarity_loss(
            vectors[torch.as_tensor(pair.common, device=vectors.device)],
            partner[torch.as_tensor(pair.partner_common, device=vectors.device)],
            torch.as_tensor(pair.overlap, device=vectors.device),
        )
        limit = self.config.contrastive_genes
        anchors, positives = draw_contrastive(self.graphs[i], pair.differing, limit, self.rng)
        partner_anchors, partner_positives = draw_contrastive(
            self.graphs[j], pair.partner_differing, limit, self.rng
        )
        contrastive = contrastive_loss(
            torch.cat([vectors[anchors], partner[partner_anchors]]),
            torch.cat([vectors[positives], partner[partner_positives]]),
            self.config.temperature,
        )
        return torch.stack([reconstruction, similarity, contrastive])


def check_graphs(graphs: list[GeneGraph]) -> None:
    """Raise `InputError` unless there is at least one graph and names are distinct."""
    if not graphs:
        msg = "Expected at least one gene graph, found none."
        raise InputError(msg, "Build one with `musegnn graph`.")
    names = [graph.name for graph in graphs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        msg = f"Expected each graph to have its own name, found {repeated[0]!r} more than once."
        raise InputError(msg, "Build one of them again with another `--name`.")


def _initial_network(graphs: list[GeneGraph], config: TrainingConfig) -> CrossGraphTransformer:
    """Create the network with weights that depend on the seed alone."""
    shapes = [GraphShape(graph.n_genes, graph.features.shape[1], graph.label) for graph in graphs]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return CrossGraphTransformer(shapes, config.network)


def _prepare(graph: GeneGraph, config: TrainingConfig, device: torch.device) -> _PreparedGraph:
    """Put a graph on the device."""
    features = torch.as_tensor(graph.features, dtype=torch.float32, device=device)
    if config.scale_features:
        features = features / features.square().mean().sqrt().clamp_min(1e-12)
    return _PreparedGraph(
        features=features,
        structure=build_structure(graph.adjacency, device, config.kernel),
        adjacency=torch.as_tensor(graph.adjacency.toarray(), dtype=torch.float32, device=device),
    )


def _draw_partner(graph: int, n_graphs: int, rng: np.random.Generator) -> int | None:
    """Draw another graph uniformly; None when there is no other."""
    if n_graphs < 2:
        return None
    return int((graph + rng.integers(1, n_graphs)) % n_graphs)


def _weighted(terms: torch.Tensor, config: TrainingConfig) -> torch.Tensor:
    """Sum the terms with their factors."""
    return terms[0] + config.similarity_weight * terms[1] + config.contrastive_weight * terms[2]


def _record(terms: torch.Tensor, epoch: int, seconds: float, config: TrainingConfig) -> EpochRecord:
    """Turn the mean terms of an epoch into a record; raise when one is not finite."""
    values = dict(zip(LOSS_TERMS, terms.tolist(), strict=True))
    broken = [name for name, value in values.items() if not np.isfinite(value)]
    if broken:
        msg = f"Loss became {values[broken[0]]} at epoch {epoch} ({broken[0]} term)."
        raise TrainingError(
            msg, f"Try a lower learning rate (now {config.encoder_learning_rate:g})."
        )
    return EpochRecord(epoch, seconds, float(_weighted(terms, config)), **values)
