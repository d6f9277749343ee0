"""CS-CORE with a test for few cells, and with depth taken out."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse
from scipy.special import ndtri_exp
from scipy.stats import t

from musegnn.errors import GraphError
from musegnn.graphs.cscore_estimator import CoExpression, cscore, say_nothing_of

FEWEST_CELLS: Final = 12
SHOWN: Final = 0.25  # with less, the far tail is too heavy; with more, the middle too thin


def studentised_cscore(
    counts: sparse.csr_matrix, depth: np.ndarray, *, without_depth: bool = False
) -> CoExpression:
    r"""Estimate co-expression as CS-CORE does, tested by the spread that the products show.

    Parameters
    ----------
    counts
        `(C, G)` raw counts.
    depth
        `(C,)` total counts of each cell.
    without_depth
        Take out of every gene what goes with the logarithm of depth and its square. The estimate
        is then the correlation of what is left.

    Returns
    -------
    CoExpression whose `statistic` is at most as far out as a standard normal number where two
    genes are independent.

    Raises
    ------
    GraphError
        As `cscore`, or with fewer than 12 cells.

    Notes
    -----
    CS-CORE divides :math:`\sum_c e_{cj} e_{ck}` of weighted residuals e by the spread that its
    model gives under independence. Where genes vary much and cells are few, that sum is far from
    normal and its far tail too heavy. Divided by :math:`\sqrt{\sum_c e_{cj}^2 e_{ck}^2}` it is a t
    statistic of the products, whose far tail holds (Efron 1969) while its middle does not. The
    variance taken here is `SHOWN` of the latter and the rest of the former, and p is that of
    Student's t with C - 1 degrees of freedom, less those of depth; the statistic is the normal
    deviate of the same p. An array of cells x genes is held.
    """
    n_cells = counts.shape[0]
    if n_cells < FEWEST_CELLS:
        msg = f"Expected at least {FEWEST_CELLS} cells for this estimator, found {n_cells}."
        raise GraphError(msg, "Use the estimator `cscore`.")
    plain = cscore(counts, depth)
    usable = plain.variance > 0
    variance = np.where(usable, plain.variance, 0.0)
    rate = depth[:, None] * plain.mean
    spread = np.sqrt(rate + depth[:, None] ** 2 * variance)
    residual = (counts.toarray() - rate) / np.where(spread > 0, spread, 1.0)
    free = n_cells - 1
    estimate = plain.estimate
    if without_depth:
        design = _depth_terms(depth)
        residual -= design @ (design.T @ residual)
        free -= design.shape[1] - 1
        norm = np.linalg.norm(residual, axis=0)
        unit = residual / np.where(norm > 0, norm, 1.0)
        estimate = np.clip(unit.T @ unit, -1, 1)
    product = residual.T @ residual
    squared = residual**2
    scale = np.sqrt(squared.T @ squared)
    ratio = np.abs(product) / np.where(scale > 0, scale, 1.0)
    by_model = np.abs(product) / np.sqrt(free) if without_depth else np.abs(plain.statistic)
    # variance: part of the one that the products show, the rest of the one that the model gives
    both = np.hypot(np.sqrt(1 - SHOWN) * ratio, np.sqrt(SHOWN) * by_model)
    mixed = ratio * by_model / np.where(both > 0, both, 1.0)
    tail = t.logsf(mixed, free)
    statistic = np.sign(product) * -ndtri_exp(np.minimum(tail, np.log(0.5)))
    p_value = np.minimum(2 * np.exp(tail), 1.0)
    say_nothing_of(~usable, estimate, statistic, p_value)
    return CoExpression(
        estimate,
        statistic,
        p_value,
        plain.mean,
        plain.variance,
        plain.n_iterations,
        plain.converged,
    )


def _depth_terms(depth: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span a constant, the logarithm of depth and its square."""
    log = np.log(depth) - np.log(depth).mean()
    basis, triangle = np.linalg.qr(np.stack([np.ones_like(log), log, log**2], axis=1))
    size = np.abs(np.diag(triangle))
    return basis[:, size > 1e-9 * size.max()]  # cells of one depth leave the constant
