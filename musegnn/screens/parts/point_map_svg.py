"""Point map as a file: true SVG with text that can be edited and searched."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import AbstractContextManager
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from musegnn.screens.parts.point_map import FAINTEST, STEPS_BACK, Cells, MapColours
from musegnn.screens.shell.theme import LIGHT, Ground
from musegnn.validation import writable

RASTER_LIMIT = 20_000  # more vector points make a file that drawing programs cannot open
SHUFFLE_SEED = 0
# the frame of a map, as `point_map.js` chooses it
_CROWD_TAIL, _CROWD_ROOM, _WORTH_IT, _FEWEST_IN_CROWD = 0.01, 0.12, 1.2, 1000
_LABEL_LEFT, _LABEL_UP, _LABEL_HEIGHT, _LABEL_LETTER = 6.0, 3.0, 9.5, 4.6  # points, at size 8
LEGEND_SHARE = 0.29  # of the width of the picture
LETTER_WIDTH = 0.075  # inches, of the legend; wider than most, as the reader's font is not known
MARK_WIDTH = 0.4  # inches, of a dot of the legend with its margins


def point_map_svg(
    layout: np.ndarray,
    colours: MapColours,
    *,
    title: str = "",
    caption: str = "",
    lit: Sequence[int] | np.ndarray = (),
    lit_labels: Sequence[str] = (),
    selected: np.ndarray | None = None,
    on: Ground = LIGHT,
    size: tuple[float, float] = (9.0, 6.0),
    raster_limit: int = RASTER_LIMIT,
) -> str:
    """Draw the map as SVG.

    The same input gives the same bytes. Points are vectors, or one embedded picture beyond
    `raster_limit`; text is always text.

    Parameters
    ----------
    layout
        `(N, 2)` coordinates without unit.
    colours
        Colours of all points with their legend, and the cells that lie below them.
    title, caption
        Text above and below; empty for none.
    lit, lit_labels
        Rows drawn large and the label of each.
    selected
        `(N,)` bool, or None; the other points step back to grey.
    on
        Ground of the picture.
    size
        Width and height in inches.
    raster_limit
        Largest number of points that stay vectors.

    Returns
    -------
    The SVG document.
    """
    # area in square points: dense maps need small points to show their structure
    point_size = 1.2 if len(layout) > 8000 else 3.0 if len(layout) > 3000 else 6.0
    with vector_text(on, salt="gene-map"):
        figure = Figure(figsize=size, facecolor=on.background)
        axes = figure.add_axes((0.01, 0.08, 0.99 - LEGEND_SHARE, 0.85))
        axes.set_axis_off()
        axes.set_aspect("equal", adjustable="datalim")
        box = None if colours.cells is not None else crowd_box(layout)
        if box is not None:
            _show_box(axes, box, size)
            _mark_beyond(axes, layout, colours)
        if colours.cells is not None:
            _draw_cells(axes, colours.cells, colours, on=on)
        draw_points(
            axes,
            layout,
            colours,
            lit=(lit, lit_labels),
            selected=selected if selected is not None and selected.any() else None,
            on=on,
            point_size=point_size,
            # a random order, so that no context lies on top of the others
            order=np.random.default_rng(SHUFFLE_SEED).permutation(len(layout)),
            is_raster=len(layout) > raster_limit,
        )
        # longer names continue on the next line
        letters = int((LEGEND_SHARE * figure.get_figwidth() - MARK_WIDTH) / LETTER_WIDTH)
        lines = [f"{name} ({n:,})" if n else name for _, name, n in colours.legend]
        names = [fill(writable(line), letters) for line in lines]
        draw_legend(figure, colours, names, on=on, corner=(1 - LEGEND_SHARE, 0.94))
        figure.text(0.02, 0.95, writable(title), fontsize=12)
        figure.text(0.02, 0.03, writable(caption), fontsize=7, color=on.muted_text, wrap=True)
        return written(figure, title=title)


def crowd_box(layout: np.ndarray) -> tuple[float, float, float, float] | None:
    """Return the part of a map that holds the crowd, as the map on the page begins with it.

    Parameters
    ----------
    layout
        `(N, 2)` coordinates.

    Returns
    -------
    Left, right, low, high; None where the whole is hardly larger.
    """
    if len(layout) < _FEWEST_IN_CROWD:
        return None
    least, most = layout.min(axis=0), layout.max(axis=0)
    low, high = np.quantile(layout, [_CROWD_TAIL, 1 - _CROWD_TAIL], axis=0)
    room = _CROWD_ROOM * (high - low)
    low, high = np.maximum(least, low - room), np.minimum(most, high + room)
    if not (high > low).all() or ((most - least) / (high - low)).max() < _WORTH_IT:
        return None
    margin = 0.02 * (high - low)
    (left, bottom), (right, top) = low - margin, high + margin
    return float(left), float(right), float(bottom), float(top)


def _show_box(
    axes: Axes, box: tuple[float, float, float, float], size: tuple[float, float]
) -> None:
    """Show a part of the map whole, with one scale for both ways: one way, more comes into view."""
    left, right, low, high = box
    frame = axes.get_position()
    width, height = (right - left), (high - low)
    shape = frame.width * size[0] / (frame.height * size[1])
    across, along = max(width, height * shape), max(height, width / shape)
    middle = ((left + right) / 2, (low + high) / 2)
    axes.set_xlim(middle[0] - across / 2, middle[0] + across / 2)
    axes.set_ylim(middle[1] - along / 2, middle[1] + along / 2)


def _mark_beyond(axes: Axes, layout: np.ndarray, colours: MapColours) -> None:
    """Mark on the rim of the picture which points lie beyond it."""
    axes.apply_aspect()
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    x, y = layout[:, 0], layout[:, 1]
    shown = np.asarray(colours.colours)[colours.codes]
    sides = {"<": x < left, ">": x > right, "v": y < low, "^": y > high}
    for mark, is_beyond in sides.items():
        rows = np.flatnonzero(is_beyond)
        if len(rows):
            place = np.clip(x[rows], left, right), np.clip(y[rows], low, high)
            axes.scatter(*place, marker=mark, s=12, c=shown[rows], linewidths=0, clip_on=False)


def _draw_cells(axes: Axes, cells: Cells, colours: MapColours, *, on: Ground) -> None:
    """Draw cells, the stronger the more points they have."""
    table = np.array([to_rgb(colour) for colour in colours.colours])
    picture = np.empty((*cells.codes.shape, 4))
    is_grey = cells.codes == STEPS_BACK
    picture[..., :3] = table[np.where(is_grey, 0, cells.codes)]
    picture[is_grey, :3] = to_rgb(on.context)
    picture[..., 3] = np.where(cells.shades, FAINTEST + (1 - FAINTEST) * cells.shades / 255, 0)
    axes.imshow(picture, extent=cells.box, origin="lower", interpolation="nearest", zorder=0)


def vector_text(on: Ground, *, salt: str) -> AbstractContextManager[None]:
    """Let text stay text, and ids be the same in every file, while a picture is drawn.

    A dollar sign in a name starts no formula.
    """
    settings = {"svg.fonttype": "none", "svg.hashsalt": salt, "text.parse_math": False}
    return mpl.rc_context({**settings, "font.family": "sans-serif", "text.color": on.text})


def written(figure: Figure, *, title: str) -> str:
    """Write a picture as SVG."""
    buffer = io.StringIO()
    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Title": writable(title)})
    return buffer.getvalue()


def draw_points(
    axes: Axes,
    layout: np.ndarray,
    colours: MapColours,
    *,
    lit: tuple[Sequence[int] | np.ndarray, Sequence[str]],
    selected: np.ndarray | None,
    on: Ground,
    point_size: float,
    order: np.ndarray | None = None,
    is_raster: bool = False,
) -> None:
    """Draw points; with some selected or lit, the others step back to grey.

    Parameters
    ----------
    axes
        Where to.
    layout, colours, on
        As for `point_map_svg`.
    lit
        Rows drawn large, and the label of each.
    selected
        `(N,)` bool, or None.
    point_size
        Area in square points.
    order
        `(N,)` rows from the bottom to the top; None for that of the layout.
    is_raster
        Draw the points as one embedded picture.
    """
    lit_rows = np.asarray(lit[0], dtype=np.int64)
    steps_back = bool(len(lit_rows)) or selected is not None
    rows = np.arange(len(layout)) if order is None else order
    shown = np.asarray(colours.colours)[colours.codes]
    scatter: dict[str, Any] = {"linewidths": 0, "rasterized": is_raster}
    colour = on.context if steps_back else shown[rows]
    axes.scatter(layout[rows, 0], layout[rows, 1], s=point_size, c=colour, **scatter)
    if selected is not None:
        rows = rows[selected[rows]]
        axes.scatter(layout[rows, 0], layout[rows, 1], s=1.8 * point_size, c=shown[rows], **scatter)
    if len(lit_rows):
        look: dict[str, Any] = {"s": 60, "c": shown[lit_rows], "edgecolors": on.accent, "zorder": 3}
        axes.scatter(layout[lit_rows, 0], layout[lit_rows, 1], **look)
    _write_labels(axes, layout[lit_rows[: len(lit[1])]], [writable(text) for text in lit[1]], on)


def _write_labels(axes: Axes, places: np.ndarray, labels: Sequence[str], on: Ground) -> None:
    """Write a label beside each point; those that would lie on others move down, with a line."""
    if not len(places):
        return
    axes.apply_aspect()  # fixes where points lie on the page
    points = axes.transData.transform(places) * 72 / axes.figure.dpi
    for place, label, moved in zip(places, labels, spread_labels(points, labels), strict=False):
        is_far = abs(moved) > _LABEL_HEIGHT
        axes.annotate(
            label,
            place,
            xytext=(_LABEL_LEFT, _LABEL_UP + moved),
            textcoords="offset points",
            fontsize=8,
            arrowprops={"arrowstyle": "-", "lw": 0.5, "color": on.muted_text} if is_far else None,
        )


def spread_labels(points: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """Tell how far each label moves so that none lies on another.

    Parameters
    ----------
    points
        `(n, 2)` where the labelled points lie, in points (1/72 inch).
    labels
        Their labels.

    Returns
    -------
    `(n,)` shifts in points, 0 or negative: labels move down.
    """
    shifts = np.zeros(len(labels))
    taken: list[tuple[float, float, float]] = []  # left, right, bottom
    for i in np.lexsort((points[: len(labels), 0], -points[: len(labels), 1])):
        left = float(points[i, 0]) + _LABEL_LEFT
        right = left + _LABEL_LETTER * len(labels[i])
        bottom = float(points[i, 1]) + _LABEL_UP
        start = bottom
        beside = sorted(
            (own for own in taken if own[0] < right and left < own[1]), key=lambda own: -own[2]
        )
        for _, _, low in beside:
            if abs(bottom - low) < _LABEL_HEIGHT:
                bottom = low - _LABEL_HEIGHT
        taken.append((left, right, bottom))
        shifts[i] = bottom - start
    return shifts


def draw_legend(
    figure: Figure,
    colours: MapColours,
    names: Sequence[str],
    *,
    on: Ground,
    corner: tuple[float, float],
) -> None:
    """Draw the legend as dots with names, largest code last, below and right of a corner."""
    handles = [
        Line2D([], [], marker="o", linestyle="", color=colours.colours[code], markersize=5)
        for code, _, _ in colours.legend
    ]
    legend = figure.legend(
        handles,
        [writable(name) for name in names],
        title=writable(colours.title),
        loc="upper left",
        bbox_to_anchor=corner,
        frameon=False,
        fontsize=8,
        title_fontsize=9,
        alignment="left",
    )
    for text in legend.get_texts():
        text.set_color(on.text)
    legend.get_title().set_color(on.text)
