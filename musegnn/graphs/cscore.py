"""CS-CORE: co-expression of counts that models sequencing depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import ndtr

from musegnn.errors import GraphError

MAXIMUM_ITERATIONS = 11
TOLERANCE = 0.05  # largest |change of log theta| at which the iteration stops
BLOCK_ELEMENTS = 4_000_000  # cells x genes held dense at a time: 32 MB per float64 array


@dataclass(frozen=True)
class CoExpression:
    """Result of CS-CORE for G genes.

    Parameters
    ----------
    estimate
        `(G, G)` float64 correlation of the depth-corrected expression, clipped to [-1, 1]; 0 for
        genes with a non-positive variance estimate, 1 on the diagonal.
    statistic
        `(G, G)` float64, standard normal where two genes are independent; 0 for genes with a
        non-positive variance estimate.
    p_value
        `(G, G)` float64 in [0, 1], two-sided; 1 for genes with a non-positive variance estimate.
    mean
        `(G,)` float64, mean of count / depth.
    variance
        `(G,)` float64, variance of the depth-corrected expression; may be 0 or negative, which
        says that the counts vary no more than Poisson noise.
    n_iterations
        Number of reweighting rounds.
    converged
        False when the rounds ended at the limit.
    """

    estimate: np.ndarray
    statistic: np.ndarray
    p_value: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    n_iterations: int
    converged: bool


def cscore(counts: sparse.spmatrix | np.ndarray, depth: np.ndarray) -> CoExpression:
    r"""Estimate the co-expression of all gene pairs and test each against independence.

    Counts are modelled as :math:`x_{ij} \sim Poisson(s_i z_{ij})` with cells i, genes j and depth
    s, so that :math:`E x = s\mu` and :math:`Var\,x = s\mu + s^2\sigma^2`. Means and variances are
    estimated by iteratively reweighted least squares, covariances by weighted moments.

    Parameters
    ----------
    counts
        `(C, G)` raw counts, non-negative, sparse or dense.
    depth
        `(C,)` total counts of each cell **before** genes were chosen, greater than 0.

    Returns
    -------
    CoExpression with arrays in the order of the columns of `counts`.

    Raises
    ------
    GraphError
        If shapes do not fit, there are fewer than 3 cells, or values are negative, not finite, or
        depths not positive.

    Notes
    -----
    Weights depend on depth and mean only, so nothing is held that grows with cells x genes: cells
    are taken in blocks. Time O(C G^2), memory O(G^2 + block).

    References
    ----------
    Su et al., Nature Communications 14, 4846 (2023).
    """
    matrix, depth = _checked(counts, depth)
    n_cells, n_genes = matrix.shape
    depth_2, depth_4 = depth**2, depth**4

    def blocks() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Cells in blocks: counts dense `(B, G)`, depth `(B, 1)`."""
        step = max(1, BLOCK_ELEMENTS // max(n_genes, 1))
        for start in range(0, n_cells, step):
            rows = matrix[start : start + step]
            dense = rows.toarray() if isinstance(rows, sparse.csr_matrix) else rows
            yield dense.astype(np.float64), depth[start : start + step, None]

    mean = np.asarray(depth @ matrix).ravel() / depth_2.sum()
    variance = _moment_variance(blocks(), mean, lambda s: s**2) / depth_4.sum()
    mean, variance, dispersion, n_iterations, converged = _reweight(blocks, mean, variance)

    expressed = mean > 0
    usable = expressed & (variance > 0)
    deviation = np.sqrt(np.where(usable, variance, 1.0))
    centre = _median_dispersion(dispersion)
    covariance = _weighted_covariance(
        blocks(), mean, lambda s: _positive(s * mean + s**2 * (mean**2 / centre))
    )
    estimate = np.clip(covariance / np.outer(deviation, deviation), -1, 1)
    statistic = _weighted_statistic(
        blocks(), mean, lambda s: np.where(usable, s * mean + s**2 * variance, 1.0)
    )
    p_value = 2 * ndtr(-np.abs(statistic))
    unusable = ~usable
    for array, value in ((estimate, 0.0), (statistic, 0.0), (p_value, 1.0)):
        array[unusable, :] = value
        array[:, unusable] = value
    np.fill_diagonal(estimate, 1.0)
    return CoExpression(estimate, statistic, p_value, mean, variance, n_iterations, converged)


def _checked(
    counts: sparse.spmatrix | np.ndarray, depth: np.ndarray
) -> tuple[sparse.csr_matrix | np.ndarray, np.ndarray]:
    """Validate the input; return counts as CSR or array and depth as float64."""
    matrix = sparse.csr_matrix(counts) if sparse.issparse(counts) else np.asarray(counts)
    depth = np.asarray(depth, dtype=np.float64).ravel()  # integers would overflow in s^4
    if matrix.ndim != 2 or matrix.shape[0] != len(depth):
        msg = (
            f"Expected one depth for each of the {matrix.shape[0]} cells, found {len(depth)} "
            f"depths for counts of shape {matrix.shape}."
        )
        raise GraphError(msg, "Give counts as cells x genes.")
    if matrix.shape[0] < 3:
        msg = f"Expected at least 3 cells to estimate co-expression, found {matrix.shape[0]}."
        raise GraphError(msg, "Choose a dataset with more cells or relax the cell filter.")
    if matrix.shape[1] == 0:
        msg = "Expected at least one gene, found none."
        raise GraphError(msg, "Relax the gene filter.")
    values = matrix.data if isinstance(matrix, sparse.csr_matrix) else matrix
    if values.size and (not np.isfinite(values).all() or values.min() < 0):
        msg = "Expected finite, non-negative counts, found negative or missing values."
        raise GraphError(msg, "Give raw counts.")
    if not np.isfinite(depth).all() or depth.min() <= 0:
        msg = f"Expected depths greater than 0, found {depth.min():.3g} as the smallest."
        raise GraphError(msg, "Remove cells without counts.")
    return matrix, depth


def _moment_variance(
    blocks: Iterator[tuple[np.ndarray, np.ndarray]],
    mean: np.ndarray,
    weight: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Sum over cells of weight * ((x - s mu)^2 - s mu), `(G,)`."""
    total = np.zeros_like(mean)
    for counts, s in blocks:
        expected = s * mean
        total += (weight(s) * ((counts - expected) ** 2 - expected)).sum(axis=0)
    return total


def _reweight(
    blocks: Callable[[], Iterator[tuple[np.ndarray, np.ndarray]]],
    mean: np.ndarray,
    variance: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, bool]:
    """Iterate mean and variance until the dispersion theta = mu^2 / sigma^2 settles."""
    theta = _dispersion(mean, variance)
    for iteration in range(1, MAXIMUM_ITERATIONS + 1):
        # a negative theta says "no over-dispersion", which is what an infinite one says too
        previous = np.where(theta < 0, np.inf, theta)
        centre = _median_dispersion(theta)
        numerator, denominator = np.zeros_like(mean), np.zeros_like(mean)
        for counts, s in blocks():
            weight = _positive(s * mean + s**2 * (mean**2 / centre))
            numerator += (s * counts / weight).sum(axis=0)
            denominator += (s**2 / weight).sum(axis=0)
        mean = numerator / denominator
        numerator, denominator = np.zeros_like(mean), np.zeros_like(mean)
        for counts, s in blocks():
            expected = s * mean
            weight = _positive((s**2 * (mean**2 / centre) + expected) ** 2)
            numerator += (s**2 * ((counts - expected) ** 2 - expected) / weight).sum(axis=0)
            denominator += (s**4 / weight).sum(axis=0)
        variance = numerator / denominator
        theta = _dispersion(mean, variance)
        compared = (theta > 0) & (previous > 0)
        with np.errstate(divide="ignore"):
            change = np.abs(np.log(theta[compared] / previous[compared]))
        if not compared.any() or change.max() <= TOLERANCE:
            return mean, variance, theta, iteration, True
    return mean, variance, theta, MAXIMUM_ITERATIONS, False


def _dispersion(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """theta = mu^2 / sigma^2; negative where the variance is, NaN for genes without counts."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(mean > 0, mean**2 / variance, np.nan)


def _median_dispersion(theta: np.ndarray) -> float:
    """Median of the positive dispersions; infinite (pure Poisson weights) when there is none."""
    positive = theta[theta > 0]
    return float(np.median(positive)) if len(positive) else np.inf


def _positive(weight: np.ndarray) -> np.ndarray:
    """Replace zero weights, which only genes without counts have, by 1."""
    return np.where(weight > 0, weight, 1.0)


def _weighted_covariance(
    blocks: Iterator[tuple[np.ndarray, np.ndarray]],
    mean: np.ndarray,
    weights: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """sum s^2 r_j r_k / (w_j w_k) divided by sum s^4 / (w_j w_k), `(G, G)`."""
    numerator, denominator = _products(blocks, mean, weights)
    return numerator / denominator


def _weighted_statistic(
    blocks: Iterator[tuple[np.ndarray, np.ndarray]],
    mean: np.ndarray,
    weights: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """sum s^2 r_j r_k / (v_j v_k) divided by the root of sum s^4 / (v_j v_k), `(G, G)`."""
    numerator, denominator = _products(blocks, mean, weights)
    return numerator / np.sqrt(denominator)


def _products(
    blocks: Iterator[tuple[np.ndarray, np.ndarray]],
    mean: np.ndarray,
    weights: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Accumulate the two gene x gene products over cell blocks."""
    n_genes = len(mean)
    numerator = np.zeros((n_genes, n_genes))
    denominator = np.zeros((n_genes, n_genes))
    for counts, s in blocks:
        inverse = 1.0 / weights(s)  # (B, G)
        residual = s * (counts - s * mean) * inverse
        scale = s**2 * inverse
        numerator += residual.T @ residual
        denominator += scale.T @ scale
    return numerator, denominator
