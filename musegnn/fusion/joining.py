"""Join modalities by the leading directions of their vectors side by side, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musegnn.graphs.thread_limit import limited_threads


@dataclass(frozen=True)
class Joined:
    """Fused vectors, and what each modality does to them.

    Parameters
    ----------
    fused
        `(G, F)` float32.
    shares
        `(G, M)` float32: part of the fused vector that a modality brings along, with sum 1; 0 where
        it is missing. Of attention the weight, of directions the projection onto the whole.
    changes
        `(G, M)` float32: 1 minus the cosine between the fused vector and that without the
        modality; NaN where it is missing, or is the only one.
    """

    fused: np.ndarray
    shares: np.ndarray
    changes: np.ndarray


def join_by_svd(vectors: np.ndarray, present: np.ndarray, width: int) -> Joined:
    """Project vectors of modalities, side by side, onto their leading directions.

    Parameters
    ----------
    vectors
        `(G, M, D)` of length 1.
    present
        `(G, M)` bool. A missing modality adds nothing: the rest alone decides the direction.
    width
        Numbers of a fused vector; with fewer directions the rest is zero.
    """
    n_genes, n_modalities, n_numbers = vectors.shape
    masked = np.where(present[:, :, None], vectors, 0).astype(np.float64)
    rows = masked.reshape(n_genes, -1)
    with limited_threads(1):
        values, axes = np.linalg.eigh(rows.T @ rows)
        leading = axes[:, np.argsort(-values, kind="stable")[: min(width, len(values))]]
        at = np.abs(leading).argmax(axis=0)
        leading = leading * np.sign(leading[at, np.arange(leading.shape[1])])
        blocks = leading.reshape(n_modalities, n_numbers, -1)
        parts = np.stack([masked[:, m] @ blocks[m] for m in range(n_modalities)], axis=1)
    whole = parts.sum(axis=1)
    square = np.maximum((whole**2).sum(axis=1), 1e-12)
    along = np.einsum("gmf,gf->gm", parts, whole)
    own = np.einsum("gmf,gmf->gm", parts, parts)
    # of the whole without a part: (w - p).w = w.w - p.w, and its length likewise
    rest = np.sqrt(np.maximum(square[:, None] - 2 * along + own, 1e-12))
    cosines = (square[:, None] - along) / (rest * np.sqrt(square)[:, None])
    asked = present & (present.sum(axis=1) > 1)[:, None]
    fused = np.zeros((n_genes, width), dtype=np.float32)
    fused[:, : whole.shape[1]] = whole
    return Joined(
        fused,
        np.where(present, along / square[:, None], 0).astype(np.float32),
        np.where(asked, 1 - np.clip(cosines, -1, 1), np.nan).astype(np.float32),
    )
