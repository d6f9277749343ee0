"""CS-CORE: co-expression of counts that models sequencing depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import ndtr

from musegnn.errors import GraphError
from musegnn.graphs.depth_kernel import DepthKernel

MAXIMUM_ITERATIONS = 11
TOLERANCE = 0.05  # largest |change of log theta| at which the iteration stops


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
    Both weights have the form :math:`s\mu(1 + s a)` with one number a for each gene. Sums over
    non-zero counts therefore cost time linear in them, and sums over all cells go through a few
    dozen depths instead (`DepthKernel`), to the precision of float64. What is left is one symmetric
    product of sparse rows for the covariance and one for the test. Memory is
    O(non-zeros + G^2): no array of cells x genes is ever held.

    References
    ----------
    Su et al., Nature Communications 14, 4846 (2023).
    """
    matrix, depth = _checked(counts, depth)
    kernel = DepthKernel.of(depth)
    model = _Moments(matrix, depth, kernel)
    mean, variance, dispersion, n_iterations, converged = model.reweight()

    expressed = mean > 0
    usable = expressed & (variance > 0)
    safe_mean = np.where(expressed, mean, 1.0)
    deviation = np.sqrt(np.where(usable, variance, 1.0))
    numerator, denominator = model.products(mean, mean / _median_dispersion(dispersion))
    estimate = np.clip(numerator / denominator / np.outer(deviation, deviation), -1, 1)
    excess = np.where(usable, variance, 0.0) / safe_mean  # v = s mu (1 + s sigma^2 / mu)
    numerator, denominator = model.products(mean, excess)
    statistic = numerator / np.sqrt(denominator)
    p_value = 2 * ndtr(-np.abs(statistic))
    unusable = ~usable
    for array, value in ((estimate, 0.0), (statistic, 0.0), (p_value, 1.0)):
        array[unusable, :] = value
        array[:, unusable] = value
    np.fill_diagonal(estimate, 1.0)
    return CoExpression(estimate, statistic, p_value, mean, variance, n_iterations, converged)


