"""Skeleton of the PC algorithm: which pairs stay dependent whatever is held fixed."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.stats import norm

from musegnn.errors import InputError
from musegnn.validation import check_share

MOST_CONDITIONS = 3  # genes held fixed at once; each one more multiplies the work


def find_skeleton(
    correlation: np.ndarray,
    n_cells: int,
    *,
    is_cause: np.ndarray,
    alpha: float = 0.01,
    max_conditions: int = 2,
) -> np.ndarray:
    """Find the pairs of genes that no set of possible causes makes independent.

    The order-independent variant of PC ("stable") with Fisher's z test of partial correlations.
    Two genes of which neither can be a cause are never joined, and only possible causes are held
    fixed: a gene without effects separates nothing, so this loses no answer and saves most tests.

    Parameters
    ----------
    correlation
        `(G, G)` correlations in [-1, 1].
    n_cells
        Number of cells they come from.
    is_cause
        `(G,)` bool: genes that may act on others.
    alpha
        Level of each test, 0 to 1.
    max_conditions
        Most genes held fixed at once, 0 to `MOST_CONDITIONS`.

    Returns
    -------
    `(G, G)` bool, symmetric, empty diagonal.

    Raises
    ------
    InputError
        If there are too few cells, or a parameter is out of range.

    References
    ----------
    Spirtes, Glymour, Scheines, Causation, Prediction, and Search (2000); Colombo and Maathuis,
    JMLR 15 (2014).
    """
    check_share(alpha, name="alpha")
    if not 0 <= max_conditions <= MOST_CONDITIONS:
        msg = f"Expected 0 to {MOST_CONDITIONS} genes held fixed, found {max_conditions}."
        raise InputError(msg, "Two is usual.")
    if n_cells < max_conditions + 5:
        msg = f"Expected at least {max_conditions + 5} cells, found {n_cells}."
        raise InputError(msg, "Choose a dataset with more cells.")
    is_cause = np.asarray(is_cause, dtype=bool)
    values = np.ascontiguousarray(correlation, dtype=np.float64)
    sizes = np.arange(max_conditions + 1)
    # p <= alpha exactly where the partial correlation is at least this large
    least = np.tanh(norm.isf(alpha / 2) / np.sqrt(n_cells - sizes - 3))
    adjacency = is_cause[:, None] | is_cause[None, :]
    np.fill_diagonal(adjacency, val=False)
    for size in sizes:
        adjacency = _prune(values, adjacency, is_cause, int(size), float(least[size]))
    return adjacency


def partial_correlation(correlation: np.ndarray, x: int, y: int, fixed: tuple[int, ...]) -> float:
    """Return the correlation of two genes with at most `MOST_CONDITIONS` others held fixed."""
    if not fixed:
        return float(correlation[x, y])
    if len(fixed) == 1:
        return float(_partial_1(correlation, x, y, fixed[0]))
    if len(fixed) == 2:
        return float(_partial_2(correlation, x, y, fixed[0], fixed[1]))
    return float(_partial_3(correlation, x, y, (fixed[0], fixed[1], fixed[2])))


@njit(cache=True)
def _prune(
    correlation: np.ndarray, before: np.ndarray, is_cause: np.ndarray, size: int, least: float
) -> np.ndarray:
    """Remove the pairs that `size` neighbours, those before, make independent."""
    n_genes = len(before)
    after = before.copy()
    pool = np.empty(n_genes, dtype=np.int64)
    for x in range(n_genes):
        for y in range(n_genes):
            if not (before[x, y] and after[x, y]):
                continue
            n_pool = 0
            for gene in range(n_genes):
                if before[x, gene] and is_cause[gene] and gene != y:
                    pool[n_pool] = gene
                    n_pool += 1
            if _is_separated(correlation, (x, y), pool[:n_pool], size, least):
                after[x, y] = after[y, x] = False
    return after


@njit(cache=True)
def _is_separated(
    correlation: np.ndarray, pair: tuple[int, int], pool: np.ndarray, size: int, least: float
) -> bool:
    """True when holding some `size` genes of the pool fixed leaves too small a correlation."""
    x, y = pair
    n = len(pool)
    if size == 0:
        return abs(correlation[x, y]) < least
    for i in range(n):
        a = pool[i]
        if size == 1:
            if abs(_partial_1(correlation, x, y, a)) < least:
                return True
            continue
        for j in range(i + 1, n):
            b = pool[j]
            if size == 2:
                if abs(_partial_2(correlation, x, y, a, b)) < least:
                    return True
                continue
            for k in range(j + 1, n):
                if abs(_partial_3(correlation, x, y, (a, b, pool[k]))) < least:
                    return True
    return False


@njit(cache=True)
def _combine(xy: float, xz: float, yz: float) -> float:
    """Correlation of x and y with z held fixed, from the three correlations."""
    rest = (1.0 - xz * xz) * (1.0 - yz * yz)
    if rest <= 1e-12:  # one of them is z in another name: nothing is left to correlate
        return 0.0
    return (xy - xz * yz) / np.sqrt(rest)


@njit(cache=True)
def _partial_1(r: np.ndarray, x: int, y: int, a: int) -> float:
    """Correlation of x and y with one gene held fixed."""
    return _combine(r[x, y], r[x, a], r[y, a])


@njit(cache=True)
def _partial_2(r: np.ndarray, x: int, y: int, a: int, b: int) -> float:
    """Correlation of x and y with two genes held fixed."""
    return _combine(_partial_1(r, x, y, a), _partial_1(r, x, b, a), _partial_1(r, y, b, a))


@njit(cache=True)
def _partial_3(r: np.ndarray, x: int, y: int, fixed: tuple[int, int, int]) -> float:
    """Correlation of x and y with three genes held fixed."""
    a, b, c = fixed
    return _combine(_partial_2(r, x, y, a, b), _partial_2(r, x, c, a, b), _partial_2(r, y, c, a, b))
