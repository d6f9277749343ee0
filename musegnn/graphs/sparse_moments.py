"""Moments of CS-CORE from sparse counts: sums over non-zeros plus sums over depths."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from musegnn.graphs.depth_kernel import DepthKernel

ROWS_AT_ONCE = 256  # rows of the (G, G) arrays that are corrected at a time in float32


class SparseMoments:
    """Weighted moments of one count matrix, without any array of cells x genes.

    With the weight s mu (1 + s a), write F = 1 / (1 + s a). Then s / w = F / mu, and
    s (x - s mu) / w = x F / mu - s F: the first part stands on non-zeros, the second is a smooth
    function of depth and gene alone.

    Parameters
    ----------
    matrix
        `(C, G)` counts in canonical form.
    depth
        `(C,)` float64, greater than 0.
    dtype
        Type in which non-zeros and products are kept; sums are float64 in either case.
    """

    def __init__(
        self, matrix: sparse.csr_matrix, depth: np.ndarray, *, dtype: type[np.floating] = np.float64
    ) -> None:
        self.matrix, self.depth, self.dtype = matrix, depth, dtype
        self.kernel = DepthKernel.of(depth)
        self.counts = matrix.data.astype(dtype, copy=False)
        self.genes = matrix.indices
        # depth of each non-zero
        self.depth_of: np.ndarray = np.repeat(
            depth.astype(dtype, copy=False), np.diff(matrix.indptr)
        )

    def first_mean(self) -> np.ndarray:
        """Sum of s x over that of s^2, `(G,)`."""
        return self._sum(self.depth_of * self.counts) / (self.depth**2).sum()

    def first_variance(self, mean: np.ndarray) -> np.ndarray:
        """Sum of s^2 ((x - s mu)^2 - s mu) over that of s^4, `(G,)`."""
        s, x = self.depth_of, self.counts
        on_counts = self._sum(s**2 * x**2) - 2 * mean * self._sum(s**3 * x)
        powers = {p: (self.depth**p).sum() for p in (3, 4)}
        return (on_counts + mean**2 * powers[4] - mean * powers[3]) / powers[4]

    def weighted_mean(self, excess: np.ndarray) -> np.ndarray:
        """Sum of s x / w over that of s^2 / w, `(G,)`; the factor 1 / mu of both cancels."""
        on_counts = self._sum(self.counts / (1 + self.depth_of * self._of_genes(excess)))
        return on_counts / (self.kernel.moment(1) @ self.kernel.evaluate(excess))

    def weighted_variance(self, mean: np.ndarray, excess: np.ndarray) -> np.ndarray:
        """Sum of s^2 ((x - s mu)^2 - s mu) / h over that of s^4 / h, `(G,)`; 1 / mu^2 cancels."""
        s, x, mu = self.depth_of, self.counts, self._of_genes(mean)
        factor = 1 / (1 + s * self._of_genes(excess)) ** 2
        squared = self.kernel.evaluate(excess) ** 2  # (K, G)
        first, second = self.kernel.moment(1) @ squared, self.kernel.moment(2) @ squared
        on_counts = self._sum(factor * (x**2 - 2 * x * s * mu))
        return (on_counts + mean**2 * second - mean * first) / second

    def products(self, mean: np.ndarray, excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sum s^2 r_j r_k / (w_j w_k) and s^4 / (w_j w_k) over cells, each `(G, G)`."""
        from musegnn.graphs.sparse_products import gram  # noqa: PLC0415 - numba loads slowly

        safe = np.where(mean > 0, mean, 1.0)
        weight = 1 + self.depth_of * self._of_genes(excess)
        scaled = sparse.csr_matrix(
            (self.counts / weight / self._of_genes(safe), self.genes, self.matrix.indptr),
            shape=self.matrix.shape,
        )
        at_nodes = self.kernel.evaluate(excess)  # (K, G)
        # sum over cells of (x F / mu)_j (s F)_k, gathered by depth node first
        gathered = np.asarray(self.kernel.weighted_basis.T @ scaled)  # (K, G)
        total = gram(scaled)
        if self.dtype is np.float64:
            smooth = at_nodes.T @ self.kernel.second_moment @ at_nodes
            cross = gathered.T @ at_nodes
            return total - cross - cross.T + smooth, smooth / np.outer(safe, safe)
        return self._correct_by_rows(total, gathered, at_nodes, safe)

    def _correct_by_rows(
        self, total: np.ndarray, gathered: np.ndarray, at_nodes: np.ndarray, safe: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Finish both products a few rows at a time, so that one float64 `(G, G)` is held."""
        numerator: np.ndarray = np.empty(total.shape, dtype=self.dtype)
        denominator: np.ndarray = np.empty(total.shape, dtype=self.dtype)
        half = at_nodes.T @ self.kernel.second_moment  # (G, K)
        for start in range(0, len(total), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            cross = gathered[:, rows].T @ at_nodes + at_nodes[:, rows].T @ gathered
            smooth = half[rows] @ at_nodes
            numerator[rows] = total[rows] - cross + smooth
            denominator[rows] = smooth / (safe[rows, None] * safe)
        return numerator, denominator

    def _of_genes(self, values: np.ndarray) -> np.ndarray:
        """Value of the gene of each non-zero."""
        return values.astype(self.dtype, copy=False)[self.genes]

    def _sum(self, values: np.ndarray) -> np.ndarray:
        """Sum values at the non-zeros by gene, `(G,)` float64."""
        return np.bincount(self.genes, weights=values, minlength=self.matrix.shape[1])
