"""How alike compounds are: kernels of structures, of descriptors and of signatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from musegnn.molecules.structures import BITS, tanimoto

MOST_COUNTED: Final = 4  # an environment that occurs more often counts as this often
MAIN_PATTERNS: Final = 100  # directions of the whitened signatures
FULL_STRENGTH: Final = 10.0  # largest z-score from which on a signature counts in full


@dataclass(frozen=True)
class SignatureSpace:
    """Signatures laid out for comparison, fitted to stored ones without their labels.

    Parameters
    ----------
    logs
        `(S, G)` unit rows of the signed logarithm of z-scores.
    plain
        `(S, G)` unit rows of z-scores.
    whitened
        `(S, P)` unit rows of main directions of equal spread.
    directions
        `(G, P)` that lead from signed logarithms there.
    strength
        `(S,)` largest absolute z-score.
    """

    logs: np.ndarray
    plain: np.ndarray
    whitened: np.ndarray
    directions: np.ndarray
    strength: np.ndarray

    def place(self, signatures: np.ndarray) -> SignatureSpace:
        """Lay other signatures out in the same way.

        Parameters
        ----------
        signatures
            `(A, G)` z-scores; 0 for a gene that was not measured.
        """
        logs = _signed_log(signatures)
        whitened = _unit(logs @ self.directions)
        strength = np.abs(signatures).max(axis=1, initial=0.0)
        return SignatureSpace(_unit(logs), _unit(signatures), whitened, self.directions, strength)

    def take(self, rows: np.ndarray) -> SignatureSpace:
        """Return some of the signatures."""
        return SignatureSpace(
            self.logs[rows],
            self.plain[rows],
            self.whitened[rows],
            self.directions,
            self.strength[rows],
        )


def lay_out_signatures(signatures: np.ndarray, *, n: int = MAIN_PATTERNS) -> SignatureSpace:
    """Fit main directions to stored signatures and lay them out.

    Parameters
    ----------
    signatures
        `(S, G)` z-scores.
    n
        Most directions.
    """
    logs = _signed_log(signatures).astype(np.float64)
    values, vectors = np.linalg.eigh(logs.T @ logs)
    order = np.argsort(-values, kind="stable")[: min(n, len(logs), logs.shape[1])]
    order = order[values[order] > 1e-9 * values.max(initial=1e-300)]
    directions = vectors[:, order] / np.sqrt(values[order])
    empty = np.zeros((0, 0))
    start = SignatureSpace(empty, empty, empty, directions, np.zeros(0))
    return start.place(signatures)


def signature_kernel(one: SignatureSpace, other: SignatureSpace) -> np.ndarray:
    """Return `(A, B)` likeness of signatures: two Gaussian kernels, of logs and whitened."""
    of_logs = np.exp(one.logs @ other.logs.T - 1)
    of_whitened = np.exp(3 * (one.whitened @ other.whitened.T - 1))
    return (of_logs + of_whitened) / 2


def trust(strength: np.ndarray) -> np.ndarray:
    """Return how far a signature is believed: 1 from z = 10 on, less where nothing moved."""
    return np.minimum(strength / FULL_STRENGTH, 1.0)


def structure_kernel(
    one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Return `(A, B)` float32 mean likeness of bits, of features and of pairs of atoms.

    Parameters
    ----------
    one, other
        Fingerprints and counted fingerprints (`musegnn.molecules.structures`).
    """
    total = tanimoto(one[0], other[0])
    for start in range(0, one[1].shape[1], BITS):
        mine = one[1][:, start : start + BITS]
        theirs = mine if other[1] is one[1] else other[1][:, start : start + BITS]
        total += _shared_counts(mine, theirs)
    return total / (1 + one[1].shape[1] // BITS)


def scale_descriptors(found: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Centre on the median of the reference and divide by its spread; what is missing is average.

    Parameters
    ----------
    found, reference
        `(A, D)` and `(R, D)` with NaN for what is not defined.
    """
    known = np.isfinite(reference)
    filled = np.where(known, reference, 0.0)
    number = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known.any(axis=0), _median(reference), 0.0)
    mean = filled.sum(axis=0) / number
    spread = np.sqrt((np.where(known, reference - mean, 0.0) ** 2).sum(axis=0) / number)
    usable = spread > 1e-6
    scaled = (found - centre)[:, usable] / spread[usable]
    return np.nan_to_num(np.clip(scaled, -4.0, 4.0))


def gaussian_kernel(one: np.ndarray, other: np.ndarray, *, width: float) -> np.ndarray:
    """Return `(A, B)` Gaussian kernel.

    Parameters
    ----------
    one, other
        Rows to compare.
    width
        Squared distance at which the kernel is exp(-1/2).
    """
    return np.exp(-_squared_distances(one, other) / (2 * width))


def median_distance(rows: np.ndarray) -> float:
    """Return the median squared distance of rows, 1 for fewer than two."""
    if len(rows) < 2:
        return 1.0
    return float(np.median(_squared_distances(rows, rows))) or 1.0


def _squared_distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    square = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None] - 2 * one @ other.T
    return np.maximum(square, 0.0)


def _shared_counts(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Sum of minima over sum of maxima of capped counts; one product for each level of counts."""
    shared = np.zeros((len(one), len(other)), dtype=np.float32)
    for level in range(1, MOST_COUNTED + 1):
        has = (one >= level).any(axis=0) & (other >= level).any(axis=0)
        a = (one[:, has] >= level).astype(np.float32)
        b = a if other is one else (other[:, has] >= level).astype(np.float32)
        shared += a @ b.T
    size = [
        np.minimum(counts, MOST_COUNTED).sum(axis=1, dtype=np.float32) for counts in (one, other)
    ]
    total = size[0][:, None] + size[1][None] - shared
    return np.divide(shared, total, out=np.zeros_like(shared), where=total > 0)


def _signed_log(signatures: np.ndarray) -> np.ndarray:
    return np.sign(signatures) * np.log1p(np.abs(signatures))


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1; zeros stay."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, out=np.zeros(rows.shape), where=length > 0)


def _median(table: np.ndarray) -> np.ndarray:
    """Median of each column without NaN; 0 for a column of nothing else."""
    ordered = np.sort(np.where(np.isfinite(table), table, np.inf), axis=0)
    number = np.isfinite(table).sum(axis=0)
    column = np.arange(table.shape[1])
    if not len(table):
        return np.zeros(table.shape[1])
    low = ordered[np.maximum(number - 1, 0) // 2, column]
    high = ordered[np.minimum(number // 2, len(table) - 1), column]
    return np.where(number > 0, (low + np.where(number > 0, high, low)) / 2, 0.0)
