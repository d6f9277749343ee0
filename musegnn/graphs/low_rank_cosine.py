"""Co-expression without a test: cosine of genes in the leading components of two normalisations."""

from __future__ import annotations

import numpy as np
from scipy import linalg, sparse

from musegnn.graphs.cscore_estimator import CoExpression

RANK = 32  # components; 16 to 64 differ little on the edge table of docs/graphs.md


def low_rank_cosine(
    counts: sparse.csr_matrix, depth: np.ndarray, residuals: np.ndarray, *, rank: int = RANK
) -> CoExpression:
    r"""Average the cosine of genes over two views of the same cells.

    One view are the principal components of the Pearson residuals, with every cell centred over its
    genes; the other those of log-transformed counts per 10,000, with every gene standardised over
    the cells. Noise that only one normalisation makes is averaged out, and cutting the rank removes
    most of what is not shared by many genes.

    Parameters
    ----------
    counts
        `(C, G)` raw counts.
    depth
        `(C,)` total counts of each cell, greater than 0.
    residuals
        `(C, G)` Pearson residuals.
    rank
        Number of components of each view, at least 1.

    Returns
    -------
    CoExpression with the mean cosine as `estimate`. The statistic is log G minus the mean logarithm
    of the ranks that two genes give each other in both views: from 0 for the farthest to log G for
    mutual best partners, without a null distribution. `p_value` is 1 throughout: there is no test.
    """
    by_cell = np.asarray(residuals, dtype=np.float64)
    by_cell = by_cell - by_cell.mean(axis=1, keepdims=True)
    logarithm = np.log1p(counts.multiply(1e4 / depth[:, None]).toarray())
    logarithm -= logarithm.mean(axis=0)
    deviation = logarithm.std(axis=0)
    usable = deviation > 0
    logarithm /= np.where(usable, deviation, 1.0)
    views = [cosine_of_components(values, rank) for values in (by_cell, logarithm)]
    estimate = np.clip(sum(views) / 2, -1, 1)
    statistic = np.log(len(estimate)) - sum(mutual_rank(view) for view in views) / 2
    for array in (estimate, statistic):
        array[~usable, :] = 0
        array[:, ~usable] = 0
    np.fill_diagonal(estimate, 1.0)
    return CoExpression(
        estimate=estimate,
        statistic=statistic,
        p_value=np.ones_like(estimate),
        mean=np.asarray(counts.multiply(1 / depth[:, None]).mean(axis=0)).ravel(),
        variance=deviation**2,
        n_iterations=0,
        converged=True,
    )


def cosine_of_components(values: np.ndarray, rank: int) -> np.ndarray:
    """Cosine of the columns of `(C, G)` values in their `rank` leading components, `(G, G)`.

    The components come from the `(G, G)` Gram matrix, so time and memory grow with the number of
    cells only through one matrix product.
    """
    n_genes = values.shape[1]
    rank = min(rank, *values.shape)
    spectrum, vectors = linalg.eigh(
        values.T @ values, subset_by_index=[n_genes - rank, n_genes - 1]
    )
    scores = vectors * np.sqrt(np.maximum(spectrum, 0))
    norm = np.linalg.norm(scores, axis=1, keepdims=True)
    unit = scores / np.where(norm > 0, norm, 1.0)
    return unit @ unit.T


def mutual_rank(score: np.ndarray) -> np.ndarray:
    """Mean logarithm of the ranks that two genes give each other, `(G, G)`: smaller is closer.

    The best partner has rank 1. Ties go to the lower column; a gene itself comes last.

    References
    ----------
    Obayashi and Kinoshita, DNA Research 16, 249 (2009).
    """
    score = score.copy()
    np.fill_diagonal(score, -np.inf)
    order = np.argsort(-score, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(1, score.shape[1] + 1)[None, :], axis=1)
    logarithm = np.log(rank)
    return (logarithm + logarithm.T) / 2