def _checked(
    counts: sparse.spmatrix | np.ndarray, depth: np.ndarray
) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Validate the input; return counts as CSR and depth as float64."""
    matrix = sparse.csr_matrix(counts)
    if not matrix.has_canonical_format:  # a copy, so that the caller's matrix stays as it is
        matrix = matrix.copy()
        matrix.sum_duplicates()
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
    if matrix.nnz and (not np.isfinite(matrix.data).all() or matrix.data.min() < 0):
        msg = "Expected finite, non-negative counts, found negative or missing values."
        raise GraphError(msg, "Give raw counts.")
    if not np.isfinite(depth).all() or depth.min() <= 0:
        msg = f"Expected depths greater than 0, found {depth.min():.3g} as the smallest."
        raise GraphError(msg, "Remove cells without counts.")
    return matrix, depth


class _Moments:
    """Weighted moments of one count matrix: sums over non-zeros plus sums over depths.

    With the weight s mu (1 + s a), write F = 1 / (1 + s a). Then s / w = F / mu, and
    s (x - s mu) / w = x F / mu - s F: the first part stands on non-zeros, the second is a smooth
    function of depth and gene alone.
    """

    def __init__(self, matrix: sparse.csr_matrix, depth: np.ndarray, kernel: DepthKernel) -> None:
        self.matrix, self.depth, self.kernel = matrix, depth, kernel
        self.counts = matrix.data.astype(np.float64)
        self.genes = matrix.indices
        self.depth_of = np.repeat(depth, np.diff(matrix.indptr))  # depth of each non-zero

    def reweight(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, bool]:
        """Iterate mean and variance until the dispersion theta = mu^2 / sigma^2 settles."""
        mean = self._sum(self.depth_of * self.counts) / (self.depth**2).sum()
        variance = self._first_variance(mean)
        theta = _dispersion(mean, variance)
        for iteration in range(1, MAXIMUM_ITERATIONS + 1):
            # a negative theta says "no over-dispersion", which is what an infinite one says too
            previous = np.where(theta < 0, np.inf, theta)
            centre = _median_dispersion(theta)
            mean = self._weighted_mean(mean / centre)
            variance = self._weighted_variance(mean, mean / centre)
            theta = _dispersion(mean, variance)
            compared = (theta > 0) & (previous > 0)
            with np.errstate(divide="ignore"):
                change = np.abs(np.log(theta[compared] / previous[compared]))
            if not compared.any() or change.max() <= TOLERANCE:
                return mean, variance, theta, iteration, True
        return mean, variance, theta, MAXIMUM_ITERATIONS, False

    def products(self, mean: np.ndarray, excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sum s^2 r_j r_k / (w_j w_k) and s^4 / (w_j w_k) over cells, each `(G, G)`."""
        from musegnn.graphs.sparse_products import gram  # noqa: PLC0415 - numba loads slowly

        safe = np.where(mean > 0, mean, 1.0)
        scaled = sparse.csr_matrix(
            (
                self.counts / (1 + self.depth_of * excess[self.genes]) / safe[self.genes],
                self.genes,
                self.matrix.indptr,
            ),
            shape=self.matrix.shape,
        )
        at_nodes = self.kernel.evaluate(excess)  # (K, G)
        smooth = at_nodes.T @ self.kernel.second_moment @ at_nodes
        # sum over cells of (x F / mu)_j (s F)_k, gathered by depth node first
        gathered = np.asarray(self.kernel.weighted_basis.T @ scaled)  # (K, G)
        cross = gathered.T @ at_nodes
        numerator = gram(scaled) - cross - cross.T + smooth
        return numerator, smooth / np.outer(safe, safe)

    def _sum(self, values: np.ndarray) -> np.ndarray:
        """Sum values at the non-zeros by gene, `(G,)`."""
        return np.bincount(self.genes, weights=values, minlength=self.matrix.shape[1])

    def _first_variance(self, mean: np.ndarray) -> np.ndarray:
        """Sum of s^2 ((x - s mu)^2 - s mu) over that of s^4, `(G,)`."""
        s, x = self.depth_of, self.counts
        on_counts = self._sum(s**2 * x**2) - 2 * mean * self._sum(s**3 * x)
        powers = {p: (self.depth**p).sum() for p in (3, 4)}
        return (on_counts + mean**2 * powers[4] - mean * powers[3]) / powers[4]

    def _weighted_mean(self, excess: np.ndarray) -> np.ndarray:
        """Sum of s x / w over that of s^2 / w; the factor 1 / mu of both cancels."""
        on_counts = self._sum(self.counts / (1 + self.depth_of * excess[self.genes]))
        return on_counts / (self.kernel.moment(1) @ self.kernel.evaluate(excess))

    def _weighted_variance(self, mean: np.ndarray, excess: np.ndarray) -> np.ndarray:
        """Sum of s^2 ((x - s mu)^2 - s mu) / h over that of s^4 / h; 1 / mu^2 cancels."""
        s, x, mu = self.depth_of, self.counts, mean[self.genes]
        factor = 1 / (1 + s * excess[self.genes]) ** 2
        squared = self.kernel.evaluate(excess) ** 2  # (K, G)
        first, second = self.kernel.moment(1) @ squared, self.kernel.moment(2) @ squared
        on_counts = self._sum(factor * (x**2 - 2 * x * s * mu))
        return (on_counts + mean**2 * second - mean * first) / second


def _dispersion(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """theta = mu^2 / sigma^2; negative where the variance is, NaN for genes without counts."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(mean > 0, mean**2 / variance, np.nan)


def _median_dispersion(theta: np.ndarray) -> float:
    """Median of the positive dispersions; infinite (pure Poisson weights) when there is none."""
    positive = theta[theta > 0]
    return float(np.median(positive)) if len(positive) else np.inf
