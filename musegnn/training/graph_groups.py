"""Graphs on a device, and groups of them as padded tensors that take one step together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch.nn.utils.rnn import pad_sequence

from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.unit_rows import unit_rows


@dataclass(frozen=True)
class _Padded:
    """Graphs of one step, padded to the genes of the largest.

    Parameters
    ----------
    members
        `(B,)` int64 numbers of the graphs.
    features, present, start
        `(B, G, F)`, `(B, G, 1)` float32 and unit vectors `(B, G, D)` before training.
    edges
        `(3, E)` int64: place of the graph in the group, row < column of each edge.
    """

    members: torch.Tensor
    features: torch.Tensor
    present: torch.Tensor
    start: torch.Tensor
    edges: torch.Tensor


@dataclass(frozen=True)
class GraphGroup(_Padded):
    """Graphs of one step with all their pairs of genes.

    Parameters
    ----------
    adjacency, known
        `(B, G, G)` bool: what messages pass along; False for pairs that teach nothing, such as
        padding.
    """

    adjacency: torch.Tensor
    known: torch.Tensor


@dataclass(frozen=True)
class EdgeGroup(_Padded):
    """Graphs of one step with their edges, and nothing of size G x G.

    Parameters
    ----------
    loops
        `(3, L)` int64, as `edges`: genes that are joined to themselves.
    teaches
        `(E,)` bool: False for edges that teach nothing.
    sizes
        Genes of each graph.
    no_question
        Of each graph `(2, P)` int64: pairs that are an edge or teach nothing, both directions.
    n_without_edge
        Ordered pairs of different genes that have no edge and teach, of all graphs together.
    """

    loops: torch.Tensor
    teaches: torch.Tensor
    sizes: tuple[int, ...]
    no_question: tuple[torch.Tensor, ...]
    n_without_edge: int


class _RaggedPairs:
    """Pairs of genes of each graph, different in number.

    Parameters
    ----------
    pairs
        `(2, E_i)` int64 of each graph.
    device
        Where they are kept.
    """

    def __init__(self, pairs: Sequence[np.ndarray], device: torch.device) -> None:
        self._pairs = [torch.as_tensor(own.astype(np.int64), device=device) for own in pairs]
        self._counts = torch.as_tensor([own.shape[1] for own in pairs], device=device)

    def together(self, chosen: Sequence[int], members: torch.Tensor) -> torch.Tensor:
        """Pairs of some graphs, `(3, E)` int64, behind the place of their graph."""
        joined = torch.cat([self._pairs[i] for i in chosen], dim=1)
        place = torch.repeat_interleave(
            torch.arange(len(chosen), device=joined.device),
            self._counts[members],
            output_size=joined.shape[1],  # known here, so that the device need not tell it
        )
        return torch.cat([place[None], joined])


class GraphGroups:
    """What a method needs of its graphs, on the device, without anything of size G x G.

    Parameters
    ----------
    graphs
        The graphs.
    features, start
        `(G_i, F)` and `(G_i, D)` of each graph; the rows of `start` are brought to length 1.
    device
        Where they are kept.
    """

    def __init__(
        self,
        graphs: Sequence[GeneGraph],
        features: Sequence[np.ndarray],
        start: Sequence[np.ndarray],
        device: torch.device,
    ) -> None:
        self.device = device
        self._sizes = [graph.n_genes for graph in graphs]
        self._sizes_there = torch.as_tensor(self._sizes, device=device)
        self._features = [torch.as_tensor(rows, device=device) for rows in features]
        self._start = [torch.as_tensor(unit_rows(rows), device=device) for rows in start]
        self._edges = _RaggedPairs([_upper_edges(graph) for graph in graphs], device)
        self._loops = _RaggedPairs([_loops(graph) for graph in graphs], device)
        self._unknown = _RaggedPairs([_unknown(graph) for graph in graphs], device)
        self._teaches = [torch.as_tensor(_teaches(graph), device=device) for graph in graphs]
        self._no_question = [
            torch.as_tensor(_no_question(graph), device=device) for graph in graphs
        ]

    def pad(self, chosen: Sequence[int], members: torch.Tensor) -> GraphGroup:
        """Make the tensors of a group.

        Parameters
        ----------
        chosen
            Numbers of the graphs.
        members
            The same, `(B,)` int64 on the device.
        """
        present = self._present(chosen, members)
        place = torch.arange(present.shape[1], device=self.device)
        known = present[:, :, None] & present[:, None, :] & (place != place[:, None])
        known[tuple(self._unknown.together(chosen, members))] = False
        edges = self._edges.together(chosen, members)
        group, row, column = edges
        adjacency = torch.zeros_like(known)
        adjacency[group, row, column] = True
        adjacency[group, column, row] = True
        adjacency[tuple(self._loops.together(chosen, members))] = True
        return GraphGroup(*self._rows(chosen, members, present), edges, adjacency, known)

    def list_edges(self, chosen: Sequence[int], members: torch.Tensor) -> EdgeGroup:
        """Make the tensors of a group that go by its edges, as `pad`."""
        present = self._present(chosen, members)
        no_question = tuple(self._no_question[i] for i in chosen)
        pairs = [self._sizes[i] * (self._sizes[i] - 1) for i in chosen]
        return EdgeGroup(
            *self._rows(chosen, members, present),
            self._edges.together(chosen, members),
            self._loops.together(chosen, members),
            torch.cat([self._teaches[i] for i in chosen]),
            tuple(self._sizes[i] for i in chosen),
            no_question,
            sum(pairs) - sum(own.shape[1] for own in no_question),
        )

    def largest(self, chosen: Sequence[int]) -> int:
        """Genes of the largest of some graphs."""
        return max(self._sizes[i] for i in chosen)

    def _present(self, chosen: Sequence[int], members: torch.Tensor) -> torch.Tensor:
        """Say which places of padded graphs are genes, `(B, G)` bool."""
        place = torch.arange(self.largest(chosen), device=self.device)
        return place < self._sizes_there[members][:, None]

    def _rows(
        self, chosen: Sequence[int], members: torch.Tensor, present: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Members, features, present and start of a group."""
        return (
            members,
            pad_sequence([self._features[i] for i in chosen], batch_first=True),
            present[..., None].float(),
            pad_sequence([self._start[i] for i in chosen], batch_first=True),
        )


