"""SPARK-X: genes whose expression depends on the place in the tissue."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse, stats

from musegnn.errors import GraphError

QUANTILES = (0.2, 0.4, 0.6, 0.8, 1.0)
KERNELS = (
    "projection",
    *(f"gaussian_{round(100 * q)}" for q in QUANTILES),
    *(f"cosine_{round(100 * q)}" for q in QUANTILES),
)
LARGEST_P = 1 - 1e-12  # a p-value of exactly 1 would outweigh all others in the Cauchy rule


def sparkx(counts: sparse.spmatrix | np.ndarray, coordinates: np.ndarray) -> pd.DataFrame:
    r"""Test every gene for dependence of its expression on location.

    Eleven views of the centred coordinates c are tried: c itself, and for each axis
    :math:`e^{-c^2 / 2l^2}` and :math:`\cos(2 \pi c / l)` with l the 20, 40, 60, 80 and 100 %
    quantile of :math:`|c|`. With X the centred view `(S, 2)` and y the counts of a gene,
    :math:`T = n\, y'X (X'X)^{-1} X'y / \sum y^2`, whose null distribution is
    :math:`\lambda \chi^2_2` with :math:`\lambda = 1 - n \bar y^2 / \sum y^2`, so
    :math:`p = e^{-T / 2 \lambda}`. The eleven p-values are joined by the Cauchy rule with equal
    weights, then adjusted over genes (Benjamini-Yekutieli).

    Parameters
    ----------
    counts
        `(S, G)` counts of S spots, non-negative, sparse or dense; never made dense.
    coordinates
        `(S, 2)` positions in any unit.

    Returns
    -------
    One row a gene, in the order of the columns: `p_value`, `p_adjusted` in [0, 1], and
    `statistic_<kernel>` = T for the names in `KERNELS`. Genes without variation get p = 1.

    Raises
    ------
    GraphError
        If shapes do not fit, there are fewer than 4 spots, values are not finite or negative, or
        all spots lie on one line.

    References
    ----------
    Zhu, Sun, Zhou, Genome Biology 22, 184 (2021).
    """
    matrix, places = _checked(counts, coordinates)
    n_spots = matrix.shape[0]
    total = np.asarray(matrix.sum(axis=0)).ravel()
    squares = np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel()
    varies = squares > 0
    safe = np.where(varies, squares, 1.0)
    spread = 1 - total**2 / n_spots / safe  # lambda; 0 for a gene with the same count everywhere
    varies &= spread > 1e-12
    views = [_orthonormal(view) for view in kernel_views(places)]
    projected = np.asarray((matrix.T @ np.hstack(views)).T)  # (2 * kernels, G)
    statistics = n_spots * (projected**2).reshape(len(views), 2, -1).sum(axis=1) / safe
    p_values = np.where(varies, np.exp(-statistics / (2 * np.where(varies, spread, 1.0))), 1.0)
    combined = np.where(varies, combine_cauchy(p_values), 1.0)
    table = pd.DataFrame(
        {
            "p_value": combined,
            "p_adjusted": stats.false_discovery_control(combined, method="by"),
        }
    )
    for name, statistic in zip(KERNELS, statistics, strict=True):
        table[f"statistic_{name}"] = statistic
    return table


def kernel_views(places: np.ndarray) -> list[np.ndarray]:
    """Views of centred coordinates `(S, 2)` in the order of `KERNELS`, `(S, 2)` each."""
    lengths = np.quantile(np.abs(places), QUANTILES, axis=0)  # (5, 2)
    smallest = [np.abs(axis[axis != 0]).min() for axis in places.T]
    lengths = np.where(lengths > 0, lengths, smallest)  # many spots on the centre line
    gaussian = [np.exp(-(places**2) / (2 * length**2)) for length in lengths]
    cosine = [np.cos(2 * np.pi * places / length) for length in lengths]
    return [places, *gaussian, *cosine]


def combine_cauchy(p_values: np.ndarray) -> np.ndarray:
    """Join p-values along the first axis by the Cauchy rule with equal weights.

    References
    ----------
    Liu and Xie, JASA 115, 393 (2020).
    """
    p = np.clip(p_values, np.finfo(float).tiny, LARGEST_P)
    # tan loses all digits near pi / 2; there it equals 1 / (p pi) to rounding
    tangent = np.where(p < 1e-15, 1 / (p * np.pi), np.tan((0.5 - p) * np.pi))
    mean = tangent.mean(axis=0)
    with np.errstate(divide="ignore"):
        return np.where(mean > 1e15, 1 / (mean * np.pi), 0.5 - np.arctan(mean) / np.pi)


def _orthonormal(view: np.ndarray) -> np.ndarray:
    """Centre a view and make its columns orthonormal, so that X (X'X)^-1 X' = Q Q'.

    A direction that vanishes, such as a cosine that is 1 on every row of a regular array, becomes
    zeros: the test then has one degree of freedom less and is conservative.
    """
    left, scale, _ = np.linalg.svd(view - view.mean(axis=0), full_matrices=False)
    return left * (scale > 1e-10 * np.sqrt(len(view)) * max(1.0, np.abs(view).max()))


def _checked(
    counts: sparse.spmatrix | np.ndarray, coordinates: np.ndarray
) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Validate the input; return counts as CSR float64 and centred coordinates."""
    matrix = sparse.csr_matrix(counts, dtype=np.float64)
    places = np.asarray(coordinates, dtype=np.float64)
    if places.ndim != 2 or places.shape[1] != 2 or len(places) != matrix.shape[0]:
        msg = (
            f"Expected two coordinates for each of the {matrix.shape[0]} spots, found an array of "
            f"shape {places.shape}."
        )
        raise GraphError(msg, "Give counts as spots x genes and coordinates as spots x 2.")
    if len(places) < 4:
        msg = f"Expected at least 4 spots, found {len(places)}."
        raise GraphError(msg, "Spatial patterns need many spots: a few hundred or more.")
    if not np.isfinite(places).all():
        msg = "Expected finite coordinates, found missing ones."
        raise GraphError(msg, "Remove spots without a position.")
    if matrix.nnz and (not np.isfinite(matrix.data).all() or matrix.data.min() < 0):
        msg = "Expected finite, non-negative counts, found negative or missing values."
        raise GraphError(msg, "Give raw counts.")
    centred = places - places.mean(axis=0)
    if np.linalg.matrix_rank(centred) < 2:
        msg = "Expected spots that spread in two directions, found all on one line or point."
        raise GraphError(msg, "Check which columns hold the coordinates.")
    return matrix, centred
