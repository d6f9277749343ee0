"""Point map as a file: true SVG with text that can be edited and searched."""

from __future__ import annotations

import io
from collections.abc import Sequence
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.shell.theme import LIGHT, Ground

RASTER_LIMIT = 20_000  # more vector points make a file that drawing programs cannot open
SHUFFLE_SEED = 0
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
        Colours of all points with their legend.
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
    steps_back = len(lit) > 0 or (selected is not None and bool(selected.any()))
    # area in square points: dense maps need small points to show their structure
    point_size = 1.2 if len(layout) > 8000 else 3.0 if len(layout) > 3000 else 6.0
    palette = np.asarray(colours.colours)
    settings = {
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "gene-map",  # the same ids in every file
        "font.family": "sans-serif",
        "text.color": on.text,
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=size, facecolor=on.background)
        axes = figure.add_axes((0.01, 0.08, 0.99 - LEGEND_SHARE, 0.85))
        axes.set_axis_off()
        axes.set_aspect("equal", adjustable="datalim")
        # a random order, so that no context lies on top of the others
        order = np.random.default_rng(SHUFFLE_SEED).permutation(len(layout))
        scatter: dict[str, Any] = {"linewidths": 0, "rasterized": len(layout) > raster_limit}
        colour = on.context if steps_back else palette[colours.codes[order]]
        axes.scatter(layout[order, 0], layout[order, 1], s=point_size, c=colour, **scatter)
        if selected is not None and selected.any():
            rows = order[selected[order]]
            shown = palette[colours.codes[rows]]
            axes.scatter(layout[rows, 0], layout[rows, 1], s=point_size * 1.8, c=shown, **scatter)
        if len(lit):
            rows = np.asarray(lit, dtype=np.int64)
            shown = palette[colours.codes[rows]]
            axes.scatter(
                layout[rows, 0], layout[rows, 1], s=60, c=shown, edgecolors=on.accent, zorder=3
            )
            for row, label in zip(rows, lit_labels, strict=False):
                axes.annotate(
                    label, layout[row], xytext=(6, 3), textcoords="offset points", fontsize=8
                )
        _draw_legend(figure, colours, on)
        figure.text(0.02, 0.95, title, fontsize=12)
        figure.text(0.02, 0.03, caption, fontsize=7, color=on.muted_text, wrap=True)
        buffer = io.StringIO()
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Title": title})
    return buffer.getvalue()


def _draw_legend(figure: Figure, colours: MapColours, on: Ground) -> None:
    """Draw the legend as dots with names, largest code last."""
    handles = [
        Line2D([], [], marker="o", linestyle="", color=colours.colours[code], markersize=5)
        for code, _, _ in colours.legend
    ]
    # longer names continue on the next line
    letters = int((LEGEND_SHARE * figure.get_figwidth() - MARK_WIDTH) / LETTER_WIDTH)
    labels = [fill(f"{label} ({n:,})" if n else label, letters) for _, label, n in colours.legend]
    legend = figure.legend(
        handles,
        labels,
        title=colours.title,
        loc="upper left",
        bbox_to_anchor=(1 - LEGEND_SHARE, 0.94),
        frameon=False,
        fontsize=8,
        title_fontsize=9,
        alignment="left",
    )
    for text in legend.get_texts():
        text.set_color(on.text)
    legend.get_title().set_color(on.text)
