"""Find cells that two datasets have in common, count for count."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from musegnn.io.expression import Expression

FEWEST_COUNTS = 100  # smaller profiles can be equal by chance


def count_shared_cells(first: Expression, second: Expression, *, seed: int = 0) -> int:
    """Count cells of the first dataset whose profile stands in the second one too.

    Profiles are compared over the genes that both have, so a dataset that was cut to fewer genes
    still matches. Equal hashes are confirmed by comparing the counts themselves.

    Parameters
    ----------
    first, second
        Counts with current gene symbols.
    seed
        Of the random weights of the hash.
    """
    position = {gene: i for i, gene in enumerate(second.genes)}
    genes = sorted(gene for gene in first.genes if gene in position)
    if not genes:
        return 0
    own = {gene: i for i, gene in enumerate(first.genes)}
    left = _rows_with_counts(first.counts[:, [own[gene] for gene in genes]])
    right = _rows_with_counts(second.counts[:, [position[gene] for gene in genes]])
    if not (left.shape[0] and right.shape[0]):
        return 0
    weights = np.random.default_rng(seed).integers(1, 2**40, len(genes))
    hashes_left, hashes_right = _hash(left, weights), _hash(right, weights)
    row_of = {int(value): row for row, value in enumerate(hashes_right)}
    shared = 0
    for row, value in enumerate(hashes_left):
        match = row_of.get(int(value))
        shared += match is not None and (left[[row]] != right[[match]]).nnz == 0
    return shared


def _rows_with_counts(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Keep the cells with enough counts, as integers."""
    total = np.asarray(counts.sum(axis=1)).ravel()
    return sparse.csr_matrix(counts[np.flatnonzero(total >= FEWEST_COUNTS)], dtype=np.int64)


def _hash(counts: sparse.csr_matrix, weights: np.ndarray) -> np.ndarray:
    """Weighted sum of each row in 64-bit integers, which may wrap around; `(C,)`."""
    return counts @ weights
