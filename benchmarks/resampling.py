"""Intervals of measured shares and means: groups are drawn again, as often as there are."""

from __future__ import annotations

from typing import Final

import numpy as np

DRAWS: Final = 2000


def ratio_interval(
    above: np.ndarray, below: np.ndarray, *, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of the sum of some numbers over the sum of others, over draws of groups.

    Parameters
    ----------
    above, below
        `(n,)` of each group, such as hits and tests, or the sum of differences and their number;
        groups rather than their members are drawn, since members of a group go together.
    draws, seed
        How many draws, and their seed.
    """
    picked = np.random.default_rng(seed).integers(0, len(above), (draws, len(above)))
    drawn = above[picked].sum(axis=1) / np.maximum(below[picked].sum(axis=1), 1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)
