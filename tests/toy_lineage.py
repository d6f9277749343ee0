"""A made lineage: cells on a way from A over B to C and D, whose genes are switched on in turn."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from musegnn.lineages.cells import Cells, make_cells
from musegnn.lineages.gene_vectors import GeneVectors, given_vectors

TREE = "A>B>C, B>D"
N_GENES = 240


def make_counts(
    n_cells: int = 160, *, seed: int = 0
) -> tuple[sparse.csr_matrix, list[str], list[str]]:
    """Return counts, genes and labels; the first 60 genes are of A, then B, C, D."""
    rng = np.random.default_rng(seed)
    time = np.sort(rng.uniform(0, 1, n_cells))
    side = rng.integers(0, 2, n_cells)
    block = np.arange(N_GENES) // 60
    peaks = np.array([0.05, 0.45, 0.95, 0.95])[block]
    rate = 0.1 + 3 * np.exp(-((time[:, None] - peaks) ** 2) / 0.06)
    wrong = ((block == 2) & (side[:, None] == 1)) | ((block == 3) & (side[:, None] == 0))
    rate = np.where(wrong & (time[:, None] > 0.5), 0.1, rate)
    labels = np.where(time < 0.25, "A", np.where(time < 0.65, "B", np.where(side == 0, "C", "D")))
    return (
        sparse.csr_matrix(rng.poisson(rate)),
        [f"GENE{number}" for number in range(N_GENES)],
        list(map(str, labels)),
    )


def make_lineage_cells(n_cells: int = 160, *, seed: int = 0) -> Cells:
    """Return the cells of `make_counts`."""
    counts, genes, labels = make_counts(n_cells, seed=seed)
    return make_cells(counts, genes, labels=labels)


def make_vectors(cells: Cells, *, seed: int = 0) -> GeneVectors:
    """Return vectors that know which genes are switched on together."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(4, 16))
    vectors = centres[np.arange(N_GENES) // 60] + 0.3 * rng.normal(size=(N_GENES, 16))
    return given_vectors(vectors, cells.genes, cells.genes, words="made vectors")
