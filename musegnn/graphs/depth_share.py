"""How many edges come back when depth is all that the genes of a cell have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from musegnn.graphs.reproducibility import FEWEST_CELLS, Edges

CELLS_IN_STRATUM: Final = 10  # nearest in depth
_PAIRS_AT_ONCE: Final = 500_000  # of stratum and gene


@dataclass(frozen=True)
class DepthShare:
    """Edges of a graph that depth alone gives too.

    Parameters
    ----------
    share
        Share of the edges that are there again when the counts of each gene are exchanged among
        cells of like depth, 0 to 1.
    chance
        The same for edges drawn at random: share of all pairs that are edges then, 0 to 1.
    cells_in_stratum
        Cells among which counts are exchanged.
    """

    share: float
    chance: float
    cells_in_stratum: int = CELLS_IN_STRATUM


def depth_share(
    counts: sparse.csr_matrix,
    depth: np.ndarray,
    adjacency: sparse.csr_matrix,
    edges: Edges,
    *,
    seed: int = 0,
) -> DepthShare | None:
    """Exchange counts among cells of like depth, build the graph again and count what comes back.

    The depth of a cell stays what it was, and every gene keeps how it goes with depth; whatever
    else two genes have in common is gone.

    Parameters
    ----------
    counts
        `(C, G)` raw counts.
    depth
        `(C,)` total counts of each cell.
    adjacency
        `(G, G)` bool, the edges of the graph.
    edges
        Takes counts and depth, returns the `(G, G)` adjacency.
    seed
        Of the exchange.

    Returns
    -------
    DepthShare, or None with fewer than 40 cells or no edge.
    """
    if len(depth) < FEWEST_CELLS or not adjacency.nnz:
        return None
    again = edges(shuffled_in_strata(counts, depth, seed=seed), depth)
    n_genes = counts.shape[1]
    return DepthShare(
        share=adjacency.multiply(again).nnz / adjacency.nnz,
        chance=again.nnz / (n_genes * (n_genes - 1)),
    )


def shuffled_in_strata(
    counts: sparse.csr_matrix, depth: np.ndarray, *, seed: int = 0
) -> sparse.csr_matrix:
    """Exchange the counts of each gene among the cells of each stratum of depth.

    Parameters
    ----------
    counts
        `(C, G)` raw counts.
    depth
        `(C,)`; each `CELLS_IN_STRATUM` cells next to each other in depth are a stratum, ties in the
        order of the file; the last one takes the rest.
    seed
        Of the exchange.

    Returns
    -------
    `(C, G)`, each gene with the same counts in each stratum as before.
    """
    rng = np.random.default_rng(seed)
    n_cells, n_genes = counts.shape
    order = np.argsort(depth, kind="stable")
    place = np.empty(n_cells, dtype=np.int64)
    place[order] = np.arange(n_cells)
    n_strata = max(n_cells // CELLS_IN_STRATUM, 1)
    stored = counts.tocoo()
    stratum = np.minimum(place[stored.row] // CELLS_IN_STRATUM, n_strata - 1)
    pair = stratum * n_genes + stored.col
    by_pair = np.lexsort((place[stored.row], pair))
    pair, values = pair[by_pair], stored.data[by_pair]
    _, first, sizes = np.unique(pair, return_index=True, return_counts=True)
    # the widest stratum is the last; in the others its surplus places are never drawn
    widest = n_cells - (n_strata - 1) * CELLS_IN_STRATUM
    new_place = np.empty(len(pair), dtype=np.int64)
    for low in range(0, len(first), _PAIRS_AT_ONCE):
        part = slice(low, low + _PAIRS_AT_ONCE)
        own = pair[first[part]] // n_genes
        keys = rng.random((len(own), widest))
        keys[own < n_strata - 1, CELLS_IN_STRATUM:] = 2.0
        drawn = np.argsort(keys, axis=1)
        number = sizes[part]
        rows = np.repeat(np.arange(len(own)), number)
        start = np.repeat(np.cumsum(number) - number, number)
        which = np.arange(len(rows)) - start
        here = slice(int(first[low]), int(first[low]) + len(rows))
        new_place[here] = own[rows] * CELLS_IN_STRATUM + drawn[rows, which]
    shuffled = sparse.csr_matrix(
        (values, (order[new_place], pair % n_genes)), shape=counts.shape, dtype=counts.dtype
    )
    shuffled.sort_indices()
    return shuffled