def _upper_edges(graph: GeneGraph) -> np.ndarray:
    """Edges with row < column, `(2, E)`."""
    upper = sparse.triu(graph.adjacency, k=1).tocoo()
    return np.stack([upper.row, upper.col])


def _loops(graph: GeneGraph) -> np.ndarray:
    """Genes joined to themselves as pairs, `(2, E)`."""
    loops = np.flatnonzero(graph.message_adjacency.diagonal())
    return np.stack([loops, loops])


def _unknown(graph: GeneGraph) -> np.ndarray:
    """Pairs that teach nothing, both directions, `(2, E)`."""
    return np.zeros((2, 0)) if graph.unknown is None else np.stack(graph.unknown.nonzero())


def _teaches(graph: GeneGraph) -> np.ndarray:
    """Say of each of `_upper_edges` whether it teaches, `(E,)` bool."""
    row, column = _upper_edges(graph)
    if graph.unknown is None:
        return np.ones(len(row), dtype=bool)
    return ~np.asarray(graph.unknown[row, column], dtype=bool).reshape(-1)


def _no_question(graph: GeneGraph) -> np.ndarray:
    """Pairs of different genes that are an edge or teach nothing, both directions, `(2, P)`."""
    row, column = _upper_edges(graph)
    pairs = np.concatenate([np.stack([row, column]), np.stack([column, row]), _unknown(graph)], 1)
    pairs = pairs[:, pairs[0] != pairs[1]].astype(np.int64)
    return np.unique(pairs, axis=1)
