"""Vectors of genes before training: one space for all graphs, without any network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from musegnn import keys
from musegnn.graphs.abundance import abundance_features
from musegnn.graphs.alignment import align_features
from musegnn.graphs.company import company_features
from musegnn.graphs.consensus import consensus_features
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.unit_rows import unit_rows
from musegnn.runs.kinds.aligned import AlignedSettings

FEATURE_NORM = 8.0  # length of a feature row; with more, attention starts too sharp


def starting_features(graphs: Sequence[GeneGraph], config: AlignedSettings) -> list[np.ndarray]:
    """Join what a gene does alone with what all graphs agree on, in the width of the embedding.

    1. The leading features of each graph are rotated onto those of the others by the names they
       share (`musegnn.graphs.alignment`).
    2. With the company a gene keeps (`musegnn.graphs.company`) and its abundance
       (`musegnn.graphs.abundance`) beside them, each graph is mapped onto the consensus of all
       (`musegnn.graphs.consensus`).
    3. Aligned features and consensus together are cut to the leading directions of each graph for
       itself, so that none loses its own structure to the others, and rotated onto each other.

    Returns
    -------
    `(G, embedding_width)` float32 of each graph; rows of length `FEATURE_NORM`.
    """
    names = [graph.genes[keys.COMMON_GENE].tolist() for graph in graphs]
    leading = [unit_rows(graph.features[:, : config.n_components]) for graph in graphs]
    aligned = [
        unit_rows(_smooth(rows, graph.adjacency, config.smoothing))
        for rows, graph in zip(align_features(leading, names), graphs, strict=True)
    ]
    described = [
        unit_rows(
            np.hstack([rows, config.company_weight * company, config.abundance_weight * abundance])
        )
        for rows, company, abundance in zip(
            aligned,
            company_features(graphs, config.n_components),
            abundance_features(graphs),
            strict=True,
        )
    ]
    consensus = consensus_features(
        described,
        names,
        width=config.n_components,
        ridge=config.consensus_ridge,
        power=config.consensus_power,
    )
    cut = [
        cut_to_leading(
            np.hstack([rows, config.consensus_weight * agreed]), config.network.embedding_width
        )
        for rows, agreed in zip(aligned, consensus, strict=True)
    ]
    return [
        (FEATURE_NORM * unit_rows(rows)).astype(np.float32) for rows in align_features(cut, names)
    ]


def leading_directions(rows: np.ndarray, width: int) -> np.ndarray:
    """Directions in which the rows are longest, `(F, <= width)` float64, orthonormal."""
    rows = np.asarray(rows, dtype=np.float64)
    _, vectors = np.linalg.eigh(rows.T @ rows)
    leading = vectors[:, ::-1][:, :width]
    # the sign of an eigenvector is arbitrary: the largest entry is made positive
    largest = np.abs(leading).argmax(axis=0)
    return leading * np.sign(leading[largest, np.arange(leading.shape[1])])


def cut_to_leading(rows: np.ndarray, width: int) -> np.ndarray:
    """Unit rows in their leading directions, `(G, width)`; zeros where there are fewer."""
    found = unit_rows(rows) @ leading_directions(unit_rows(rows), width)
    return np.pad(unit_rows(found), ((0, 0), (0, width - found.shape[1])))


def _smooth(rows: np.ndarray, adjacency: sparse.csr_matrix, share: float) -> np.ndarray:
    """Move each unit row towards the mean direction of its neighbours."""
    unit = unit_rows(rows)
    mean = unit_rows(sparse.csr_matrix(adjacency, dtype=np.float64) @ unit)
    return (1 - share) * unit + share * mean
