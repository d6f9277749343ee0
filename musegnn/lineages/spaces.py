"""Spaces of cells: principal components, vectors from their genes, and both side by side."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import anndata
import numpy as np
from scipy import sparse

from musegnn.errors import InputError
from musegnn.lineages.cells import Cells
from musegnn.lineages.gene_vectors import GeneVectors

PCA, VECTORS, JOINT = "pca", "vectors", "joint"
SPACES: Final = (PCA, VECTORS, JOINT)
N_TOP: Final = 100  # genes of a cell
N_COMPONENTS: Final = 30
N_VARIABLE: Final = 2000
VECTOR_WEIGHT: Final = 0.5  # length of the block of vectors where that of components is 1


@dataclass(frozen=True)
class Space:
    """Places of cells.

    Parameters
    ----------
    places
        `(C, D)` float32.
    words
        How they were made.
    """

    places: np.ndarray
    words: str


def top_genes(cells: Cells, rows: np.ndarray, *, n_top: int = N_TOP) -> sparse.csr_matrix:
    """Weigh in each cell the genes that it shows most beyond the mean of all cells.

    Parameters
    ----------
    cells
        Cells with log expression.
    rows
        `(G,)` vector of each gene, -1 for those that do not count.
    n_top
        Genes of a cell at most; ties by the order of the genes.

    Returns
    -------
    `(C, G)` weights of sum 1 in each row, proportional to log expression minus the mean of the
    gene; a row of zeros for a cell that shows no such gene.
    """
    matrix = cells.expression
    mean = np.asarray(matrix.mean(axis=0)).ravel()
    excess = matrix.data - mean[matrix.indices]
    keep = (excess > 0) & (rows[matrix.indices] >= 0)
    cell = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[keep]
    gene, value = matrix.indices[keep], excess[keep].astype(np.float64)
    order = np.lexsort((gene, -value, cell))
    cell, gene, value = cell[order], gene[order], value[order]
    starts = np.searchsorted(cell, np.arange(matrix.shape[0]))
    first = np.arange(len(cell)) - starts[cell] < n_top
    weights = sparse.csr_matrix((value[first], (cell[first], gene[first])), shape=matrix.shape)
    total = np.asarray(weights.sum(axis=1)).ravel()
    return sparse.csr_matrix(sparse.diags(1 / np.where(total > 0, total, 1)) @ weights)


def cell_vectors(cells: Cells, genes: GeneVectors, *, n_top: int = N_TOP) -> np.ndarray:
    """Return the weighted mean of the vectors of the top genes of each cell, `(C, D)` float32.

    Raises
    ------
    InputError
        If most cells show no gene with a vector.
    """
    weights = top_genes(cells, genes.rows, n_top=n_top)
    has_some = np.diff(weights.indptr) > 0
    if has_some.mean() < 0.5:
        msg = (
            "Expected genes with a vector in most cells, "
            f"found none in {int((~has_some).sum()):,} of {len(cells):,} cells."
        )
        raise InputError(msg, "Choose a set or context with more of their genes.")
    known = np.flatnonzero(genes.rows >= 0)
    means = weights[:, known] @ genes.vectors[genes.rows[known]]
    means[~has_some] = means[has_some].mean(axis=0)  # nothing is known: the middle
    return np.asarray(means, dtype=np.float32)


def principal_components(cells: Cells, *, seed: int = 0) -> np.ndarray:
    """Return the leading components of the variable genes, `(C, at most 30)` float32.

    Genes are those of largest dispersion at their mean (scanpy's default); log expression is
    centred and not scaled.
    """
    import scanpy  # noqa: PLC0415 - takes seconds to import

    data = anndata.AnnData(X=cells.expression.copy())
    data.uns["log1p"] = {"base": None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of bins with a single gene
        scanpy.pp.highly_variable_genes(data, n_top_genes=min(N_VARIABLE, data.n_vars))
    chosen = np.flatnonzero(data.var["highly_variable"].to_numpy())
    return leading(cells.expression[:, chosen], seed=seed)


def leading(matrix: sparse.csr_matrix | np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Return up to 30 principal components, fewer where there are no more, `(C, k)` float32."""
    from sklearn.decomposition import PCA as Components  # noqa: PLC0415, N811 - with scanpy

    width = min(N_COMPONENTS, min(matrix.shape) - 1)
    values = matrix.astype(np.float64)
    found = Components(width, svd_solver="arpack", random_state=seed).fit_transform(values)
    return np.asarray(found, dtype=np.float32)


def unit_block(places: np.ndarray) -> np.ndarray:
    """Centre a block and scale it to a total variance of 1, so that blocks can be weighed."""
    centred = places - places.mean(axis=0)
    spread = float(np.sqrt((centred**2).sum(axis=1).mean()))
    return np.asarray(centred / spread if spread > 0 else centred, dtype=np.float32)


def make_spaces(
    cells: Cells,
    genes: GeneVectors | None,
    *,
    n_top: int = N_TOP,
    weight: float = VECTOR_WEIGHT,
    seed: int = 0,
    components: np.ndarray | None = None,
) -> dict[str, Space]:
    """Return the spaces of some cells by name.

    Parameters
    ----------
    cells
        Cells with log expression.
    genes
        Vectors of their genes; None leaves principal components alone.
    n_top
        Genes of a cell.
    weight
        Length of the block of vectors in the joint space, where that of components is 1.
    seed
        Of the start of the decomposition, which does not change what it finds.
    components
        Principal components that are known already.
    """
    own = unit_block(principal_components(cells, seed=seed) if components is None else components)
    found = {PCA: Space(own, f"{own.shape[1]} principal components of variable genes")}
    if genes is None:
        return found
    block = unit_block(leading(cell_vectors(cells, genes, n_top=n_top), seed=seed))
    mean = f"weighted mean of the vectors of the {n_top} genes that each cell shows most beyond the"
    words = f"{mean} mean of all cells ({genes.words}; {genes.n_shared:,} genes have a vector)"
    return {
        **found,
        VECTORS: Space(block, words),
        JOINT: Space(
            np.hstack([own, np.float32(weight) * block]),
            f"{found[PCA].words}, length 1, beside the {words}, length {weight:g}",
        ),
    }
