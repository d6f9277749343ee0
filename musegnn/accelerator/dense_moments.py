"""Moments of CS-CORE on dense blocks of cells, for devices that multiply matrices fast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from scipy import sparse

from musegnn.accelerator.devices import free_memory
from musegnn.errors import GraphError
from musegnn.validation import check_positive

BLOCK_BYTES = 1 << 30  # dense arrays of one block together
ARRAYS_OF_BLOCK = 5  # counts, factor, residual and what their expressions hold in between
PAIRWISE_ARRAYS = 3  # (G, G) float64: two sums and the product that is added to one
SHARE_OF_FREE = 0.8  # of the free memory that a suggested block may take

_TYPES = {"float64": torch.float64, "float32": torch.float32}


class DenseMoments:
    """Weighted moments of one count matrix, block by block as the formulas stand.

    With the weight w = s mu (1 + s a), write F = 1 / (1 + s a). Then s r / w = (x - s mu) F / mu
    and s^2 / w = s F / mu. Residuals are formed before they are multiplied, so that float32 loses
    nothing to cancellation; sums over blocks are float64.

    Parameters
    ----------
    matrix
        `(C, G)` counts in canonical form. They stay sparse on the device; one block at a time is
        made dense.
    depth
        `(C,)` float64, greater than 0; near 1 for float32.
    dtype
        `float64` or `float32`: type of blocks and products.
    device
        Name of a torch device with float64.
    block_cells
        Cells in a block, at least 1; None for as many as take `BLOCK_BYTES`.

    Raises
    ------
    GraphError
        Here or in a sum, if the memory of the device does not hold a block; says which block
        would fit.
    InputError
        If `block_cells` is not positive.
    """

    def __init__(
        self,
        matrix: sparse.csr_matrix,
        depth: np.ndarray,
        *,
        dtype: str = "float64",
        device: str = "cpu",
        block_cells: int | None = None,
    ) -> None:
        self.device, self.dtype = torch.device(device), _TYPES[dtype]
        self.n_cells, self.n_genes = matrix.shape
        largest = max(1, BLOCK_BYTES // self._bytes_of_cell)
        self.block_cells = min(largest if block_cells is None else block_cells, self.n_cells)
        check_positive(self.block_cells, name="block_cells")
        self.starts = matrix.indptr.astype(np.int64)
        with self._memory_explained():
            self.values = self._move(matrix.data)
            self.genes = torch.as_tensor(matrix.indices.astype(np.int64), device=self.device)
            self.depth = self._move(depth)

    @property
    def _bytes_of_cell(self) -> int:
        """Bytes that one cell takes in a block."""
        return ARRAYS_OF_BLOCK * self.n_genes * self.dtype.itemsize

    def first_mean(self) -> np.ndarray:
        """Sum of s x over that of s^2, `(G,)`."""
        with self._memory_explained():
            total = sum(((s * x).sum(0).double() for x, s in self._blocks()), start=self._zeros())
            return self._back(total / (self.depth.double() ** 2).sum())

    def first_variance(self, mean: np.ndarray) -> np.ndarray:
        """Sum of s^2 ((x - s mu)^2 - s mu) over that of s^4, `(G,)`."""
        mu, total = self._move(mean), self._zeros()
        with self._memory_explained():
            for x, s in self._blocks():
                total += (s**2 * ((x - s * mu) ** 2 - s * mu)).sum(0).double()
            return self._back(total / (self.depth.double() ** 4).sum())

    def weighted_mean(self, excess: np.ndarray) -> np.ndarray:
        """Sum of s x / w over that of s^2 / w, `(G,)`; the factor 1 / mu of both cancels."""
        a, above, below = self._move(excess), self._zeros(), self._zeros()
        with self._memory_explained():
            for x, s in self._blocks():
                factor = 1 / (1 + s * a)
                above += (x * factor).sum(0).double()
                below += (s * factor).sum(0).double()
            return self._back(above / below)

    def weighted_variance(self, mean: np.ndarray, excess: np.ndarray) -> np.ndarray:
        """Sum of s^2 ((x - s mu)^2 - s mu) / h over that of s^4 / h, `(G,)`; 1 / mu^2 cancels."""
        mu, a = self._move(mean), self._move(excess)
        above, below = self._zeros(), self._zeros()
        with self._memory_explained():
            for x, s in self._blocks():
                squared = 1 / (1 + s * a) ** 2
                above += (squared * ((x - s * mu) ** 2 - s * mu)).sum(0).double()
                below += (s**2 * squared).sum(0).double()
            return self._back(above / below)

    def products(self, mean: np.ndarray, excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sum s^2 r_j r_k / (w_j w_k) and s^4 / (w_j w_k) over cells, each `(G, G)`."""
        mu, a = self._move(mean), self._move(excess)
        safe = self._move(np.where(mean > 0, mean, 1.0))
        with self._memory_explained():
            numerator = self._zeros(self.n_genes)
            denominator = self._zeros(self.n_genes)
            for x, s in self._blocks():
                factor = 1 / (1 + s * a) / safe
                residual = (x - s * mu) * factor
                numerator += residual.T @ residual
                factor *= s
                denominator += factor.T @ factor
            return self._back(numerator.to(self.dtype)), self._back(denominator.to(self.dtype))

    def _blocks(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield dense counts `(B, G)` and depths `(B, 1)` of the cells, block by block."""
        for start in range(0, self.n_cells, self.block_cells):
            stop = min(start + self.block_cells, self.n_cells)
            first, last = int(self.starts[start]), int(self.starts[stop])
            lengths = torch.as_tensor(np.diff(self.starts[start : stop + 1]), device=self.device)
            cells = torch.repeat_interleave(lengths)
            dense = torch.zeros(stop - start, self.n_genes, dtype=self.dtype, device=self.device)
            dense[cells, self.genes[first:last]] = self.values[first:last]
            yield dense, self.depth[start:stop, None]

    def _move(self, values: np.ndarray) -> torch.Tensor:
        """Put numbers on the device."""
        return torch.tensor(values, dtype=self.dtype, device=self.device)

    def _zeros(self, *rows: int) -> torch.Tensor:
        """Start of a sum over blocks, `(G,)` or `(rows, G)` float64."""
        return torch.zeros(*rows, self.n_genes, dtype=torch.float64, device=self.device)

    def _back(self, values: torch.Tensor) -> np.ndarray:
        """Fetch numbers from the device."""
        return values.cpu().numpy()

    @contextmanager
    def _memory_explained(self) -> Iterator[None]:
        """Say which block would fit when the memory of the device ran out."""
        try:
            yield
        except torch.OutOfMemoryError as error:
            free = free_memory(self.device)
            pairwise = PAIRWISE_ARRAYS * 8 * self.n_genes**2
            fitting = int((SHARE_OF_FREE * free - pairwise) // self._bytes_of_cell)
            msg = (
                f"Expected {self.device.type} memory for blocks of {self.block_cells:,} cells x "
                f"{self.n_genes:,} genes ({self._bytes_of_cell * self.block_cells / 2**20:,.0f} "
                f"MiB) and {pairwise / 2**20:,.0f} MiB for gene pairs, found "
                f"{free / 2**20:,.0f} MiB free."
            )
            fitting = min(fitting, self.block_cells - 1)
            hint = (
                f"Set `block_cells` to {fitting:,} or fewer."
                if fitting > 0
                else "Choose fewer genes or `device` 'cpu'."
            )
            raise GraphError(msg, hint) from error
