"""Planted linear-Gaussian graphs."""

import numpy as np


def planted_graph(n_genes=20, degree=2.5, n_causes=None, seed=0):
    """Edges of a random acyclic graph, row acts on column; only the first genes may act."""
    rng = np.random.default_rng(seed)
    edges = np.triu(rng.random((n_genes, n_genes)) < degree / (n_genes - 1), 1)
    if n_causes is not None:
        edges[n_causes:] = False
    return edges


def planted_cells(edges, n_cells=5000, seed=0, weakest=0.4):
    """Cells of a graph: each gene the weighted sum of what acts on it, plus noise."""
    rng = np.random.default_rng([seed, 1])
    weights = edges * rng.uniform(weakest, 1.0, edges.shape) * rng.choice([-1, 1], edges.shape)
    cells = np.zeros((n_cells, len(edges)))
    for gene in range(len(edges)):
        cells[:, gene] = cells @ weights[:, gene] + rng.normal(size=n_cells)
    return cells


def f1(found, edges):
    """F1 of a symmetric skeleton."""
    truth = edges | edges.T
    return 2 * (found & truth).sum() / (found.sum() + truth.sum())
