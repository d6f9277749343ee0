"""What is written on the map of a file: names of clusters, and genes of a list, as on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from musegnn.screens.shell.theme import Ground
from musegnn.validation import writable

Box = tuple[float, float, float, float]  # left, bottom, right, top

AT_REST: Final = 16  # names of a map that is not zoomed into, as on the page
COVER: Final = 0.2  # of the square that a map has room for: a narrow one has fewer names
_LETTERS: Final = 22  # of a line
_SIZE: Final = 7.5  # of letters, in points
_LETTER: Final = 4.9  # width of a bold one, in points
_LINE: Final = 9.2
_SHIFTS: Final = ((0, 0), (0, -13), (0, 13), (-28, 0), (28, 0), (0, -26), (0, 26))
_AROUND: Final = 6.0  # points around a dot that is to be seen


@dataclass(frozen=True)
class Writing:
    """What is written on a map.

    Parameters
    ----------
    names
        Where the name of a cluster stands, in coordinates of the layout, and the name; the one that
        matters most first.
    marked
        Rows that are drawn larger than others.
    labels
        Row and label of those that are named.
    """

    names: tuple[tuple[float, float, str], ...] = ()
    marked: tuple[int, ...] = ()
    labels: tuple[tuple[int, str], ...] = ()


NOTHING: Final = Writing()


def draw_marked(
    axes: Axes, layout: np.ndarray, colours: np.ndarray, rows: Sequence[int], on: Ground
) -> None:
    """Draw some points larger than others, in their `(N,)` colours."""
    own = np.asarray(rows, dtype=np.int64)
    if len(own):
        look: dict[str, Any] = {"s": 26, "edgecolors": on.accent, "linewidths": 0.8, "zorder": 2.5}
        axes.scatter(layout[own, 0], layout[own, 1], c=colours[own], **look)


def write_names(
    axes: Axes,
    names: Sequence[tuple[float, float, str]],
    *,
    dots: np.ndarray,
    labels: Sequence[str] = (),
    zoom: float,
    on: Ground,
) -> int:
    """Write names of clusters, none on another or on a dot that is to be seen.

    Parameters
    ----------
    axes
        The map, in its final frame.
    names
        As in `Writing`.
    dots
        `(n, 2)` points that stay uncovered.
    labels
        Labels right of the last of these, which stay uncovered too.
    zoom
        How many times narrower the part is than the map: more names then.
    on
        Ground of the picture.

    Returns
    -------
    Number of the names that found a place.
    """
    if not len(names):
        return 0
    axes.apply_aspect()  # fixes where points lie on the page
    to_points = 72 / axes.figure.dpi
    frame = axes.get_window_extent()
    left, low, right, high = (edge * to_points for edge in frame.extents)
    letters = [0] * (len(dots) - len(labels)) + [len(label) for label in labels]
    taken: list[Box] = [
        (x - _AROUND, y - _AROUND, x + _AROUND + _LETTER * own, y + _AROUND)
        for (x, y), own in zip(
            axes.transData.transform(dots) * to_points if len(dots) else (), letters, strict=True
        )
    ]
    n_written = 0
    room = COVER * (min(right - left, high - low) * max(zoom, 1)) ** 2
    places = axes.transData.transform(np.array([name[:2] for name in names])) * to_points
    for (x, y), (own_x, own_y, name) in zip(places, names, strict=True):
        if n_written >= AT_REST * max(zoom, 1) ** 2:
            break
        lines = wrap(writable(name), _LETTERS, break_long_words=False)
        half = (_LETTER * max(map(len, lines)) / 2, _LINE * len(lines) / 2)
        area = 4 * half[0] * half[1]
        is_cut = 2 * half[0] > right - left or 2 * half[1] > high - low
        if is_cut or area > room or not (left <= x <= right and low <= y <= high):
            continue
        shift = _free_shift((float(x), float(y)), half, taken, (left, low, right, high))
        if shift is None:
            continue
        axes.annotate(
            "\n".join(lines),
            (own_x, own_y),
            xytext=shift,
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=_SIZE,
            fontweight="bold",
            linespacing=1.1,
            color=on.text,
            zorder=4,
            bbox={"facecolor": on.background, "alpha": 0.72, "edgecolor": "none", "pad": 0.6},
        )
        n_written += 1
        room -= area
    return n_written


def _free_shift(
    place: tuple[float, float], half: tuple[float, float], taken: list[Box], frame: Box
) -> tuple[float, float] | None:
    """Find how far a name moves to be free, and take the room; None where there is none."""
    for dx, dy in _SHIFTS:
        x = min(max(place[0] + dx, frame[0] + half[0]), frame[2] - half[0])
        y = min(max(place[1] + dy, frame[1] + half[1]), frame[3] - half[1])
        box = (x - half[0], y - half[1], x + half[0], y + half[1])
        if not any(
            box[0] < other[2] and box[2] > other[0] and box[1] < other[3] and box[3] > other[1]
            for other in taken
        ):
            taken.append(box)
            return x - place[0], y - place[1]
    return None
