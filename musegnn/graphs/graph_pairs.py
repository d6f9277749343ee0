"""What two graphs share: common genes with their neighbour overlap, and the genes they do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph


@dataclass(frozen=True)
class GraphPair:
    """Relation of a graph to its partner.

    Parameters
    ----------
    common, partner_common
        `(n,)` int64 rows of the same genes in the graph and in its partner, by common name, in the
        order of the graph.
    overlap
        `(n,)` float32 in [0, 1]: Jaccard index of the names of the gene's neighbours in the two
        graphs; 0 where the gene has no neighbour in either.
    differing, partner_differing
        int64 rows with at least one neighbour whose gene is not in the other graph.
    """

    common: np.ndarray
    partner_common: np.ndarray
    overlap: np.ndarray
    differing: np.ndarray
    partner_differing: np.ndarray


def common_rows(graph: GeneGraph, partner: GeneGraph) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the same genes in two graphs, `(n,)` int64 each, in the order of the first."""
    names = graph.genes[keys.COMMON_GENE].to_numpy()
    position = {name: i for i, name in enumerate(partner.genes[keys.COMMON_GENE])}
    rows = np.array([i for i, name in enumerate(names) if name in position], dtype=np.int64)
    return rows, np.array([position[names[i]] for i in rows], dtype=np.int64)


def relate_graphs(graph: GeneGraph, partner: GeneGraph) -> GraphPair:
    """Find common and differing genes of two graphs and the overlap of neighbourhoods.

    References
    ----------
    Liu et al., NeurIPS 2023, section 3 (weights of the similarity term, contrastive genes).
    """
    rows, partner_rows = common_rows(graph, partner)
    first = graph.adjacency[rows][:, rows]
    second = partner.adjacency[partner_rows][:, partner_rows]
    shared = np.asarray(first.multiply(second).sum(axis=1)).ravel()
    union = graph.degree[rows] + partner.degree[partner_rows] - shared
    overlap = np.divide(shared, union, out=np.zeros(len(rows)), where=union > 0)
    return GraphPair(
        common=rows,
        partner_common=partner_rows,
        overlap=overlap.astype(np.float32),
        differing=_differing(graph, rows),
        partner_differing=_differing(partner, partner_rows),
    )


def _differing(graph: GeneGraph, common: np.ndarray) -> np.ndarray:
    """Rows that are not common and have a neighbour, ascending."""
    is_differing = graph.degree > 0
    is_differing[common] = False
    return np.flatnonzero(is_differing)


def draw_contrastive(
    graph: GeneGraph, candidates: np.ndarray, limit: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw genes without replacement and a neighbour of each as its positive.

    Returns
    -------
    Anchor rows and positive rows, int64, at most `limit` each.
    """
    n = min(limit, len(candidates))
    anchors = np.sort(rng.choice(candidates, size=n, replace=False))
    start, end = graph.adjacency.indptr[anchors], graph.adjacency.indptr[anchors + 1]
    picked = start + np.floor(rng.random(n) * (end - start)).astype(np.int64)
    return anchors, graph.adjacency.indices[picked].astype(np.int64)
