"""The aligned objective: features aligned before training, groups of graphs in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from torch.nn import functional

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.model.aligned_network import AlignedNetwork
from musegnn.runs.kinds.aligned import AlignedSettings
from musegnn.training.common_genes import CommonGenes
from musegnn.training.distributed import ALONE, Team
from musegnn.training.edge_questions import (
    AllPairs,
    DrawnPairs,
    Questions,
    keeps_to_edges,
    whole_structure,
)
from musegnn.training.graph_groups import EdgeGroup, GraphGroup, GraphGroups
from musegnn.training.objective import LOSS
from musegnn.training.precision import matrix_products
from musegnn.training.starting_features import FEATURE_NORM, starting_features

TERMS = ("reconstruction", "tether", "contrastive")
LARGEST_SEED = 2**62
CONTRASTED = 2000  # genes of a pair of graphs that are told apart in one step, of all they share
Pairs = list[tuple[int, int]]


@dataclass(frozen=True)
class _Step:
    """What is drawn for one step.

    Parameters
    ----------
    chosen, members
        Numbers of the graphs, here and as `(B,)` int64 on the device.
    pairs
        Pairs of graphs that are compared, by their numbers.
    rows
        Rows of the same genes in the first and the second graph of each pair, on the device.
    """

    chosen: list[int]
    members: torch.Tensor
    pairs: Pairs
    rows: list[tuple[torch.Tensor, torch.Tensor]]


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

    step_setting, least_step = "graphs_per_step", 1

    def __init__(
        self,
        graphs: list[GeneGraph],
        config: AlignedSettings,
        device: torch.device,
        team: Team = ALONE,
    ) -> None:
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
        self._groups = GraphGroups(graphs, self.features, self.start, device)
        self._whole: GraphGroup | EdgeGroup | None = None

    def run_epoch(self) -> dict[str, torch.Tensor]:
        """Take one step for each group of graphs; return the mean of the loss and its terms."""
        return self.take_steps(self.draw_epoch())

    def take_steps(self, steps: Sequence[_Step]) -> dict[str, torch.Tensor]:
        """Take the steps that were drawn for an epoch, on the device alone."""
        total = torch.zeros(len(TERMS), device=self.device)
        for step in self.team.deal(steps):
            self.optimiser.zero_grad(set_to_none=True)
            if step is not None:
                terms = self._terms(step)
                self._weighted(terms).backward()
                total += terms.detach() * len(step.chosen)
            self.team.average_gradients(self.network, is_present=step is not None)
            self.optimiser.step()
        mean = self.team.add(total) / len(self.graphs)
        return {LOSS: self._weighted(mean), **dict(zip(TERMS, mean, strict=True))}

    def encode(self, numbers: Sequence[int] | None = None) -> list[np.ndarray]:
        """Encode each graph, or those of some numbers, without gradients; `(G, D)` float32 each."""
        self.network.eval()
        vectors = []
        with torch.no_grad():
            for number in range(len(self.graphs)) if numbers is None else numbers:
                group = self._padded([number], torch.tensor([number], device=self.device))
                out = self.network.encode(group.features, whole_structure(group), group.present)
                vectors.append(out[0, : self.graphs[number].n_genes].cpu().numpy())
        self.network.train()
        return vectors

    @property
    def step_size(self) -> int:
        """Graphs in the largest step."""
        return min(self.config.graphs_per_step, len(self.graphs))

    def try_step(self, size: int) -> None:
        """Compute the gradients of a step of the largest graphs and forget them, as `Divisible`."""
        order = np.argsort([-graph.n_genes for graph in self.graphs], kind="stable")
        chosen = np.sort(order[:size]).tolist()
        try:
            (step,) = self._put_on_device([(chosen, self._draw_pairs(chosen))])
            self._weighted(self._terms(step)).backward()
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

    def draw_epoch(self) -> list[_Step]:
        """Draw groups of graphs and the pairs that are compared in each."""
        order = self.rng.permutation(len(self.graphs))
        size = self.config.graphs_per_step
        groups = [np.sort(order[at : at + size]).tolist() for at in range(0, len(order), size)]
        drawn = [(chosen, self._draw_pairs(chosen)) for chosen in groups]
        if self.team.size > 1 and self.generator is not None:
            # masks differ between processes, and a run that is resumed needs no state but `rng`
            seed = int(self.rng.integers(LARGEST_SEED))
            self.generator.manual_seed(seed + self.team.rank)
        return self._put_on_device(drawn)

    def _draw_pairs(self, chosen: list[int]) -> Pairs:
        """Draw pairs of graphs of a group that share enough genes."""
        pairs = [pair for pair in combinations(chosen, 2) if pair in self.common.pairs]
        if not pairs:
            return []
        limit = min(self.config.pairs_per_step, len(pairs))
        return [pairs[i] for i in np.sort(self.rng.choice(len(pairs), size=limit, replace=False))]

    def _draw_common(self, first: int, second: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows of genes that two graphs share: all, or as many as one step compares."""
        rows, other = self.common.rows(first, second)
        if len(rows) <= CONTRASTED:
            return rows, other
        drawn = np.sort(self.rng.choice(len(rows), size=CONTRASTED, replace=False))
        return rows[drawn], other[drawn]

    def _put_on_device(self, drawn: list[tuple[list[int], Pairs]]) -> list[_Step]:
        """Make steps of what was drawn; all numbers go to the device in one piece."""
        arrays = []
        for chosen, pairs in drawn:
            arrays.append(np.array(chosen, dtype=np.int64))
            arrays += [rows for pair in pairs for rows in self._draw_common(*pair)]
        whole = torch.as_tensor(np.concatenate(arrays)).to(self.device)
        parts = iter(whole.split([len(array) for array in arrays]))
        return [
            _Step(chosen, next(parts), pairs, [(next(parts), next(parts)) for _ in pairs])
            for chosen, pairs in drawn
        ]

    def _terms(self, step: _Step) -> torch.Tensor:
        """Compute the loss terms of one step, `(3,)`."""
        config, group = self.config, self._group(step)
        questions = self._ask(group, self._keep_edges(group))
        shape = group.features.shape
        hidden_width = config.network.width * config.network.heads
        kept = (self._draw(shape), self._draw((*shape[:2], hidden_width)))
        with matrix_products(config.precision, self.device):
            vectors = self.network.encode(group.features, questions.structure, group.present, kept)
        unit = functional.normalize(vectors.float(), dim=-1)
        reconstruction = questions.loss(
            unit,
            self.network.decoder_scale,
            self.network.decoder_bias[group.members][:, : shape[1]],
            edge_weight=config.edge_weight,
        )
        distance = 1 - (unit * group.start).sum(dim=-1, keepdim=True)
        tether = (distance * group.present).sum() / group.present.sum()
        return torch.stack([reconstruction, tether, self._contrast(step, unit)])

    def _contrast(self, step: _Step, unit: torch.Tensor) -> torch.Tensor:
        """InfoNCE over pairs of graphs of the group; scalar.

        One pair after the other: they share from ten to a thousand genes, so that most of a batch
        would be padding.
        """
        if not step.pairs:
            return unit.sum() * 0
        place = {number: i for i, number in enumerate(step.chosen)}
        losses = []
        for (first, second), (rows, other) in zip(step.pairs, step.rows, strict=True):
            similarity = unit[place[first]][rows] @ unit[place[second]][other].T
            target = torch.arange(len(rows), device=unit.device)
            scaled = similarity / self.config.temperature
            losses.append(functional.cross_entropy(scaled, target))
            losses.append(functional.cross_entropy(scaled.T, target))
        return torch.stack(losses).mean()

    def _keep_edges(self, group: GraphGroup | EdgeGroup) -> torch.Tensor:
        """Draw which edges attention sees, the same in both directions, `(E,)` bool."""
        drawn = torch.rand(group.edges.shape[1], generator=self.generator, device=self.device)
        return drawn >= self.config.hidden_edges

    def _ask(self, group: GraphGroup | EdgeGroup, kept: torch.Tensor) -> Questions:
        """Part the edges of a group into what attention sees and what is asked for."""
        if isinstance(group, EdgeGroup):
            return DrawnPairs(group, kept, self.generator)
        return AllPairs(group, kept)

    def _draw(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Draw a dropout mask, scaled so that the expectation stays."""
        share = self.config.dropout
        drawn = torch.rand(shape, generator=self.generator, device=self.device)
        return (drawn >= share).float() / (1 - share)

    def _group(self, step: _Step) -> GraphGroup | EdgeGroup:
        """Pad graphs to the largest of them; a group of all graphs is kept, for it comes again."""
        if len(step.chosen) < len(self.graphs):
            return self._padded(step.chosen, step.members)
        if self._whole is None:
            self._whole = self._padded(step.chosen, step.members)
        return self._whole

    def _padded(self, chosen: list[int], members: torch.Tensor) -> GraphGroup | EdgeGroup:
        """Pad graphs, with all their pairs of genes or with their edges alone."""
        if keeps_to_edges(self._groups.largest(chosen), self.device):
            return self._groups.list_edges(chosen, members)
        return self._groups.pad(chosen, members)


def _initial_network(
    graphs: list[GeneGraph], projection: np.ndarray, config: AlignedSettings
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
