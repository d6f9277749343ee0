"""Controls: embeddings without any sense, which a measure must not reward."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

from musegnn.baselines.inputs import FitSettings, common_names, generator_for
from musegnn.graphs.gene_graph import GeneGraph

CLUSTERS = 20
CLUSTER_SPREAD = 0.3  # length of the noise of a gene against that of its cluster centre
COLLAPSED_SPREAD = 0.01  # the same against the one point


def fit_random(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Draw a normal vector for each gene of each dataset: what chance gives."""
    return [_noise(graph, settings) for graph in graphs]


def fit_name_vector(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Draw a normal vector for each name: wins every comparison of equal names, knows nothing."""
    return [
        np.stack(
            [
                generator_for(settings.seed, "name", name).normal(size=settings.width)
                for name in common_names(graph)
            ]
        )
        for graph in graphs
    ]


def fit_collapsed(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Put all genes on one point with a little noise: perfectly mixed, and empty."""
    point = _direction(generator_for(settings.seed, "point"), settings.width)
    return [_around(point, graph, settings, COLLAPSED_SPREAD) for graph in graphs]


def fit_degree(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    r"""Embed a gene by its number of edges alone.

    With r in (0, 1] the rank of the degree within the dataset, ties at their mean rank, the vector
    is :math:`(\cos(\pi r / 2), \sin(\pi r / 2), 0, ...)`: the cosine of two genes falls with the
    difference of their ranks. In one column there is no direction; it holds 1 throughout.
    """
    return [_by_degree(graph, settings.width) for graph in graphs]


def fit_name_clusters(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Put each name into one of 20 clusters by lot, with noise of its own for each gene.

    Wins measures of mixing (ASW, iLISI, graph connectivity, common gene ratio) outright.
    """
    centres = np.stack(
        [
            _direction(generator_for(settings.seed, "centre", str(i)), settings.width)
            for i in range(CLUSTERS)
        ]
    )
    found = []
    for graph in graphs:
        lot = [
            int(generator_for(settings.seed, "cluster", name).integers(CLUSTERS))
            for name in common_names(graph)
        ]
        found.append(_around(centres[lot], graph, settings, CLUSTER_SPREAD))
    return found


def _noise(graph: GeneGraph, settings: FitSettings) -> np.ndarray:
    """Draw a standard normal vector for each gene of a graph, `(G, D)`."""
    rng = generator_for(settings.seed, "noise", graph.name)
    return rng.normal(size=(graph.n_genes, settings.width))


def _around(
    centre: np.ndarray, graph: GeneGraph, settings: FitSettings, spread: float
) -> np.ndarray:
    """Add noise of expected squared length `spread` squared to unit vectors."""
    return centre + spread / np.sqrt(settings.width) * _noise(graph, settings)


def _direction(rng: np.random.Generator, width: int) -> np.ndarray:
    """Draw a vector of length 1."""
    vector = rng.normal(size=width)
    return vector / np.linalg.norm(vector)


def _by_degree(graph: GeneGraph, width: int) -> np.ndarray:
    """Angle of the degree rank as a vector, `(G, D)`."""
    angle = np.pi / 2 * rankdata(graph.degree) / graph.n_genes
    vectors = np.zeros((graph.n_genes, width))
    if width == 1:
        return vectors + 1
    vectors[:, 0], vectors[:, 1] = np.cos(angle), np.sin(angle)
    return vectors
