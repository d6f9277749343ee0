"""Time two ways of computing the same thing in turn, so that a drifting machine cancels out."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np


def compare(
    ours: Callable[[], object], peer: Callable[[], object], *, rounds: int = 7
) -> dict[str, float]:
    """Run both in turn after one warm-up each.

    Returns
    -------
    Medians in seconds and `ratio`, the median over rounds of peer / ours: above 1, ours is faster.
    """
    times: list[tuple[float, float]] = []
    ours(), peer()
    for _ in range(rounds):
        pair = []
        for call in (ours, peer):
            started = time.perf_counter()
            call()
            pair.append(time.perf_counter() - started)
        times.append((pair[0], pair[1]))
    table = np.array(times)
    return {
        "ours_seconds": float(np.median(table[:, 0])),
        "peer_seconds": float(np.median(table[:, 1])),
        "ratio": float(np.median(table[:, 1] / table[:, 0])),
    }
