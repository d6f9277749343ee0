"""Reliability of genes: which neighbours come back when other cells of the dataset are taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from musegnn import keys
from musegnn.graphs.unit_rows import unit_rows

LEVELS: Final = keys.RELIABILITY_LEVELS
COLUMNS: Final = keys.RELIABILITY_COLUMNS
WIDTH: Final = 32  # leading components, as many as an embedding has dimensions
_ROWS_AT_ONCE: Final = 512


def gene_reliability(first: np.ndarray, second: np.ndarray) -> dict[str, np.ndarray]:
    """Measure which share of a gene's neighbours is the same in two halves of the cells.

    Neighbours are the genes with the highest cosine of the leading `WIDTH` features, the principal
    components of the residuals of a half, without itself; ties by column.

    Parameters
    ----------
    first, second
        `(G, F)` features of the same G genes, each from one half of the cells.

    Returns
    -------
    `(G,)` float32, 0 to 1, for each of `COLUMNS`; NaN where there are not more than k other genes,
    so that every gene would be a neighbour. A gene whose features are all zero in a half has no
    neighbour there. By chance k / (G - 1) come back.
    """
    shared = count_shared_neighbours(first, second)
    n_genes = len(first)
    return {
        column: np.where(n_genes > k + 1, shared[k] / k, np.nan).astype(np.float32)
        for k, column in zip(LEVELS, COLUMNS, strict=True)
    }


def count_shared_neighbours(first: np.ndarray, second: np.ndarray) -> Mapping[int, np.ndarray]:
    """Count the genes that are among the k nearest in both halves, `(G,)` int64 for each level."""
    units = [unit_rows(values[:, :WIDTH]) for values in (first, second)]
    n_genes = len(first)
    deepest = min(max(LEVELS), max(n_genes - 1, 0))
    found = {k: np.zeros(n_genes, dtype=np.int64) for k in LEVELS}
    for start in range(0, n_genes if deepest else 0, _ROWS_AT_ONCE):
        rows = np.arange(start, min(start + _ROWS_AT_ONCE, n_genes))
        nearest = [nearest_genes(unit, rows, deepest) for unit in units]
        # depth from which on a gene is in both lists; those of one list alone are never reached
        place = np.full((len(rows), n_genes), n_genes + deepest, dtype=np.int64)
        depths = np.arange(1, deepest + 1)
        np.put_along_axis(place, nearest[0], depths[None, :], axis=1)
        later = np.maximum(np.take_along_axis(place, nearest[1], axis=1), depths)
        is_known = units[0][rows].any(axis=1) & units[1][rows].any(axis=1)
        for k, counts in found.items():
            counts[rows] = np.where(is_known, (later <= k).sum(axis=1), 0)
    return found


def nearest_genes(unit: np.ndarray, rows: np.ndarray, n: int) -> np.ndarray:
    """Return the `n` genes nearest to each of some rows, `(rows, n)`, nearest first."""
    cosine = unit[rows] @ unit.T
    cosine[np.arange(len(rows)), rows] = -np.inf
    return np.argsort(-cosine, axis=1, kind="stable")[:, :n]
