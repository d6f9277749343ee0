"""Ticks of a logarithmic axis: few, all of one size, so that none lies on another in print.

The ticks that plotly chooses have small digits between the powers of ten, which a figure of one
column of a paper would print at three points.
"""

from __future__ import annotations

import math
from typing import Any, Final

_MOST_FINE: Final = 1.6  # powers of ten that have ticks at 2 and 5 times them too
_MOST_HALVED: Final = 3.2  # powers of ten that have a tick at 3 times them
_MOST: Final = 7  # powers of ten with a tick each; of more, every second, third ... has one
_ROOM: Final = 0.04  # powers of ten beyond the first and the last value


def log_axis(low: float, high: float) -> dict[str, Any]:
    """Return the range of an axis that holds two values, and ticks that fit it.

    They stand at powers of ten, and at 2 and 5 times these where there are few, or at 3 times.

    Parameters
    ----------
    low, high
        Least and largest value, above 0.

    Returns
    -------
    What plotly takes as a part of an axis.
    """
    first, last = math.log10(low) - _ROOM, math.log10(high) + _ROOM
    wide = last - first
    steps = (1, 2, 5) if wide < _MOST_FINE else (1, 3) if wide < _MOST_HALVED else (1,)
    every = max(1, math.ceil((last - first) / _MOST))
    ticks = [
        step * 10.0**power
        for power in range(math.floor(first), math.ceil(last))
        for step in steps
        if power % every == 0 and first <= math.log10(step * 10.0**power) <= last
    ]
    return {
        "type": "log",
        "range": [first, last],
        "tickvals": ticks,
        "ticktext": [short_number(tick) for tick in ticks],
        "tickangle": 0,
    }


def short_number(number: float) -> str:
    """Write a round number in few letters.

    >>> [short_number(number) for number in (0.02, 5, 2_000, 20_000, 500_000, 1_000_000, 1e12)]
    ['0.02', '5', '2,000', '20k', '500k', '1M', '1e+12']
    """
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if max(size, 10_000) <= number < 1_000 * size:
            return f"{number / size:g}{unit}"
    return f"{number:,.0f}" if 1 <= number < 10_000 else f"{number:g}"
