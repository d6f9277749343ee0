"""Places of names beside circles of a picture, so that no name covers another or a circle."""

from __future__ import annotations

from typing import Final

import numpy as np

_LETTER: Final = 7.0  # of a sans-serif font of 12 pixels, wide ones included
_LINE: Final = 15.0
GAPS: Final = (3.0, 14.0, 28.0, 46.0, 70.0)  # pixels from a circle to its name
_DIRECTIONS: Final = np.array(
    [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)], dtype=float
)
_OVER_NAME, _OVER_CIRCLE, _OVER_LINE, _OUTSIDE, _DISTANT = 10.0, 6.0, 4.0, 12.0, 3.0
_ROUNDS: Final = 3
_NONE: Final = np.zeros((0, 2))


def place_names(
    centres: np.ndarray,
    radii: np.ndarray,
    names: list[str],
    lines: np.ndarray,
    *,
    size: tuple[float, float],
) -> tuple[np.ndarray, np.ndarray]:
    """Choose a place for the name of each circle.

    Each name takes the cheapest of 40 places around its circle: what it would cover of other
    names, of circles and of lines counts, then how far it is. Names are placed one after another,
    three times over, so that early ones can move out of the way of late ones.

    Parameters
    ----------
    centres
        (n, 2), pixels, upwards.
    radii
        (n,), pixels.
    names
        Of the circles.
    lines
        (m, 4) x and y of both ends, pixels.
    size
        Width and height of what is seen, pixels.

    Returns
    -------
    (n, 2) from the centre of a circle to that of its name, pixels, and (n,) how far its name
    is from its circle, pixels, one of `GAPS`.
    """
    n = len(names)
    half = np.array([[max(len(name), 1) * _LETTER, _LINE] for name in names]).reshape(-1, 2) / 2
    circles = np.hstack([centres - radii[:, None], centres + radii[:, None]])
    along = np.linspace(0, 1, 41)[:, None]
    points = np.concatenate([(1 - along) * one[:2] + along * one[2:] for one in lines] or [_NONE])
    gaps = np.repeat(GAPS, len(_DIRECTIONS))
    ways = np.tile(_DIRECTIONS, (len(GAPS), 1))
    slanted = np.where(np.abs(ways).sum(1) == 2, np.sqrt(0.5), 1.0)
    offsets = np.zeros((n, 2))
    chosen = np.zeros(n)
    boxes = np.full((n, 4), np.nan)  # of the names; those that have no place yet cover nothing
    for _ in range(_ROUNDS):
        for at in range(n):
            reach = (radii[at] + gaps) * slanted
            tried = ways * (reach[:, None] + half[at])
            middle = centres[at] + tried
            box = np.hstack([middle - half[at], middle + half[at]])
            others = np.arange(n) != at
            inside = (
                (points[:, 0] > box[:, None, 0])
                & (points[:, 0] < box[:, None, 2])
                & (points[:, 1] > box[:, None, 1])
                & (points[:, 1] < box[:, None, 3])
            )
            outside = np.maximum(-box[:, :2], 0).sum(1) + np.maximum(box[:, 2:] - size, 0).sum(1)
            cost = (
                _OVER_NAME * _covered(box, boxes[others]).sum(1)
                + _OVER_CIRCLE * _covered(box, circles).sum(1)
                + _OVER_LINE * inside.sum(1)
                + _OUTSIDE * _LINE * outside
                + _DISTANT * gaps
            )
            best = int(np.argmin(cost))
            offsets[at], chosen[at], boxes[at] = tried[best], gaps[best], box[best]
    return offsets, chosen


def _covered(box: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Area in which each box meets each other one, pixels; (boxes, others)."""
    low = np.maximum(box[:, None, :2], other[None, :, :2])
    high = np.minimum(box[:, None, 2:], other[None, :, 2:])
    return np.nan_to_num(np.clip(high - low, 0, None).prod(-1))
