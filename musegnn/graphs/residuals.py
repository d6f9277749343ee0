"""Variable genes, Pearson residuals and the node features made from them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.errors import InputError

OVERDISPERSION = 100  # theta of the negative binomial null model, scanpy's default


def choose_variable_genes(counts: sparse.csr_matrix, n_genes: int) -> np.ndarray:
    """Choose the genes with the largest variance of analytic Pearson residuals.

    Parameters
    ----------
    counts
        `(C, G)` raw counts.
    n_genes
        Number of genes wanted; all genes come back when there are no more.

    Returns
    -------
    Columns of the chosen genes, ascending, int64.

    Raises
    ------
    InputError
        If `n_genes` is below 3.
    """
    return np.sort(rank_variable_genes(counts, n_genes))


def rank_variable_genes(counts: sparse.csr_matrix, n_genes: int) -> np.ndarray:
    """Order genes by the variance of their analytic Pearson residuals, the largest first.

    Parameters
    ----------
    counts, n_genes
        As in `choose_variable_genes`.

    Returns
    -------
    Columns of so many genes; all of them in their own order when there are no more.

    Raises
    ------
    InputError
        If `n_genes` is below 3.

    References
    ----------
    Lause, Berens, Kobak, Genome Biology 22, 258 (2021), as in `scanpy.experimental.pp`.
    """
    if n_genes < 3:
        msg = f"Expected at least 3 genes for a graph, found `genes` = {n_genes}."
        raise InputError(msg, "A thousand is usual.")
    if counts.shape[1] <= n_genes:
        return np.arange(counts.shape[1])
    import scanpy  # noqa: PLC0415 - takes seconds to import; only graph building needs it

    data = _as_anndata(counts)
    with _quiet():
        scanpy.experimental.pp.highly_variable_genes(
            data, flavor="pearson_residuals", n_top_genes=n_genes, theta=OVERDISPERSION
        )
    # ties at the rank limit can mark a few more or fewer genes: rank by variance, then by column
    variance = data.var["residual_variances"].to_numpy()
    order = np.lexsort((np.arange(len(variance)), -variance))
    return order[:n_genes]


def pearson_residuals(counts: sparse.csr_matrix) -> np.ndarray:
    """Analytic Pearson residuals, clipped at the root of the number of cells.

    Returns
    -------
    `(C, G)` float32, without unit, about variance 1 for genes that vary as the null model says.
    """
    import scanpy  # noqa: PLC0415 - see choose_variable_genes

    # a cell without any count among these genes is expected to have none, and a gene in no cell
    # too: their residuals are 0, where the formula would divide 0 by 0
    matrix = sparse.csr_matrix(counts)
    cells = np.flatnonzero(np.diff(matrix.indptr) > 0)
    genes = np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]) > 0)
    residuals = np.zeros(counts.shape, dtype=np.float32)
    if len(cells) == 0:
        return residuals
    data = _as_anndata(matrix[cells][:, genes])
    with _quiet():
        scanpy.experimental.pp.normalize_pearson_residuals(data, theta=OVERDISPERSION)
    residuals[np.ix_(cells, genes)] = data.X
    return residuals


@dataclass(frozen=True)
class NodeFeatures:
    """Features of G genes: `values` `(G, F)` float32; share of variance kept, 0 to 1."""

    values: np.ndarray
    explained_variance: float


def all_residuals(residuals: np.ndarray) -> NodeFeatures:
    """Take the residuals of all cells as features, as published: F = number of cells."""
    return NodeFeatures(np.ascontiguousarray(residuals.T, dtype=np.float32), 1.0)


def principal_components(residuals: np.ndarray, *, n_components: int = 128) -> NodeFeatures:
    """Reduce the residuals of each gene to its principal component scores.

    The size no longer grows with the number of cells, and nothing of the cells but their
    covariance enters.

    Parameters
    ----------
    residuals
        `(C, G)` Pearson residuals.
    n_components
        Largest number of components F; fewer when there are fewer cells or genes.
    """
    from sklearn.decomposition import PCA  # noqa: PLC0415 - only graph building needs it

    genes = residuals.T.astype(np.float64)  # (G, C)
    n_components = min(n_components, *genes.shape)
    model = PCA(n_components=n_components, svd_solver="full")
    with np.errstate(invalid="ignore"):  # 0 / 0 where no residual differs from another
        scores = model.fit_transform(genes)
    share = float(model.explained_variance_ratio_.sum())
    return NodeFeatures(scores.astype(np.float32), 1.0 if np.isnan(share) else share)


def _as_anndata(counts: sparse.csr_matrix) -> anndata.AnnData:
    """Wrap counts for scanpy."""
    names = pd.Index([str(i) for i in range(counts.shape[1])])
    return anndata.AnnData(
        X=sparse.csr_matrix(counts, dtype=np.float32, copy=True), var=pd.DataFrame(index=names)
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence scanpy's own deprecation notices, which a user cannot act on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", UserWarning)
        yield
