"""Edge questions of one step: what attention may see, and which pairs of genes the loss asks for.

Up to `ALL_PAIRS` genes a graph every pair that attention did not see is asked for, in matrices of
genes x genes. Above, on a CPU, a step keeps to edges: attention goes along them, every hidden edge
is asked for, and of the far more pairs without an edge those of some drawn genes, counted for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import torch
from torch.nn import functional

from musegnn.model import dgl_backend
from musegnn.model.attention import SparseStructure, Structure, dense_structure
from musegnn.model.cosine_decoder import edge_questions_loss
from musegnn.training.graph_groups import EdgeGroup, GraphGroup

ALL_PAIRS: Final = 2000  # genes of the largest graph of a step that asks for all pairs
PAIRS_OF_EDGE: Final = 8  # pairs without an edge that are asked for, for each edge of a graph
FEWEST_DRAWN: Final = 64  # genes whose pairs are asked for, however few edges there are


class Questions(Protocol):
    """What attention sees in a step, and the loss over what it does not see."""

    structure: Structure

    def loss(
        self, unit: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor, *, edge_weight: float
    ) -> torch.Tensor:
        r"""Weighted binary cross-entropy of the logits :math:`s u_i \cdot u_j + b_i + b_j`, scalar.

        Parameters
        ----------
        unit
            `(B, G, D)` unit vectors.
        scale, bias
            s, scalar; b, `(B, G)`.
        edge_weight
            Weight of an edge against a non-edge.
        """


def keeps_to_edges(n_genes: int, device: torch.device) -> bool:
    """True where a step with graphs of so many genes takes its pairs from edges."""
    return n_genes > ALL_PAIRS and device.type == "cpu" and dgl_backend.is_available()


def whole_structure(group: GraphGroup | EdgeGroup) -> Structure:
    """Let attention see every edge of a group."""
    if isinstance(group, GraphGroup):
        return dense_structure(group.adjacency)
    every = torch.ones(group.edges.shape[1], dtype=torch.bool, device=group.edges.device)
    return SparseStructure(_as_graph(group, every))


class AllPairs:
    """Every pair of genes that attention did not see.

    Parameters
    ----------
    group
        The graphs.
    kept
        `(E,)` bool: edges of the group that attention sees.
    """

    def __init__(self, group: GraphGroup, kept: torch.Tensor) -> None:
        place, row, column = group.edges
        self._group = group
        self._seen = group.adjacency.clone()
        self._seen[place, row, column] = kept
        self._seen[place, column, row] = kept
        self.structure: Structure = dense_structure(self._seen)

    def loss(
        self, unit: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor, *, edge_weight: float
    ) -> torch.Tensor:
        """Ask for all pairs, as `Questions`."""
        # what attention saw is no question any more
        asked = self._group.known & ~self._seen
        return edge_questions_loss(
            unit, scale, bias, self._group.adjacency, asked, edge_weight=edge_weight
        )


@dataclass(frozen=True)
class _Drawn:
    """Genes of one graph whose pairs are asked for.

    Parameters
    ----------
    genes
        `(S,)` int64, drawn without return.
    asked
        `(S, G)` float: 1 for a pair without an edge that may be asked for.
    """

    genes: torch.Tensor
    asked: torch.Tensor


class DrawnPairs:
    """Every hidden edge, and pairs without an edge of drawn genes, which stand for all of those.

    The loss is an unbiased estimate of the sum over all pairs, divided by the weight of all.

    Parameters
    ----------
    group
        The graphs.
    kept
        `(E,)` bool: edges of the group that attention sees.
    generator
        Of the draws.
    """

    def __init__(
        self, group: EdgeGroup, kept: torch.Tensor, generator: torch.Generator | None
    ) -> None:
        self._group, self._hidden = group, group.edges[:, ~kept & group.teaches]
        self.structure: Structure = SparseStructure(_as_graph(group, kept))
        self._drawn = [_draw(group, number, generator) for number in range(len(group.sizes))]

    def loss(
        self, unit: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor, *, edge_weight: float
    ) -> torch.Tensor:
        """Ask for hidden edges and drawn pairs, as `Questions`."""
        place, row, column = self._hidden
        rows = torch.cat([unit, bias[..., None]], dim=-1).flatten(0, 1)
        # unlike an index, an embedding adds the gradients of a row in an order that stands
        one = functional.embedding(place * unit.shape[1] + row, rows)
        other = functional.embedding(place * unit.shape[1] + column, rows)
        cosine = (one[:, :-1] * other[:, :-1]).sum(dim=-1)
        logits = scale * cosine + one[:, -1] + other[:, -1]
        # an edge stands twice in a symmetric matrix, as row and as column
        total = 2 * edge_weight * functional.softplus(-logits).sum()
        weight = 2 * edge_weight * self._hidden.shape[1]
        for i, (drawn, size) in enumerate(zip(self._drawn, self._group.sizes, strict=True)):
            own = unit[i, :size]
            logits = scale * (own[drawn.genes] @ own.T) + bias[i, drawn.genes][:, None]
            loss = functional.softplus(logits + bias[i, :size]) * drawn.asked
            total = total + loss.sum() * (size / len(drawn.genes))
        return total / max(weight + self._group.n_without_edge, 1)


def _as_graph(group: EdgeGroup, kept: torch.Tensor) -> object:
    """Join the graphs of a group, side by side, by the edges that attention sees."""
    n_genes = group.features.shape[1]
    place, row, column = group.edges[:, kept]
    one, other = place * n_genes + row, place * n_genes + column
    loops = group.loops[0] * n_genes + group.loops[1]
    ends = torch.stack([torch.cat([one, other, loops]), torch.cat([other, one, loops])])
    return dgl_backend.build_structure(ends, group.features.shape[0] * n_genes)


def _draw(group: EdgeGroup, number: int, generator: torch.Generator | None) -> _Drawn:
    """Draw genes of one graph and mark their pairs without an edge."""
    size, device = group.sizes[number], group.features.device
    pairs = group.no_question[number]  # (2, P), both directions
    wanted = max(FEWEST_DRAWN, -(-PAIRS_OF_EDGE * pairs.shape[1] // (2 * size)))
    genes = torch.randperm(size, generator=generator, device=device)[: min(wanted, size)]
    place = torch.full((size,), -1, device=device)
    place[genes] = torch.arange(len(genes), device=device)
    asked = torch.ones(len(genes), size, device=device)
    asked[torch.arange(len(genes), device=device), genes] = 0
    row = place[pairs[0]]
    asked[row[row >= 0], pairs[1][row >= 0]] = 0
    return _Drawn(genes, asked)
