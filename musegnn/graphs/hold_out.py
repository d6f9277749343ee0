"""Hide edges and gene names before training, so that finding them again means something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.validation import check_share

EDGE_SHARE = 0.1
NAME_SHARE = 0.2


@dataclass(frozen=True)
class HiddenPairs:
    """Pairs of one graph that training must not see as edges or as non-edges.

    Parameters
    ----------
    edges
        `(n, 2)` int64, edges taken out, row < column.
    non_edges
        `(n, 2)` int64, pairs without an edge, drawn uniformly.
    matched_non_edges
        `(n, 2)` int64, pairs without an edge whose genes have, on average, the degrees of the
        hidden edges: partners of hidden edges are exchanged among each other.
    """

    edges: np.ndarray
    non_edges: np.ndarray
    matched_non_edges: np.ndarray


@dataclass(frozen=True)
class HoldOut:
    """What is hidden from training.

    Parameters
    ----------
    seed
        Of the draw.
    pairs
        Hidden pairs of each graph, in the order of the graphs.
    names
        Common gene names that are hidden everywhere: no method may use that a gene of one graph is
        the gene of another. Drawn among those in two graphs or more.
    """

    seed: int
    pairs: tuple[HiddenPairs, ...]
    names: frozenset[str]


def draw_hold_out(
    graphs: Sequence[GeneGraph],
    seed: int,
    *,
    edge_share: float = EDGE_SHARE,
    name_share: float = NAME_SHARE,
) -> HoldOut:
    """Draw edges of each graph and names over all graphs.

    Parameters
    ----------
    graphs
        Complete graphs.
    seed
        The same graphs and seed give the same draw, whatever the order of anything else.
    edge_share, name_share
        Shares of edges and of repeated names to hide, 0 to 1.
    """
    check_share(edge_share, name="edge_share")
    check_share(name_share, name="name_share")
    rng = np.random.default_rng(seed)
    counted = Counter(name for graph in graphs for name in set(graph.genes[keys.COMMON_GENE]))
    repeated = sorted(name for name, count in counted.items() if count > 1)
    hidden = rng.choice(len(repeated), size=round(name_share * len(repeated)), replace=False)
    pairs = tuple(_hide_pairs(graph.adjacency, edge_share, rng) for graph in graphs)
    return HoldOut(seed, pairs, frozenset(repeated[i] for i in hidden))


def _hide_pairs(
    adjacency: sparse.csr_matrix, share: float, rng: np.random.Generator
) -> HiddenPairs:
    """Draw hidden edges and both kinds of non-edges of one graph."""
    dense = adjacency.toarray()
    edges = np.argwhere(np.triu(dense, 1))
    hidden = edges[np.sort(rng.choice(len(edges), size=round(share * len(edges)), replace=False))]
    free = ~dense & ~np.eye(len(dense), dtype=bool)
    return HiddenPairs(
        hidden, _draw_free(free, len(hidden), rng), _exchange_partners(hidden, free, rng)
    )


def _draw_free(free: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw n pairs uniformly among those that are free, each at most once."""
    candidates = np.flatnonzero(np.triu(free, 1))
    chosen = np.sort(rng.choice(candidates, size=min(n, len(candidates)), replace=False))
    return np.stack(np.unravel_index(chosen, free.shape), axis=1).astype(np.int64)


def _exchange_partners(
    edges: np.ndarray, free: np.ndarray, rng: np.random.Generator, rounds: int = 20
) -> np.ndarray:
    """Join the ends of edges at random, keeping pairs that are free, until there are as many."""
    found: set[tuple[int, int]] = set()
    ends = edges.ravel()
    for _ in range(rounds):
        shuffled = rng.permutation(ends).reshape(-1, 2)
        for first, second in shuffled[free[shuffled[:, 0], shuffled[:, 1]]].tolist():
            if len(found) < len(edges):
                found.add((min(first, second), max(first, second)))
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)


def mask_graphs(graphs: Sequence[GeneGraph], hold_out: HoldOut) -> list[GeneGraph]:
    """Return the graphs as training may see them.

    Hidden edges are gone from adjacency and statistics and, with as many non-edges of both kinds,
    are marked unknown. A gene with a hidden name gets a name of its own in each graph.
    """
    return [
        _mask(graph, pairs, hold_out.names)
        for graph, pairs in zip(graphs, hold_out.pairs, strict=True)
    ]


def _mask(graph: GeneGraph, pairs: HiddenPairs, names: frozenset[str]) -> GeneGraph:
    """Mask one graph."""
    n = graph.n_genes
    adjacency = graph.adjacency.toarray()
    adjacency[pairs.edges[:, 0], pairs.edges[:, 1]] = False
    adjacency &= adjacency.T
    unknown = np.zeros((n, n), dtype=bool)
    for hidden in (pairs.edges, pairs.non_edges, pairs.matched_non_edges):
        unknown[hidden[:, 0], hidden[:, 1]] = True
    unknown |= unknown.T
    if graph.unknown is not None:  # something was hidden before
        unknown |= graph.unknown.toarray()
    masked = sparse.csr_matrix(adjacency)
    masked.sort_indices()
    genes = graph.genes.copy()
    own = [f"{name}@{graph.name}" for name in genes[keys.COMMON_GENE]]
    genes[keys.COMMON_GENE] = np.where(
        genes[keys.COMMON_GENE].isin(names), own, genes[keys.COMMON_GENE]
    )
    seen = sparse.csr_matrix(masked, dtype=np.float32)
    return replace(
        graph,
        genes=genes,
        adjacency=masked,
        # an estimate of a hidden pair would tell what is hidden
        estimate=_only(graph.estimate, seen),
        statistic=_only(graph.statistic, seen),
        significance=np.where(adjacency, graph.significance, 0).astype(np.int8),
        unknown=sparse.csr_matrix(unknown),
    )


def _only(values: np.ndarray | sparse.csr_matrix, edges: sparse.csr_matrix) -> sparse.csr_matrix:
    """Keep the values that stand on edges."""
    return sparse.csr_matrix(edges.multiply(values))
