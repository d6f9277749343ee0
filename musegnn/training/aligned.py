"""The aligned objective: features aligned before training, groups of graphs in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
import torch
from scipy import sparse
from torch.nn import functional

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.unit_rows import unit_rows
from musegnn.model.aligned_network import AlignedNetwork
from musegnn.model.attention import dense_structure
from musegnn.model.cosine_decoder import edge_questions_loss
from musegnn.training.common_genes import CommonGenes
from musegnn.training.config import AlignedConfig, TrainingConfig
from musegnn.training.distributed import ALONE, Team
from musegnn.training.objective import LOSS
from musegnn.training.starting_features import FEATURE_NORM, starting_features

TERMS = ("reconstruction", "tether", "contrastive")
LARGEST_SEED = 2**62
Pairs = list[tuple[int, int]]


@dataclass(frozen=True)
class _GraphTensors:
    """What a group needs of a graph, without anything of size G x G.

    Parameters
    ----------
    features, start
        `(G, F)` and unit vectors `(G, D)` before training.
    edges, loops, unknown
        `(2, E)` int64: edges with row < column, genes joined to themselves, and pairs that teach
        nothing.
    """

    features: torch.Tensor
    start: torch.Tensor
    edges: torch.Tensor
    loops: torch.Tensor
    unknown: torch.Tensor


@dataclass(frozen=True)
class _Group:
    """Graphs of one step as padded tensors.

    Parameters
    ----------
    members
        `(B,)` int64 numbers of the graphs.
    features, present, start
        `(B, G, F)`, `(B, G, 1)` and unit vectors `(B, G, D)` before training.
    adjacency, known
        `(B, G, G)` bool: what messages pass along; False for pairs that teach nothing, such as
        padding.
    edges
        `(3, E)` int64: place of the graph in the group, row < column of each edge.
    """

    members: torch.Tensor
    features: torch.Tensor
    present: torch.Tensor
    start: torch.Tensor
    adjacency: torch.Tensor
    known: torch.Tensor
    edges: torch.Tensor


class AlignedObjective:
    """Weights, optimiser state and random draws of the preset `default`.

    Before training every gene gets a start in one space (`musegnn.training.starting_features`). The
    network corrects these vectors. Its loss asks for edges that were hidden from attention in the
    same step (cosine decoder with a bias for each gene), for the same gene in other graphs
    (InfoNCE, with all other genes as negatives), and to stay near the start.

    References
    ----------
    van den Oord et al., arXiv 1807.03748, for InfoNCE; Li et al., KDD 2023 (MaskGAE), for hiding
    edges from the encoder.
    """

    def __init__(
        self,
        graphs: list[GeneGraph],
        config: TrainingConfig,
        device: torch.device,
        team: Team = ALONE,
    ) -> None:
        if not isinstance(config, AlignedConfig):
            msg = f"expected the settings of the aligned method, found {type(config).__name__}"
            raise TypeError(msg)
        self.graphs, self.config, self.device, self.team = graphs, config, device, team
        self.rng = np.random.default_rng(config.seed)
        self.generator: torch.Generator | None = torch.Generator(device=device).manual_seed(
            config.seed
        )
        self.features = starting_features(graphs, config)
        projection = np.eye(config.network.embedding_width, dtype=np.float32) / FEATURE_NORM
        self.start = [rows @ projection for rows in self.features]
        self.network = _initial_network(graphs, projection, config).to(device)
        self.optimiser = torch.optim.Adam(
            self.network.parameters(), lr=config.learning_rate, fused=True
        )
        self.common = CommonGenes([graph.genes[keys.COMMON_GENE].tolist() for graph in graphs])
        self._tensors = [
            _to_tensors(graph, rows, start, device)
            for graph, rows, start in zip(graphs, self.features, self.start, strict=True)
        ]
        self._whole: _Group | None = None

    def run_epoch(self) -> dict[str, torch.Tensor]:
        """Take one step for each group of graphs; return the mean of the loss and its terms."""
        total = torch.zeros(len(TERMS), device=self.device)
        for work in self.team.deal(self._draw_epoch()):
            self.optimiser.zero_grad(set_to_none=True)
            if work is not None:
                members, pairs = work
                terms = self._terms(self._group(members), pairs)
                self._weighted(terms).backward()
                total += terms.detach() * len(members)
            self.team.average_gradients(self.network, is_present=work is not None)
            self.optimiser.step()
        mean = self.team.add(total) / len(self.graphs)
        return {LOSS: self._weighted(mean), **dict(zip(TERMS, mean, strict=True))}

    def encode(self, numbers: Sequence[int] | None = None) -> list[np.ndarray]:
        """Encode each graph, or those of some numbers, without gradients; `(G, D)` float32 each."""
        self.network.eval()
        vectors = []
        with torch.no_grad():
            for number in range(len(self.graphs)) if numbers is None else numbers:
                group = self._group(np.array([number]))
                structure = dense_structure(group.adjacency.bool())
                out = self.network.encode(group.features, structure, group.present)
                vectors.append(out[0, : self.graphs[number].n_genes].cpu().numpy())
        self.network.train()
        return vectors

    def try_step(self, n_graphs: int) -> None:
        """Compute the gradients of a step of the largest graphs and forget them.

        Raises what a real step of that size would raise. Random draws are used up: for finding out
        what fits after a training has failed.
        """
        order = np.argsort([-graph.n_genes for graph in self.graphs], kind="stable")
        members = np.sort(order[:n_graphs])
        try:
            self._weighted(self._terms(self._pad(members))).backward()
        finally:
            self.optimiser.zero_grad(set_to_none=True)

    def _weighted(self, terms: torch.Tensor) -> torch.Tensor:
        """Sum the terms with their factors."""
        config = self.config
        return (
            config.reconstruction_weight * terms[0]
            + config.tether_weight * terms[1]
            + config.contrastive_weight * terms[2]
        )

    def _draw_epoch(self) -> list[tuple[np.ndarray, Pairs]]:
        """Draw groups of graphs and the pairs that are compared in each."""
        order = self.rng.permutation(len(self.graphs))
        size = self.config.graphs_per_step
        groups = [np.sort(order[at : at + size]) for at in range(0, len(order), size)]
        drawn = [(members, self._draw_pairs(members)) for members in groups]
        if self.team.size > 1 and self.generator is not None:
            # masks differ between processes, and a run that is resumed needs no state but `rng`
            seed = int(self.rng.integers(LARGEST_SEED))
            self.generator.manual_seed(seed + self.team.rank)
        return drawn

    def _draw_pairs(self, members: np.ndarray) -> Pairs:
        """Draw pairs of graphs of a group that share enough genes."""
        pairs = [pair for pair in combinations(members.tolist(), 2) if pair in self.common.pairs]
        if not pairs:
            return []
        limit = min(self.config.pairs_per_step, len(pairs))
        return [pairs[i] for i in np.sort(self.rng.choice(len(pairs), size=limit, replace=False))]

    def _terms(self, group: _Group, pairs: Pairs | None = None) -> torch.Tensor:
        """Compute the loss terms of one group, `(3,)`; pairs are drawn where none are given."""
        config = self.config
        seen = self._hide_edges(group)
        shape = group.features.shape
        hidden_width = config.network.width * config.network.heads
        kept = (self._draw(shape), self._draw((*shape[:2], hidden_width)))
        vectors = self.network.encode(group.features, dense_structure(seen), group.present, kept)
        unit = functional.normalize(vectors, dim=-1)
        reconstruction = edge_questions_loss(
            unit,
            self.network.decoder_scale,
            self.network.decoder_bias[group.members][:, : shape[1]],
            group.adjacency,
            # what attention saw is no question any more
            group.known & ~seen,
            edge_weight=config.edge_weight,
        )
        distance = 1 - (unit * group.start).sum(dim=-1, keepdim=True)
        tether = (distance * group.present).sum() / group.present.sum()
        members = group.members.tolist()
        chosen = self._draw_pairs(np.array(members)) if pairs is None else pairs
        return torch.stack([reconstruction, tether, self._contrast(members, unit, chosen)])

    def _contrast(self, members: list[int], unit: torch.Tensor, pairs: Pairs) -> torch.Tensor:
        """InfoNCE over pairs of graphs of the group; scalar."""
        if not pairs:
            return unit.sum() * 0
        place = {number: i for i, number in enumerate(members)}
        losses = []
        for first, second in pairs:
            rows, other = (
                torch.as_tensor(found, device=unit.device)
                for found in self.common.rows(first, second)
            )
            similarity = unit[place[first]][rows] @ unit[place[second]][other].T
            target = torch.arange(len(rows), device=unit.device)
            scaled = similarity / self.config.temperature
            losses.append(functional.cross_entropy(scaled, target))
            losses.append(functional.cross_entropy(scaled.T, target))
        return torch.stack(losses).mean()

    def _hide_edges(self, group: _Group) -> torch.Tensor:
        """Adjacency `(B, G, G)` without a random share of the edges, the same in both directions.

        Only edges are drawn for, a few per cent of all pairs.
        """
        place, row, column = group.edges
        drawn = torch.rand(len(place), generator=self.generator, device=self.device)
        kept = drawn >= self.config.hidden_edges
        seen = group.adjacency.clone()
        seen[place, row, column] = kept
        seen[place, column, row] = kept
        return seen

    def _draw(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Draw a dropout mask, scaled so that the expectation stays."""
        share = self.config.dropout
        drawn = torch.rand(shape, generator=self.generator, device=self.device)
        return (drawn >= share).float() / (1 - share)

    def _group(self, members: np.ndarray) -> _Group:
        """Pad graphs to the largest of them; a group of all graphs is kept, for it comes again."""
        if len(members) < len(self.graphs):
            return self._pad(members)
        if self._whole is None:
            self._whole = self._pad(members)
        return self._whole

    def _pad(self, members: np.ndarray) -> _Group:
        """Make the tensors of a group."""
        chosen = [self._tensors[i] for i in members]
        size = max(len(graph.features) for graph in chosen)
        zeros = partial(torch.zeros, device=self.device)
        features = zeros((len(chosen), size, self.features[0].shape[1]))
        start = zeros((len(chosen), size, self.start[0].shape[1]))
        present = zeros((len(chosen), size, 1))
        adjacency = zeros((len(chosen), size, size), dtype=torch.bool)
        known = zeros((len(chosen), size, size), dtype=torch.bool)
        for place, graph in enumerate(chosen):
            n = len(graph.features)
            features[place, :n], start[place, :n] = graph.features, graph.start
            present[place, :n] = 1
            known[place, :n, :n] = True
            known[place].fill_diagonal_(False)  # noqa: FBT003 - the value
            known[place][tuple(graph.unknown)] = False
            adjacency[place][tuple(torch.cat([graph.edges, graph.edges.flip(0)], dim=1))] = True
            adjacency[place][tuple(graph.loops)] = True
        edges = torch.cat(
            [functional.pad(g.edges, (0, 0, 1, 0), value=place) for place, g in enumerate(chosen)],
            dim=1,
        )
        numbers = torch.as_tensor(members.astype(np.int64), device=self.device)
        return _Group(numbers, features, present, start, adjacency, known, edges)


def _to_tensors(
    graph: GeneGraph, features: np.ndarray, start: np.ndarray, device: torch.device
) -> _GraphTensors:
    """Put a graph on the device."""
    upper = sparse.triu(graph.adjacency, k=1).tocoo()
    loops = np.flatnonzero(graph.message_adjacency.diagonal())
    unknown = np.zeros((2, 0)) if graph.unknown is None else np.stack(graph.unknown.nonzero())
    pairs = (np.stack([upper.row, upper.col]), np.stack([loops, loops]), unknown)
    return _GraphTensors(
        torch.as_tensor(features, device=device),
        torch.as_tensor(unit_rows(start), device=device),
        *(torch.as_tensor(found.astype(np.int64), device=device) for found in pairs),
    )


def _initial_network(
    graphs: list[GeneGraph], projection: np.ndarray, config: AlignedConfig
) -> AlignedNetwork:
    """Create the network with weights that depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return AlignedNetwork(
            projection.shape[0],
            torch.as_tensor(projection),
            len(graphs),
            max(graph.n_genes for graph in graphs),
            config.network,
        )
