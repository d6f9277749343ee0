"""Lay out some thousand vectors by UMAP's objective in a second, without compiling anything.

umap-learn spends its first seconds compiling, and moves points one edge after the other. Here all
edges move together, in array operations. On 5,000 genes of the atlas as many of the nearest genes
stay near as with umap-learn (a test compares them).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from musegnn.graphs.unit_rows import unit_rows

N_NEIGHBOURS = 15
A, B = 1.577, 0.8951  # curve 1 / (1 + a d^2b) of min_dist 0.1, UMAP's own default
NEGATIVES = 5  # points that an edge pushes away from, for each time it pulls
STEP = 0.2
_LARGEST_MOVE = 4.0
_SIZE = 10.0  # half the width of the start
_BLOCK = 1000
Law = Callable[[np.ndarray], np.ndarray]
_SEARCH_STEPS = 40  # of the bisection for the width of a neighbourhood


def nearest_by_cosine(vectors: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest other rows by cosine.

    Parameters
    ----------
    vectors
        `(P, D)`.
    count
        How many, below P.

    Returns
    -------
    `(P, count)` int32 rows, nearest first, and float32 cosine distances 0 to 2.
    """
    unit = unit_rows(vectors).astype(np.float32)
    places = np.empty((len(unit), count), dtype=np.int32)
    cosines = np.empty((len(unit), count), dtype=np.float32)
    for start in range(0, len(unit), _BLOCK):
        block = slice(start, start + _BLOCK)
        found = unit[block] @ unit.T
        found[np.arange(len(found)), np.arange(start, start + len(found))] = -np.inf
        best = np.argpartition(-found, count - 1, axis=1)[:, :count]
        values = np.take_along_axis(found, best, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        places[block] = np.take_along_axis(best, order, axis=1)
        cosines[block] = np.take_along_axis(values, order, axis=1)
    return places, np.clip(1 - cosines, 0, 2)


def fuzzy_graph(places: np.ndarray, distances: np.ndarray) -> sparse.coo_matrix:
    """Join each row to its neighbours as UMAP does.

    Parameters
    ----------
    places, distances
        As returned by `nearest_by_cosine`.

    Returns
    -------
    `(P, P)` symmetric weights in (0, 1]: 1 for the nearest neighbour, falling so that the weights
    of a row sum to log2 of their number, the row itself counted, before they are made symmetric.

    References
    ----------
    McInnes et al., arXiv 1802.03426, section 3.1.
    """
    count = places.shape[1]
    excess = np.maximum(distances - distances[:, :1], 0).astype(np.float64)
    low, high = np.zeros((len(places), 1)), np.full((len(places), 1), np.inf)
    width = np.ones((len(places), 1))
    for _ in range(_SEARCH_STEPS):
        is_wide = np.exp(-excess / width).sum(axis=1, keepdims=True) > np.log2(count + 1)
        high, low = np.where(is_wide, width, high), np.where(is_wide, low, width)
        width = np.where(np.isinf(high), 2 * width, (low + high) / 2)
        width = np.maximum(width, 1e-9)
    rows = np.repeat(np.arange(len(places)), count)
    weights = np.exp(-excess / width).ravel()
    directed = sparse.csr_matrix((weights, (rows, places.ravel())), shape=(len(places),) * 2)
    union = directed + directed.T - directed.multiply(directed.T)
    return sparse.coo_matrix(union)


def lay_out(
    graph: sparse.coo_matrix, start: np.ndarray, *, n_steps: int, seed: int = 0
) -> np.ndarray:
    """Move points so that joined ones come near and others part.

    Parameters
    ----------
    graph
        As returned by `fuzzy_graph`.
    start
        `(P, 2)` points to start from.
    n_steps
        Steps over all edges; they shorten to nothing.
    seed
        Of the draws: an edge pulls in a step with the probability of its weight.

    Returns
    -------
    `(P, 2)` float32, without unit.
    """
    rng = np.random.default_rng(seed)
    points = np.array(start, dtype=np.float64)
    for step in range(n_steps):
        pulls = rng.random(graph.nnz) < graph.data
        rows, columns = graph.row[pulls], graph.col[pulls]
        move = _forces(points, rows, columns, _pull)
        rows = np.repeat(rows, NEGATIVES)
        move += _forces(points, rows, rng.integers(0, len(points), len(rows)), _push)
        points += STEP * (1 - step / n_steps) * move
    return points.astype(np.float32)


def _pull(squared: np.ndarray) -> np.ndarray:
    """Derivative of the logarithm of the curve, over the distance."""
    powered = np.power(squared, B - 1, out=np.zeros_like(squared), where=squared > 0)
    return -2 * A * B * powered / (1 + A * powered * squared)


def _push(squared: np.ndarray) -> np.ndarray:
    """Derivative of the logarithm of one minus the curve, over the distance."""
    return 2 * B / ((0.001 + squared) * (1 + A * squared**B))


def _forces(points: np.ndarray, rows: np.ndarray, columns: np.ndarray, law: Law) -> np.ndarray:
    """Sum the forces on each point, `(P, 2)`."""
    apart = points[rows] - points[columns]
    strength = law(np.square(apart).sum(axis=1))
    force = np.clip(strength[:, None] * apart, -_LARGEST_MOVE, _LARGEST_MOVE)
    sums = [np.bincount(rows, force[:, axis], len(points)) for axis in range(2)]
    return np.stack(sums, axis=1)


def principal_plane(vectors: np.ndarray) -> np.ndarray:
    """Two leading principal components of unit rows, scaled to a width of 20, `(P, 2)`."""
    unit = unit_rows(vectors).astype(np.float64)
    centred = unit - unit.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    leading = directions[:, ::-1][:, :2]
    # the sign of an eigenvector is arbitrary: the largest entry is made positive
    largest = np.abs(leading).argmax(axis=0)
    leading = leading * np.sign(leading[largest, np.arange(2)])
    plane = centred @ leading
    return _SIZE * plane / max(float(np.abs(plane).max()), 1e-12)


def turn_onto(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Rotate, reflect and shift points to lie as near as possible to others of the same order.

    Parameters
    ----------
    points, target
        `(P, 2)` each.

    References
    ----------
    Schoenemann, Psychometrika 31, 1 (1966): orthogonal Procrustes.
    """
    centre, goal = points.mean(axis=0), target.mean(axis=0)
    left, _, right = np.linalg.svd((points - centre).T @ (target - goal))
    return ((points - centre) @ (left @ right) + goal).astype(np.float32)
