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


def _even_size(scores: np.ndarray) -> np.ndarray:
    """Divide by the root of the mean squared row length; zeros stay."""
    scores = np.asarray(scores, dtype=np.float64)
    size = np.sqrt(np.square(scores).sum(axis=1).mean())
    return scores / (size if size > 0 else 1.0)
