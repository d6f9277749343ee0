"""Resampled neighbours: how often each neighbour of a gene comes back when cells are drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from scipy import linalg, sparse

from musegnn import keys
from musegnn.graphs.gene_reliability import WIDTH, nearest_genes
from musegnn.graphs.residuals import pearson_residuals
from musegnn.graphs.unit_rows import unit_rows
from musegnn.progress import Progress, Silent

NEAREST: Final = keys.RESAMPLED_NEAREST
MOST_RESAMPLES: Final = 200


def resampled_neighbours(
    counts: sparse.csr_matrix,
    n_resamples: int,
    *,
    k: int = NEAREST,
    seed: int = 0,
    groups: Sequence[str] = (),
    residuals_of: Callable[[np.ndarray], np.ndarray] | None = None,
    progress: Progress | None = None,
) -> sparse.csr_matrix:
    """Count how often a gene is among the nearest of another one when cells are drawn anew.

    Parameters
    ----------
    counts
        `(C, G)` raw counts.
    n_resamples
        How often cells are drawn, at least 1.
    k
        Neighbours of a gene; all others where there are fewer.
    seed
        Of the draws.
    groups
        Batch of each cell, where cells are drawn inside batches.
    residuals_of
        Gives the `(C, G)` residuals of some rows; by default Pearson residuals of their counts.
    progress
        Told after each resample.

    Returns
    -------
    `(G, G)` sparse float32: share of the resamples, above 0 to 1, in which the gene of the column
    is among the `k` nearest of that of the row. A gene that no drawn cell has, has no neighbours in
    that resample.
    """
    progress = progress or Silent()
    n_cells, n_genes = counts.shape
    rng = np.random.default_rng(seed)
    nearest_of_all = min(k, n_genes - 1)
    if residuals_of is None:

        def residuals_of(rows: np.ndarray) -> np.ndarray:
            return pearson_residuals(sparse.csr_matrix(counts[rows]))

    _, group_of = np.unique(np.asarray(groups, dtype=object), return_inverse=True)
    cells = (
        [np.flatnonzero(group_of == group) for group in range(group_of.max() + 1)]
        if len(groups)
        else [np.arange(n_cells)]
    )
    found = np.zeros((n_genes, n_genes), dtype=np.uint16)
    for number in range(n_resamples):
        drawn = np.sort(np.concatenate([own[rng.integers(0, len(own), len(own))] for own in cells]))
        residuals = residuals_of(drawn)
        unit = unit_rows(_components(residuals))
        nearest = nearest_genes(unit, np.arange(n_genes), nearest_of_all)
        is_known = residuals.any(axis=0)
        rows = np.repeat(np.flatnonzero(is_known), nearest_of_all)
        found[rows, nearest[is_known].ravel()] += 1
        progress.advance(f"resample {number + 1} of {n_resamples}")
    return sparse.csr_matrix(found.astype(np.float32) / np.float32(n_resamples))


def _components(residuals: np.ndarray) -> np.ndarray:
    """Scores of the genes on the leading `WIDTH` components, `(G, <= WIDTH)` float32.

    Up to signs those of `musegnn.graphs.residuals.principal_components`, from the genes' products,
    since that takes a tenth of the time and is done many times here.
    """
    genes = residuals.T.astype(np.float64)
    genes -= genes.mean(axis=0)
    n_genes = len(genes)
    kept = min(WIDTH, *genes.shape)
    values, vectors = linalg.eigh(genes @ genes.T, subset_by_index=(n_genes - kept, n_genes - 1))
    return (vectors * np.sqrt(np.clip(values, 0, None))).astype(np.float32)
