"""Principal components turned onto each other by shared names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musegnn.baselines.inputs import FitSettings, common_names
from musegnn.baselines.pca import leading_components
from musegnn.graphs.alignment import align_features
from musegnn.graphs.gene_graph import GeneGraph


def fit_procrustes_pca(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Embed each dataset by principal components, then rotate all onto each other.

    Rotation changes no cosine within a dataset: what is found within one is what `pca` finds.
    Datasets are brought to the same mean squared row length before, so that none pulls harder.

    References
    ----------
    Gower, Psychometrika 40, 33 (1975).
    """
    scores = [_even_size(leading_components(graph, settings.width)) for graph in graphs]
    return align_features(scores, [common_names(graph) for graph in graphs])


def fit_shrunken_pca(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    r"""Shrink weak components before they are rotated: each times the root of its length.

    Scores :math:`u_k s_k` become :math:`u_k s_k^{3/2}`. A component that explains little is mostly
    noise of sampling, so that counting it less helps with cells that were not seen. One line, no
    names, no other dataset: what a method gains over rotated components has to exceed this.
    """
    scores = [leading_components(graph, settings.width) for graph in graphs]
    shrunken = [
        _even_size(values * np.sqrt(np.linalg.norm(values.astype(np.float64), axis=0)))
        for values in scores
    ]
    return align_features(shrunken, [common_names(graph) for graph in graphs])


def _even_size(scores: np.ndarray) -> np.ndarray:
    """Divide by the root of the mean squared row length; zeros stay."""
    scores = np.asarray(scores, dtype=np.float64)
    size = np.sqrt(np.square(scores).sum(axis=1).mean())
    return scores / (size if size > 0 else 1.0)
