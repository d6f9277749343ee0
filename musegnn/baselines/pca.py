"""Principal components: of each dataset alone, and of all datasets at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musegnn.baselines.inputs import FitSettings, common_names, scaled_features
from musegnn.graphs.gene_graph import GeneGraph


def fit_pca(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Embed each dataset by the leading principal components of its Pearson residuals.

    Features of the default preset are such components already, strongest first: their first
    columns are taken. Residuals of single cells (preset `paper`) are reduced here. Vectors of
    different datasets live in different spaces.
    """
    return [leading_components(graph, settings.width) for graph in graphs]


def leading_components(graph: GeneGraph, width: int) -> np.ndarray:
    """First `width` principal component scores of a graph, `(G, width)`, zero-padded."""
    scores = graph.features
    if graph.provenance.get("preset") == "paper":
        scores = principal_scores(scores, width)
    return _fit_width(scores, width)


def principal_scores(values: np.ndarray, width: int) -> np.ndarray:
    """Principal component scores of the rows, `(n, min(width, n, F))` float64.

    Columns are centred; of the two signs of a component, its largest loading is positive.
    """
    values = np.asarray(values, dtype=np.float64)
    left, size, right = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    return ((left * size) * _signs(right.T))[:, :width]


def fit_joint_pca(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    r"""Embed genes by one decomposition of all datasets laid side by side.

    Rows are gene names, columns the features of all datasets, each dataset scaled to the same root
    mean square; where a name is missing from a dataset stand zeros. With :math:`X \approx U S V^T`
    a gene of dataset d gets :math:`X_d V_d`, its own features times the loadings of its dataset: a
    vector of the gene in this context, in a space that all datasets share.
    """
    blocks = [scaled_features(graph).astype(np.float64) for graph in graphs]
    slot = {n: i for i, n in enumerate(sorted({n for g in graphs for n in common_names(g)}))}
    table = np.zeros((len(slot), sum(block.shape[1] for block in blocks)))
    start = 0
    for graph, block in zip(graphs, blocks, strict=True):
        rows = [slot[name] for name in common_names(graph)]
        table[rows, start : start + block.shape[1]] = block
        start += block.shape[1]
    loadings = _leading_loadings(table, settings.width)
    starts = np.cumsum([block.shape[1] for block in blocks])[:-1]
    parts = np.split(loadings, starts)
    return [
        _fit_width(block @ part, settings.width) for block, part in zip(blocks, parts, strict=True)
    ]


def _leading_loadings(table: np.ndarray, width: int) -> np.ndarray:
    """Leading right singular vectors of a table, `(columns, <= width)`."""
    # the squared table is as small as its columns, and only the leading, well separated
    # directions are used
    _, vectors = np.linalg.eigh(table.T @ table)
    loadings = vectors[:, ::-1][:, :width]
    return loadings * _signs(loadings)


def _signs(loadings: np.ndarray) -> np.ndarray:
    """Sign of the largest entry of each column."""
    largest = np.abs(loadings).argmax(axis=0)
    return np.where(loadings[largest, np.arange(loadings.shape[1])] < 0, -1.0, 1.0)


def _fit_width(vectors: np.ndarray, width: int) -> np.ndarray:
    """Cut or zero-pad columns to `width`."""
    vectors = vectors[:, :width]
    return np.pad(vectors, ((0, 0), (0, width - vectors.shape[1])))
