"""CS-CORE: co-expression of counts that models sequencing depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from scipy import sparse
from scipy.special import ndtr

from musegnn.errors import GraphError
from musegnn.graphs.sparse_moments import SparseMoments
from musegnn.graphs.thread_limit import limited_threads
from musegnn.validation import check_choice

DTYPES: Final = ("float64", "float32")
DEVICES: Final = ("cpu", "cuda", "auto")
MAXIMUM_ITERATIONS = 11
TOLERANCE = 0.05  # largest |change of log theta| at which the iteration stops


@dataclass(frozen=True)
class CoExpression:
    """Result of CS-CORE for G genes.

    Parameters
    ----------
    estimate
        `(G, G)` float correlation of the depth-corrected expression, clipped to [-1, 1]; 0 for
        genes with a non-positive variance estimate, 1 on the diagonal.
    statistic
        `(G, G)` float, standard normal where two genes are independent; 0 for genes with a
        non-positive variance estimate.
    p_value
        `(G, G)` float in [0, 1], two-sided; 1 for genes with a non-positive variance estimate.
        In float32 it is 0 beyond a statistic of about 13.
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


class Moments(Protocol):
    """Sums over cells that CS-CORE consists of, wherever they are computed.

    All arguments and results are NumPy arrays, `(G,)` float64 except the products. The weight is
    w = s mu (1 + s a) with the `excess` a, and h = w^2.
    """

    def first_mean(self) -> np.ndarray:
        """Sum of s x over that of s^2."""

    def first_variance(self, mean: np.ndarray) -> np.ndarray:
        """Sum of s^2 ((x - s mu)^2 - s mu) over that of s^4."""

    def weighted_mean(self, excess: np.ndarray) -> np.ndarray:
        """Sum of s x / w over that of s^2 / w."""

    def weighted_variance(self, mean: np.ndarray, excess: np.ndarray) -> np.ndarray:
        """Sum of s^2 ((x - s mu)^2 - s mu) / h over that of s^4 / h."""

    def products(self, mean: np.ndarray, excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sum s^2 r_j r_k / (w_j w_k) and s^4 / (w_j w_k), `(G, G)` each, 1 for mu where 0."""


def cscore(
    counts: sparse.spmatrix | np.ndarray,
    depth: np.ndarray,
    *,
    dtype: str = "float64",
    threads: int | None = None,
    device: str = "cpu",
    block_cells: int | None = None,
) -> CoExpression:
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
    dtype
        One of `DTYPES`: type of the non-zeros and of the pairwise arrays. `float32` takes about
        half the memory; on the CPU its sums are still float64, and the statistics of the public
        blood cells lie within 1e-4 of those of `float64`.
    threads
        Most threads of the numeric libraries inside this call; None for all.
    device
        One of `DEVICES`. `cpu` works on the non-zeros alone; `cuda` works on dense blocks of cells
        on the first CUDA device; `auto` takes that device where there is one.
    block_cells
        Cells in a block on a CUDA device; None for as many as fit about 1 GiB.

    Returns
    -------
    CoExpression with arrays in the order of the columns of `counts`. The same input gives the same
    bytes on the CPU; on a CUDA device it gives the same to rounding.

    Raises
    ------
    GraphError
        If shapes do not fit, there are fewer than 3 cells, or values are negative, not finite, or
        depths not positive, or a block does not fit the memory of the device.
    InputError
        If an option has no such value, or there is no CUDA device for `cuda`.

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
    check_choice(dtype, DTYPES, name="dtype")
    check_choice(device, DEVICES, name="device")
    matrix, depth = _checked(counts, depth)
    # float32 cannot hold fourth powers of depths; the result does not depend on their unit
    unit = float(np.median(depth)) if dtype == "float32" else 1.0
    with limited_threads(threads):
        moments = _moments_on(device, matrix, depth / unit, dtype=dtype, block_cells=block_cells)
        return estimate_from_moments(moments, unit=unit)


def _moments_on(
    device: str,
    matrix: sparse.csr_matrix,
    depth: np.ndarray,
    *,
    dtype: str,
    block_cells: int | None,
) -> Moments:
    """Choose where the sums are computed."""
    if device != "cpu":
        from musegnn.accelerator import dense_moments, devices  # noqa: PLC0415 - they load torch

        found = devices.find_device(device)
        if found != "cpu":
            return dense_moments.DenseMoments(
                matrix, depth, dtype=dtype, device=found, block_cells=block_cells
            )
    return SparseMoments(matrix, depth, dtype=np.float32 if dtype == "float32" else np.float64)


def estimate_from_moments(moments: Moments, *, unit: float = 1.0) -> CoExpression:
    """Run CS-CORE on sums over cells.

    Parameters
    ----------
    moments
        Where the sums come from.
    unit
        Depth that counts as 1 in them; mean and variance are given per original unit.
    """
    mean, variance, dispersion, n_iterations, converged = _reweight(moments)
    expressed = mean > 0
    usable = expressed & (variance > 0)
    safe_mean = np.where(expressed, mean, 1.0)
    deviation = np.sqrt(np.where(usable, variance, 1.0))
    numerator, denominator = moments.products(mean, mean / _median_dispersion(dispersion))
    deviation = deviation.astype(numerator.dtype, copy=False)
    estimate = np.clip(numerator / denominator / np.outer(deviation, deviation), -1, 1)
    excess = np.where(usable, variance, 0.0) / safe_mean  # v = s mu (1 + s sigma^2 / mu)
    numerator, denominator = moments.products(mean, excess)
    statistic = numerator / np.sqrt(denominator)
    p_value = 2 * ndtr(-np.abs(statistic))
    say_nothing_of(~usable, estimate, statistic, p_value)
    return CoExpression(
        estimate, statistic, p_value, mean / unit, variance / unit**2, n_iterations, converged
    )


def say_nothing_of(
    genes: np.ndarray, estimate: np.ndarray, statistic: np.ndarray, p_value: np.ndarray
) -> None:
    """Set what is told of some genes to no co-expression, in place, and the diagonal to 1.

    Parameters
    ----------
    genes
        `(G,)` bool: genes whose variance is not above that of counting.
    estimate, statistic, p_value
        `(G, G)` of all genes.
    """
    for array, value in ((estimate, 0.0), (statistic, 0.0), (p_value, 1.0)):
        array[genes, :] = value
        array[:, genes] = value
    np.fill_diagonal(estimate, 1.0)


def _reweight(moments: Moments) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, bool]:
    """Iterate mean and variance until the dispersion theta = mu^2 / sigma^2 settles."""
    mean = moments.first_mean()
    variance = moments.first_variance(mean)
    theta = _dispersion(mean, variance)
    for iteration in range(1, MAXIMUM_ITERATIONS + 1):
        # a negative theta says "no over-dispersion", which is what an infinite one says too
        previous = np.where(theta < 0, np.inf, theta)
        centre = _median_dispersion(theta)
        mean = moments.weighted_mean(mean / centre)
        variance = moments.weighted_variance(mean, mean / centre)
        theta = _dispersion(mean, variance)
        compared = (theta > 0) & (previous > 0)
        with np.errstate(divide="ignore"):
            change = np.abs(np.log(theta[compared] / previous[compared]))
        if not compared.any() or change.max() <= TOLERANCE:
            return mean, variance, theta, iteration, True
    return mean, variance, theta, MAXIMUM_ITERATIONS, False


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


def _dispersion(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """theta = mu^2 / sigma^2; negative where the variance is, NaN for genes without counts."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(mean > 0, mean**2 / variance, np.nan)


def _median_dispersion(theta: np.ndarray) -> float:
    """Median of the positive dispersions; infinite (pure Poisson weights) when there is none."""
    positive = theta[theta > 0]
    return float(np.median(positive)) if len(positive) else np.inf
