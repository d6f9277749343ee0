"""Smooth functions of sequencing depth, summed over cells through a few dozen depths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

PRECISION = 36.0  # natural logarithm of the inverse of float64's rounding


@dataclass(frozen=True)
class DepthKernel:
    r"""Interpolation of :math:`F(s, a) = 1 / (1 + s a)` and its powers in the depth s.

    In :math:`\log s` the function has its nearest pole at distance :math:`\pi` from the real axis
    for every a >= 0, so interpolation at K Chebyshev nodes converges geometrically; K follows from
    the range of depths alone (about 30 for a hundredfold range). For cells i and nodes k,
    :math:`F(s_i, a) = \sum_k L_{ik} F(t_k, a)` to the precision of float64.

    Parameters
    ----------
    depth
        `(C,)` depths s, greater than 0.
    nodes
        `(K,)` depths t.
    basis
        `(C, K)` Lagrange polynomials L of the nodes at the cells, in log depth.

    References
    ----------
    Trefethen, Approximation Theory and Approximation Practice, chapters 5 and 8.
    """

    depth: np.ndarray
    nodes: np.ndarray
    basis: np.ndarray

    @classmethod
    def of(cls, depth: np.ndarray) -> DepthKernel:
        """Choose nodes for the range of depths and evaluate the basis at the cells."""
        logarithm = np.log(depth)
        low, high = float(logarithm.min()), float(logarithm.max())
        half = (high - low) / 2
        if half < 1e-12:
            return cls(depth, np.exp([(low + high) / 2]), np.ones((len(depth), 1)))
        ratio = np.pi / half
        growth = np.log(ratio + np.sqrt(1 + ratio**2))
        n_nodes = max(4, int(np.ceil(PRECISION / growth)) + 4)
        order = np.arange(n_nodes)
        points = np.cos((order + 0.5) * np.pi / n_nodes)  # Chebyshev points of the first kind
        weights = (-1.0) ** order * np.sin((order + 0.5) * np.pi / n_nodes)
        position = (logarithm - (low + high) / 2) / half
        return cls(
            depth,
            np.exp((low + high) / 2 + half * points),
            _lagrange_basis(position, points, weights),
        )

    def evaluate(self, excess: np.ndarray) -> np.ndarray:
        """F at the nodes for G values of a, `(K, G)`."""
        return 1 / (1 + self.nodes[:, None] * excess[None, :])

    def moment(self, power: int) -> np.ndarray:
        """Sum of s^power L over cells, `(K,)`: its product with F at the nodes sums s^power F."""
        return self.depth**power @ self.basis

    @cached_property
    def weighted_basis(self) -> np.ndarray:
        """s L, `(C, K)`."""
        return self.depth[:, None] * self.basis

    @cached_property
    def second_moment(self) -> np.ndarray:
        """Sum of s^2 L L^T over cells, `(K, K)`."""
        return self.weighted_basis.T @ self.weighted_basis


def _lagrange_basis(position: np.ndarray, points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Barycentric Lagrange polynomials of the points at positions in [-1, 1], `(C, K)`."""
    distance = position[:, None] - points[None, :]
    at_point = np.abs(distance) < 1e-14
    quotient = weights / np.where(at_point, 1.0, distance)
    basis = quotient / quotient.sum(axis=1, keepdims=True)
    exact = at_point.any(axis=1)
    basis[exact] = at_point[exact]
    return basis
