"""Co-expression inside batches: what differs between batches as a whole joins no genes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from scipy import sparse
from scipy.special import ndtr

from musegnn.errors import InputError
from musegnn.graphs.cscore_estimator import CoExpression
from musegnn.graphs.quality import QualityStep
from musegnn.graphs.residuals import pearson_residuals
from musegnn.io.expression import Expression
from musegnn.validation import format_list

FEWEST_IN_BATCH: Final = 30  # cells; of fewer, what goes together there cannot be told
_FEWEST_OF_HALF: Final = 12  # the least that every estimator takes

Estimate = Callable[[sparse.csr_matrix, np.ndarray, np.ndarray], CoExpression]


def rows_of_batches(batches: Sequence[str], *, fewest: int = 1) -> dict[str, np.ndarray]:
    """Return the rows of each batch with so many cells or more, by name in order; "" is none."""
    names = np.asarray(batches, dtype=str)
    found = {str(name): np.flatnonzero(names == name) for name in np.unique(names) if name}
    return {name: rows for name, rows in found.items() if len(rows) >= fewest}


def keep_batches(batches: Sequence[str], column: str) -> tuple[np.ndarray, QualityStep]:
    """Choose the cells whose batch has `FEWEST_IN_BATCH` cells or more.

    Parameters
    ----------
    batches
        `(C,)` name of the batch of each cell, "" for none.
    column
        Where the names come from.

    Returns
    -------
    `(C,)` bool, and the step in words.

    Raises
    ------
    InputError
        If fewer than two batches are left.
    """
    kept = rows_of_batches(batches, fewest=FEWEST_IN_BATCH)
    if len(kept) < 2:
        sizes = {name: len(rows) for name, rows in rows_of_batches(batches).items()}
        largest = max(sizes.values(), default=0)
        msg = (
            f"Expected two batches or more of {FEWEST_IN_BATCH} cells in the column {column!r}, "
            f"found {len(kept)} among {len(sizes):,} values (the largest has {largest:,} cells)."
        )
        hint = "Leave the batch out, or choose a column of batches, samples or donors."
        raise InputError(msg, hint)
    keep = np.zeros(len(batches), dtype=bool)
    keep[np.concatenate(list(kept.values()))] = True
    rule = f"in batches of fewer than {FEWEST_IN_BATCH} cells, or in none"
    return keep, QualityStep(rule, int((~keep).sum()), int(keep.sum()), "cells")


def batch_note(batches: Sequence[str], column: str) -> str:
    """Say inside of which batches genes were compared."""
    sizes = [f"{name} ({len(rows):,})" for name, rows in rows_of_batches(batches).items()]
    return (
        f"batches: genes compared inside the {len(sizes)} values of {column}: "
        f"{format_list(sizes, limit=6)}"
    )


def choose_within(
    choose: Callable[[Expression, int], np.ndarray], expression: Expression, n_genes: int
) -> np.ndarray:
    """Choose genes that lead in most batches, and of these the ones that lead farthest.

    A gene that varies since one batch has more of it than another leads in none.

    Parameters
    ----------
    choose
        Takes counts and a number of genes, returns the columns of so many, best first.
    expression
        Counts with the batch of each cell.
    n_genes
        Number of genes wanted.

    Returns
    -------
    Columns, best first: by the number of batches in which a gene is among the best `n_genes`, then
    by its median place in these, then by column, as `batch_key` of `scanpy.pp` does.
    """
    if len(expression.genes) <= n_genes:
        return np.arange(len(expression.genes))
    places = []
    for rows in rows_of_batches(expression.batches).values():
        is_own = np.isin(np.arange(expression.n_cells), rows)
        best = choose(expression.take_cells(is_own), n_genes)
        own = np.full(len(expression.genes), np.inf)
        own[best] = np.arange(len(best))
        places.append(own)
    table = np.array(places)
    leads = np.isfinite(table)
    median = np.full(table.shape[1], np.inf)
    led = leads.any(axis=0)
    median[led] = np.nanmedian(np.where(leads, table, np.nan)[:, led], axis=0)
    order = np.lexsort((np.arange(table.shape[1]), median, -leads.sum(axis=0)))
    return order[:n_genes]


def residuals_within(counts: sparse.csr_matrix, batches: Sequence[str]) -> np.ndarray:
    """Pearson residuals of each batch by itself, with a mean of 0 for every gene, `(C, G)`.

    A gene that is higher in one batch than in another has the same residuals as one that is not.
    """
    matrix = sparse.csr_matrix(counts)
    residuals = np.zeros(matrix.shape, dtype=np.float32)
    for rows in rows_of_batches(batches).values():
        own = pearson_residuals(sparse.csr_matrix(matrix[rows]))
        residuals[rows] = own - own.mean(axis=0, dtype=np.float64)
    return residuals


def estimate_within(
    estimate: Estimate,
    counts: sparse.csr_matrix,
    depth: np.ndarray,
    residuals: np.ndarray,
    batches: Sequence[str],
) -> CoExpression:
    r"""Estimate co-expression in each batch by itself, and join what was found.

    Parameters
    ----------
    estimate
        Takes counts, depth and residuals of some cells.
    counts, depth, residuals
        `(C, G)`, `(C,)`, `(C, G)` of all cells.
    batches
        `(C,)` name of the batch of each cell.

    Returns
    -------
    CoExpression of pairs of genes that vary in one batch at least.

    Notes
    -----
    Over the batches b with :math:`n_b` cells in which both genes vary, the estimate is
    :math:`\sum n_b r_b / \sum n_b` and the statistic
    :math:`\sum \sqrt{n_b} T_b / \sqrt{\sum n_b}` (Stouffer 1949, weighted by Lipták 1958): standard
    normal where the genes are independent inside every batch, however they differ between batches.
    """
    n_genes = counts.shape[1]
    weight, r, t = (np.zeros((n_genes, n_genes)) for _ in range(3))
    cells, mean, variance = (np.zeros(n_genes) for _ in range(3))
    rounds, converged = 0, True
    matrix = sparse.csr_matrix(counts)
    parts = rows_of_batches(batches, fewest=_FEWEST_OF_HALF)
    for rows in parts.values():
        own = estimate(sparse.csr_matrix(matrix[rows]), depth[rows], residuals[rows])
        n, varies = float(len(rows)), own.variance > 0
        both = np.outer(varies, varies)
        weight += n * both
        r += n * both * own.estimate
        t += np.sqrt(n) * both * own.statistic
        cells += n * varies
        mean += n * own.mean / sum(map(len, parts.values()))
        variance += n * np.where(varies, own.variance, 0.0)
        rounds, converged = max(rounds, own.n_iterations), converged and own.converged
    told = weight > 0
    safe = np.where(told, weight, 1.0)
    statistic = t / np.sqrt(safe)
    joined = np.where(told, r / safe, 0.0)
    np.fill_diagonal(joined, 1.0)
    return CoExpression(
        estimate=joined,
        statistic=statistic,
        p_value=np.where(told, 2 * ndtr(-np.abs(statistic)), 1.0),
        mean=mean,
        variance=variance / np.where(cells > 0, cells, 1.0),
        n_iterations=rounds,
        converged=converged,
    )
