"""Random walks over the context of molecules, all at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from musegnn.molecules.context_graph import Adjacency

LENGTH: Final = 4  # steps of a walk
NOWHERE: Final = -1


@dataclass(frozen=True)
class Walks:
    """Walks that begin at molecules.

    Parameters
    ----------
    nodes
        `(W, L + 1)` int32 nodes visited, the first one included; `NOWHERE` after the end.
    weight
        `(W, L + 1)` float32 product of the weights of all edges up to there; 1 at the first node,
        0 after the end.
    """

    nodes: np.ndarray
    weight: np.ndarray


def walk(
    adjacency: Adjacency, starts: np.ndarray, rng: np.random.Generator, *, length: int = LENGTH
) -> Walks:
    """Walk from each node along edges drawn with equal chance.

    Parameters
    ----------
    adjacency
        Neighbours of each node.
    starts
        `(W,)` nodes to begin at; one may stand several times.
    rng
        Of the draws: `length` numbers a walk, whether it has ended or not.
    length
        Steps of each walk; one from a node without neighbours ends there.
    """
    nodes = np.full((len(starts), length + 1), NOWHERE, dtype=np.int32)
    weight = np.zeros((len(starts), length + 1), dtype=np.float32)
    nodes[:, 0], weight[:, 0] = starts, 1
    drawn = rng.random((length, len(starts)))
    begin, degree = adjacency.start, adjacency.degree
    for step in range(length):
        here = nodes[:, step]
        going = np.flatnonzero((here != NOWHERE) & (degree[here] > 0))
        at = here[going]
        edge = begin[at] + (drawn[step, going] * degree[at]).astype(np.int64)
        nodes[going, step + 1] = adjacency.neighbour[edge]
        weight[going, step + 1] = weight[going, step] * adjacency.weight[edge]
    return Walks(nodes, weight)
