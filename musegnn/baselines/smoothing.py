"""Aligned principal components, smoothed over equal names and over neighbours elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from musegnn.baselines.inputs import FitSettings, common_names
from musegnn.baselines.procrustes import fit_procrustes_pca
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.unit_rows import unit_rows

NAME_WEIGHT = 0.5
NEIGHBOUR_WEIGHT = 0.3
NEIGHBOURS = 10


def fit_smoothed_pca(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Pull aligned components to the same gene elsewhere, then to their neighbours elsewhere.

    Nothing is trained. First `mean_over_names` with weight .5, then `mean_over_neighbours` with
    weight .3 and ten neighbours.
    """
    vectors = fit_procrustes_pca(graphs, settings)
    vectors = mean_over_names(vectors, [common_names(graph) for graph in graphs])
    return mean_over_neighbours(vectors)


def mean_over_names(
    vectors: Sequence[np.ndarray], names: Sequence[Sequence[str]], *, weight: float = NAME_WEIGHT
) -> list[np.ndarray]:
    r"""Mix each gene with the mean of the same name in the other rows of all datasets.

    :math:`z' = (1 - w) z + w \bar z_{others}` with unit vectors z.

    Parameters
    ----------
    vectors
        `(G_d, D)` of each dataset in one space.
    names
        G_d names of each dataset.
    weight
        w, 0 to 1.

    Returns
    -------
    `(G_d, D)` float64; genes whose name stands nowhere else keep their direction.
    """
    unit = [unit_rows(rows.astype(np.float64)) for rows in vectors]
    counted = Counter(name for own in names for name in own)
    slot = {name: i for i, name in enumerate(sorted(counted))}
    slots = [np.array([slot[name] for name in own], dtype=np.int64) for own in names]
    total = np.zeros((len(slot), vectors[0].shape[1]))
    for own, rows in zip(slots, unit, strict=True):
        np.add.at(total, own, rows)
    count = np.array([counted[name] for name in sorted(counted)])
    mixed = []
    for own, rows in zip(slots, unit, strict=True):
        others = count[own][:, None] - 1
        mean = (total[own] - rows) / np.maximum(others, 1)
        mixed.append(np.where(others > 0, (1 - weight) * rows + weight * mean, rows))
    return mixed


def mean_over_neighbours(
    vectors: Sequence[np.ndarray],
    *,
    weight: float = NEIGHBOUR_WEIGHT,
    n_neighbours: int = NEIGHBOURS,
) -> list[np.ndarray]:
    r"""Mix each gene with the mean of its nearest vectors by cosine in the other datasets.

    :math:`z' = (1 - w) z + w \bar z_{nearest}` with unit vectors z, scaled to length 1 again.

    Parameters
    ----------
    vectors
        `(G_d, D)` of each dataset in one space.
    weight
        w, 0 to 1.
    n_neighbours
        Number of nearest vectors, at least 1; all of them where there are fewer.

    Returns
    -------
    `(G_d, D)` float64 with rows of length 1; a single dataset is only scaled.
    """
    unit = [unit_rows(rows.astype(np.float64)) for rows in vectors]
    if len(unit) < 2:
        return unit
    return [
        unit_rows((1 - weight) * rows + weight * _nearest_mean(rows, others, n_neighbours))
        for rows, others in (
            (rows, np.concatenate([other for j, other in enumerate(unit) if j != i]))
            for i, rows in enumerate(unit)
        )
    ]


def _nearest_mean(rows: np.ndarray, others: np.ndarray, n_neighbours: int) -> np.ndarray:
    """Mean of the vectors among `others` with the highest cosine to each row."""
    n = min(n_neighbours, len(others))
    # single precision: choosing among tens of thousands of vectors is what takes the time
    cosine = rows.astype(np.float32) @ others.T.astype(np.float32)
    nearest = np.argpartition(cosine, len(others) - n, axis=1)[:, len(others) - n :]
    # in the order of rows, so that the sum is the same whatever the partition leaves behind
    return others[np.sort(nearest, axis=1)].mean(axis=1)
