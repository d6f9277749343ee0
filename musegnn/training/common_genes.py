"""Rows of the same genes in two graphs, found when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

FEWEST = 10  # genes that two graphs must share to be compared


class CommonGenes:
    """Genes that graphs share, by common name.

    Rows of all pairs would grow with the square of the number of graphs: kept is where each name
    stands in each graph.

    Parameters
    ----------
    names
        Common names of the genes of each graph.

    Attributes
    ----------
    pairs
        Pairs of graphs, the smaller number first, that share at least ten genes.
    """

    def __init__(self, names: Sequence[Sequence[str]]) -> None:
        numbers = {name: i for i, name in enumerate(sorted({n for own in names for n in own}))}
        self._names = [np.array([numbers[name] for name in own], dtype=np.int64) for own in names]
        self._position = np.full((len(names), len(numbers)), -1, dtype=np.int32)
        for graph, own in enumerate(self._names):
            self._position[graph, own] = np.arange(len(own))
        every = combinations(range(len(names)), 2)
        self.pairs = {pair for pair in every if len(self.rows(*pair)[0]) >= FEWEST}

    def rows(self, first: int, second: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the same genes in two graphs, `(n,)` int64 each, in the order of the first."""
        there = self._position[second][self._names[first]]
        rows = np.flatnonzero(there >= 0)
        return rows, there[rows].astype(np.int64)
