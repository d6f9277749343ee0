"""How many edges come back when the graph is estimated from other cells of the same dataset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

FEWEST_CELLS = 40  # twenty in each half

Edges = Callable[[sparse.csr_matrix, np.ndarray], sparse.csr_matrix]


@dataclass(frozen=True)
class Reproducibility:
    """Agreement of two graphs that were estimated from two halves of the cells.

    Parameters
    ----------
    jaccard
        Edges in both graphs over edges in either, 0 to 1.
    chance
        The same if partners were drawn at random with every gene keeping its degree, 0 to 1.
    cells_in_half
        Cells in the smaller half.
    """

    jaccard: float
    chance: float
    cells_in_half: int


def edge_reproducibility(
    counts: sparse.csr_matrix, depth: np.ndarray, edges: Edges, *, seed: int = 0
) -> Reproducibility | None:
    """Split the cells in two at random, build both graphs and compare their edges.

    The genes stay those of the whole dataset, so the figure says how firm the edges are, not how
    firm the choice of genes is.

    Parameters
    ----------
    counts
        `(C, G)` raw counts.
    depth
        `(C,)` total counts of each cell.
    edges
        Takes counts and depth of some cells, returns the `(G, G)` adjacency.
    seed
        Of the split.

    Returns
    -------
    Reproducibility, or None with fewer than 40 cells.
    """
    n_cells = len(depth)
    if n_cells < FEWEST_CELLS:
        return None
    halves = split_cells(n_cells, seed=seed)
    first, second = (edges(sparse.csr_matrix(counts[rows]), depth[rows]) for rows in halves)
    return Reproducibility(
        jaccard=jaccard_of_edges(first, second),
        chance=chance_of_jaccard(first, second),
        cells_in_half=len(halves[0]),
    )


def split_cells(n_cells: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split cells in two at random; ascending rows, so that halves keep the order of the file."""
    order = np.random.default_rng(seed).permutation(n_cells)
    return np.sort(order[: n_cells // 2]), np.sort(order[n_cells // 2 :])


def jaccard_of_edges(first: sparse.csr_matrix, second: sparse.csr_matrix) -> float:
    """Edges in both graphs over edges in either, 0 to 1; 0 when neither has an edge."""
    both = first.multiply(second).nnz
    either = first.nnz + second.nnz - both
    return both / either if either else 0.0


def chance_of_jaccard(first: sparse.csr_matrix, second: sparse.csr_matrix) -> float:
    r"""Jaccard index expected when both graphs keep their degrees and nothing else, 0 to 1.

    A pair is an edge with probability :math:`\min(1, d_i d_j / 2m)` in each graph, independently
    (Chung and Lu, Annals of Combinatorics 6, 125, 2002).
    """
    probabilities = []
    for graph in (first, second):
        degree = np.diff(graph.indptr).astype(np.float64)
        total = degree.sum()
        probability = np.minimum(np.outer(degree, degree) / max(total, 1.0), 1.0)
        np.fill_diagonal(probability, 0)
        probabilities.append(probability)
    both = float((probabilities[0] * probabilities[1]).sum())
    either = first.nnz + second.nnz - both
    return both / either if either else 0.0
