"""Product of a sparse matrix with its own transpose, in time that follows the non-zeros."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy import sparse

BLOCK_ELEMENTS = 2_000_000  # cells x genes held dense at a time: 16 MB as float64
# Above this share of non-zeros, BLAS on dense blocks is faster than the loop over pairs
DENSE_SHARE = 0.2


def gram(rows: sparse.csr_matrix) -> np.ndarray:
    """Sum over cells of the outer product of each row with itself.

    Parameters
    ----------
    rows
        `(C, G)` sparse, float64 or float32.

    Returns
    -------
    `(G, G)` float64, symmetric; sums are float64 for either type. Memory beyond it: nothing
    for sparse rows, one block else.
    """
    n_cells, n_genes = rows.shape
    if rows.nnz < DENSE_SHARE * n_cells * n_genes:
        total = _upper_gram(rows.indptr, rows.indices, rows.data, n_genes)
        lower = np.tril_indices(n_genes, -1)
        total[lower] = total.T[lower]
        return total
    total = np.zeros((n_genes, n_genes))
    step = max(1, BLOCK_ELEMENTS // n_genes)
    for start in range(0, n_cells, step):
        block = rows[start : start + step].toarray().astype(np.float64, copy=False)
        total += block.T @ block  # BLAS sees the same array twice and computes one half
    return total


@njit(cache=True)
def _upper_gram(
    indptr: np.ndarray, indices: np.ndarray, data: np.ndarray, n_genes: int
) -> np.ndarray:
    """Upper triangle of the product; indices of each row must ascend."""
    total = np.zeros((n_genes, n_genes))
    for row in range(len(indptr) - 1):
        for p in range(indptr[row], indptr[row + 1]):
            target = total[indices[p]]
            value = np.float64(data[p])
            for q in range(p, indptr[row + 1]):
                target[indices[q]] += value * data[q]
    return total
