"""Point map as a file: true SVG with text that can be edited and searched."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from musegnn.screens.parts.map_writing_figure import NOTHING, Writing, draw_marked, write_names
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
LEGEND_LINE, LEGEND_REST = 0.17, 0.6  # inches, of a line of the legend, and of what is above it
PLAIN_PT = 8.0  # size of plain letters
_FONT = re.compile(r"font-family: [^;\"]+")
NARROW = 6.5  # inches of width below which the legend stands under the points
COLUMN_WIDTH = 1.75  # inches, of a column of that legend


@dataclass(frozen=True)
class MapLook:
    """How a map is drawn as a file.

    Parameters
    ----------
    on
        Ground of the picture.
    size
        Width and height in inches; the height grows where the legend needs it.
    family
        Font as CSS; "" for that of the drawing library.
    dpi
        Pixels an inch of points that are drawn as one picture.
    writing
        Names of clusters and genes of a list.
    """

    on: Ground = LIGHT
    size: tuple[float, float] = (9.0, 6.0)
    family: str = ""
    dpi: float = 100.0
    writing: Writing = NOTHING


ON_SCREEN = MapLook()


def point_map_svg(
    layout: np.ndarray,
    colours: MapColours,
    *,
    title: str = "",
    caption: str = "",
    lit: Sequence[int] | np.ndarray = (),
    lit_labels: Sequence[str] = (),
    selected: np.ndarray | None = None,
    look: MapLook = ON_SCREEN,
    part: str = "",
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
    look
        Ground, size and letters.
    part
        Part of the map that is shown, `x0,x1,y0,y1`; "" for where most points are.
    raster_limit
        Largest number of points that stay vectors.

    Returns
    -------
    The SVG document.
    """
    on = look.on
    # area in square points: dense maps need small points to show their structure
    point_size = 1.2 if len(layout) > 8000 else 3.0 if len(layout) > 3000 else 6.0
    place = _place_legend(colours, look.size, above=0.4 if title else 0.1)
    size = place.size
    with vector_text(on, salt="gene-map"):
        figure = Figure(figsize=size, facecolor=on.background, dpi=look.dpi)
        axes = figure.add_axes(place.frame)
        axes.set_axis_off()
        axes.set_aspect("equal", adjustable="datalim")
        box = _box_of(part)
        if box is None and colours.cells is None:
            box = crowd_box(layout)
        if box is not None:
            _show_box(axes, box, size)
            if colours.cells is None:
                _mark_beyond(axes, layout, colours)
        if colours.cells is not None:
            _draw_cells(axes, colours.cells, colours, on=on)
        writing = look.writing
        labels = [*zip(np.asarray(lit).tolist(), lit_labels, strict=False), *writing.labels]
        draw_points(
            axes,
            layout,
            colours,
            lit=(lit, ()),
            selected=selected if selected is not None and selected.any() else None,
            on=on,
            point_size=point_size,
            # a random order, so that no context lies on top of the others
            order=np.random.default_rng(SHUFFLE_SEED).permutation(len(layout)),
            is_raster=len(layout) > raster_limit,
        )
        draw_marked(axes, layout, np.asarray(colours.colours)[colours.codes], writing.marked, on)
        rows = np.array([row for row, _ in labels], dtype=np.int64)
        _write_labels(axes, layout[rows], [writable(label) for _, label in labels], on)
        dots = np.concatenate([np.asarray(lit, dtype=np.int64), rows])
        write_names(
            axes,
            writing.names,
            dots=layout[dots],
            labels=[label for _, label in labels],
            zoom=_zoom(box, layout),
            on=on,
        )
        draw_legend(
            figure, colours, place.names, on=on, corner=place.corner, n_columns=place.n_columns
        )
        figure.text(0.02, 1 - 0.3 / size[1], writable(title), fontsize=12)
        figure.text(0.02, 0.03, writable(caption), fontsize=7, color=on.muted_text, wrap=True)
        return written(figure, title=title, family=look.family)


@dataclass(frozen=True)
class Place:
    """Where points and legend stand: parts of the picture, but for its size in inches."""

    size: tuple[float, float]
    frame: tuple[float, float, float, float]
    corner: tuple[float, float]
    names: list[str]
    n_columns: int = 1


def _place_legend(colours: MapColours, wished: tuple[float, float], *, above: float) -> Place:
    """Give the legend its place beside the points, or in columns below them where it is narrow.

    `above` is the room of a title in inches.
    """
    width, height = wished
    lines = [writable(f"{name} ({n:,})" if n else name) for _, name, n in colours.legend]
    if width >= NARROW:
        # longer names continue on the next line
        names = _filled(lines, LEGEND_SHARE * width)
        height = max(height, LEGEND_REST + LEGEND_LINE * _n_lines(names))
        frame = (0.01, 0.08, 0.99 - LEGEND_SHARE, 0.85)
        return Place((width, height), frame, (1 - LEGEND_SHARE, 0.94), names)
    return legend_below(lines, width, points=max(height, 0.8 * width), above=above)


