"""The company a gene keeps: its partners here, by vectors that all datasets agree on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.unit_rows import unit_rows

SMOOTHING = 0.75  # exponent that makes rare partners less surprising, as in skip-gram


def company_features(graphs: Sequence[GeneGraph], n_components: int) -> list[np.ndarray]:
    """Describe each gene by the mean of its partners' joint vectors.

    Every name gets one vector from the edges of all graphs together; a gene-in-context is the mean
    of those of its partners in that graph. Contexts become comparable without being rotated onto
    each other, and a gene whose own name stands nowhere else is placed as well as any other.

    Parameters
    ----------
    graphs
        Edges and common names are used, nothing else.
    n_components
        Width K of the vectors; columns of zeros where there are fewer names.

    Returns
    -------
    `(G, K)` unit rows of each graph; rows of zeros for genes without an edge.
    """
    vectors = joint_vectors(graphs, n_components)
    found = []
    for graph in graphs:
        own = unit_rows(np.stack([vectors[name] for name in graph.genes[keys.COMMON_GENE]]))
        found.append(unit_rows(sparse.csr_matrix(graph.adjacency, dtype=np.float64) @ own))
    return found


def joint_vectors(graphs: Sequence[GeneGraph], n_components: int) -> dict[str, np.ndarray]:
    """Factorise the positive pointwise mutual information of names over the edges of all graphs.

    Returns
    -------
    Name -> vector `(n_components,)`.

    References
    ----------
    Levy and Goldberg, NeurIPS 2014: skip-gram with negative sampling factorises this matrix.
    """
    names = sorted({name for graph in graphs for name in graph.genes[keys.COMMON_GENE]})
    position = {name: i for i, name in enumerate(names)}
    information = _positive_information(_pool_edges(graphs, position))
    rank = min(n_components, len(names) - 1)
    vectors = np.zeros((len(names), n_components))
    if information.nnz and rank > 0:
        # a fixed start makes the iteration repeatable
        left, spectrum, _ = svds(information, k=rank, v0=np.ones(len(names)), solver="arpack")
        vectors[:, :rank] = left * np.sqrt(np.maximum(spectrum, 0))
    return dict(zip(names, vectors, strict=True))


def _pool_edges(graphs: Sequence[GeneGraph], position: dict[str, int]) -> sparse.csr_matrix:
    """Count in how many graphs two names are joined; `(N, N)`, symmetric."""
    rows, columns = [], []
    for graph in graphs:
        own = np.array([position[name] for name in graph.genes[keys.COMMON_GENE]])
        edges = graph.adjacency.tocoo()
        rows.append(own[edges.row])
        columns.append(own[edges.col])
    row, column = np.concatenate(rows), np.concatenate(columns)
    return sparse.csr_matrix(
        (np.ones(len(row)), (row, column)), shape=(len(position), len(position))
    )


def _positive_information(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Positive pointwise mutual information of pairs, made symmetric."""
    degree = np.asarray(counts.sum(axis=1)).ravel()
    smoothed = degree**SMOOTHING
    share = smoothed / max(smoothed.sum(), 1e-300)
    pairs = counts.tocoo()
    ratio = pairs.data / (degree[pairs.row] * share[pairs.col])
    information = sparse.csr_matrix(
        (np.maximum(np.log(ratio), 0), (pairs.row, pairs.col)), shape=counts.shape
    )
    return sparse.csr_matrix((information + information.T) / 2)
