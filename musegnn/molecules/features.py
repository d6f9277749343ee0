"""What a model sees of molecules: fingerprints and descriptors on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

_FURTHEST: Final = 0.999  # quantile beyond which a descriptor is as at it


@dataclass(frozen=True)
class DescriptorScale:
    """Where descriptors lie among those of the molecules that a model learns from.

    A descriptor becomes the normal deviate of its rank among theirs: heavy tails and units go, and
    a molecule unlike all of them is at the end of the scale, not beyond it.

    Parameters
    ----------
    sorted_values
        `(M, D)` float32, each column ascending; medians in place of what is not defined.
    medians
        `(D,)` in place of what is not defined.
    """

    sorted_values: np.ndarray
    medians: np.ndarray

    def apply(self, descriptors: np.ndarray) -> np.ndarray:
        """Return `(N, D)` float32 deviates; a descriptor that never varied is 0."""
        values = np.where(np.isfinite(descriptors), descriptors, self.medians)
        found = np.zeros(values.shape, dtype=np.float32)
        n_known = len(self.sorted_values)
        for column, known in enumerate(self.sorted_values.T):
            if known[0] == known[-1]:
                continue
            below = np.searchsorted(known, values[:, column], side="left")
            upto = np.searchsorted(known, values[:, column], side="right")
            share = (below + upto + 1) / 2 / (n_known + 1)
            found[:, column] = ndtri(np.clip(share, 1 - _FURTHEST, _FURTHEST))
        return found


def scale_of(descriptors: np.ndarray) -> DescriptorScale:
    """Learn the scale of the molecules that a model learns from.

    Parameters
    ----------
    descriptors
        `(M, D)`, NaN where one is not defined.
    """
    known = np.isfinite(descriptors)
    medians = np.zeros(descriptors.shape[1], dtype=np.float32)
    for column in range(descriptors.shape[1]):
        if known[:, column].any():
            medians[column] = np.median(descriptors[known[:, column], column])
    filled = np.where(known, descriptors, medians).astype(np.float32)
    return DescriptorScale(np.sort(filled, axis=0), medians)