def legend_below(lines: list[str], width: float, *, points: float, above: float) -> Place:
    """Give the legend its place below the points, in as many columns as are wide enough.

    Parameters
    ----------
    lines
        What stands in the legend.
    width
        Of the picture, in inches.
    points, above
        Heights of points and title, in inches.
    """
    n_columns = max(int(width / COLUMN_WIDTH), 1)
    names = _filled(lines, width / n_columns)
    n_rows = -(-len(names) // n_columns)
    columns = [names[i : i + n_rows] for i in range(0, len(names), n_rows)]
    below = LEGEND_REST + LEGEND_LINE * max(map(_n_lines, columns), default=0)
    height = above + points + below
    frame = (0.01, below / height, 0.98, points / height)
    return Place((width, height), frame, (0.01, below / height), names, n_columns)


def _filled(lines: list[str], width: float) -> list[str]:
    """Break names of a legend so that they fit a width in inches."""
    letters = max(int((width - MARK_WIDTH) / LETTER_WIDTH), 6)
    return [fill(line, letters) for line in lines]


def _n_lines(names: Sequence[str]) -> int:
    """Count the lines of names."""
    return sum(name.count("\n") + 1 for name in names)


def _zoom(box: tuple[float, float, float, float] | None, layout: np.ndarray) -> float:
    """How many times narrower a part is than where most points are."""
    if box is None or not len(layout):
        return 1.0
    home = crowd_box(layout) or (*layout[:, 0].min(keepdims=True), *layout[:, 0].max(keepdims=True))
    return max(1.0, float(home[1] - home[0]) / (box[1] - box[0]))


def _box_of(part: str) -> tuple[float, float, float, float] | None:
    """Read a part of the map, left, right, low, high; None for the whole or what is none."""
    if not part:
        return None
    x0, x1, y0, y1 = (float(edge) for edge in part.split(","))
    return (x0, x1, y0, y1) if x0 < x1 and y0 < y1 else None


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


def written(figure: Figure, *, title: str, family: str = "") -> str:
    """Write a picture as SVG, in another font than it was measured with where one is named."""
    buffer = io.StringIO()
    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Title": writable(title)})
    svg = buffer.getvalue()
    return _FONT.sub(lambda _: f"font-family: {family}", svg) if family else svg


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
    end = axes.get_window_extent().x1 * 72 / axes.figure.dpi
    sides = sides_of(points, labels, end)
    shifts = spread_labels(points, labels, sides)
    for place, label, moved, side in zip(places, labels, shifts, sides, strict=False):
        is_far = abs(moved) > _LABEL_HEIGHT
        axes.annotate(
            label,
            place,
            xytext=(side * _LABEL_LEFT, _LABEL_UP + moved),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            fontsize=PLAIN_PT,
            arrowprops={"arrowstyle": "-", "lw": 0.5, "color": on.muted_text} if is_far else None,
        )


def sides_of(points: np.ndarray, labels: Sequence[str], end: float) -> np.ndarray:
    """Tell on which side of its point each label stands: 1 right, -1 left where it would be cut.

    Parameters
    ----------
    points, labels
        As for `spread_labels`.
    end
        Right edge of the picture, in points.
    """
    widths = _LABEL_LETTER * np.array([len(label) for label in labels])
    x = points[: len(labels), 0]
    is_cut = (x + _LABEL_LEFT + widths > end) & (x - _LABEL_LEFT - widths > 0)
    return np.where(is_cut, -1, 1)


def spread_labels(
    points: np.ndarray, labels: Sequence[str], sides: np.ndarray | None = None
) -> np.ndarray:
    """Tell how far each label moves so that none lies on another.

    Parameters
    ----------
    points
        `(n, 2)` where the labelled points lie, in points (1/72 inch).
    labels
        Their labels.
    sides
        `(n,)` 1 for labels right of their points and -1 for those on the left; None for all right.

    Returns
    -------
    `(n,)` shifts in points, 0 or negative: labels move down.
    """
    shifts = np.zeros(len(labels))
    taken: list[tuple[float, float, float]] = []  # left, right, bottom
    for i in np.lexsort((points[: len(labels), 0], -points[: len(labels), 1])):
        width = _LABEL_LETTER * len(labels[i])
        left = float(points[i, 0]) + _LABEL_LEFT
        if sides is not None and sides[i] < 0:
            left = float(points[i, 0]) - _LABEL_LEFT - width
        right = left + width
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
    n_columns: int = 1,
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
        ncols=n_columns,
    )
    for text in legend.get_texts():
        text.set_color(on.text)
    legend.get_title().set_color(on.text)
