"""Two maps side by side as a file: true SVG with text that can be edited and searched."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.shell.theme import LIGHT, Ground

_LARGE = 1_000  # points; maps of more get smaller ones
_MARGIN = 0.04  # of the range, around the points


def paired_maps_svg(
    places: tuple[np.ndarray, np.ndarray],
    colours: tuple[MapColours, MapColours],
    *,
    titles: tuple[str, str],
    caption: str = "",
    lit: Sequence[int] | np.ndarray = (),
    lit_labels: tuple[Sequence[str], Sequence[str]] = ((), ()),
    selected: np.ndarray | None = None,
    on: Ground = LIGHT,
    size: tuple[float, float] = (12.0, 6.0),
) -> str:
    """Draw the same genes on two maps with the same axes; the same input gives the same bytes.

    Parameters
    ----------
    places
        `(G, 2)` coordinates without unit, left and right, the same gene in the same row.
    colours
        Colours of both maps; the legend is that of the left one.
    titles
        Above each map.
    caption
        Below both.
    lit, lit_labels
        Rows drawn large, and their labels on each map.
    selected
        `(G,)` bool, or None; the other points step back to grey.
    on
        Ground of the picture.
    size
        Width and height in inches.

    Returns
    -------
    The SVG document.
    """
    rows = np.asarray(lit, dtype=np.int64)
    steps_back = bool(len(rows)) or selected is not None
    point_size = 5.0 if len(places[0]) > _LARGE else 11.0
    both = np.concatenate(places)
    low, high = both.min(axis=0), both.max(axis=0)
    margin = _MARGIN * np.maximum(high - low, 1e-9)
    settings = {
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "paired-maps",  # the same ids in every file
        "font.family": "sans-serif",
        "text.color": on.text,
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=size, facecolor=on.background)
        for side in (0, 1):
            axes = figure.add_axes((0.01 + 0.41 * side, 0.14, 0.4, 0.76))
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_facecolor(on.background)
            for spine in axes.spines.values():
                spine.set_color(on.grid)
            axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
            axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
            axes.set_title(titles[side], fontsize=10, color=on.text)
            own, shown = places[side], np.asarray(colours[side].colours)[colours[side].codes]
            axes.scatter(
                own[:, 0],
                own[:, 1],
                s=point_size,
                c=on.context if steps_back else shown,
                linewidths=0,
            )
            if selected is not None:
                axes.scatter(
                    own[selected, 0],
                    own[selected, 1],
                    s=1.8 * point_size,
                    c=shown[selected],
                    linewidths=0,
                )
            if len(rows):
                axes.scatter(
                    own[rows, 0], own[rows, 1], s=60, c=shown[rows], edgecolors=on.accent, zorder=3
                )
            for row, label in zip(rows, lit_labels[side], strict=False):
                axes.annotate(
                    label, own[row], xytext=(6, 3), textcoords="offset points", fontsize=8
                )
        _draw_legend(figure, colours[0], on)
        figure.text(0.01, 0.03, caption, fontsize=7, color=on.muted_text, wrap=True)
        buffer = io.StringIO()
        metadata = {"Date": None, "Title": " and ".join(titles)}
        FigureCanvasSVG(figure).print_svg(buffer, metadata=metadata)
    return buffer.getvalue()


def _draw_legend(figure: Figure, colours: MapColours, on: Ground) -> None:
    """Draw the legend as dots with names."""
    handles = [
        Line2D([], [], marker="o", linestyle="", color=colours.colours[code], markersize=5)
        for code, _, _ in colours.legend
    ]
    legend = figure.legend(
        handles,
        [label for _, label, _ in colours.legend],
        title=colours.title,
        loc="upper left",
        bbox_to_anchor=(0.83, 0.92),
        frameon=False,
        fontsize=8,
        title_fontsize=9,
        alignment="left",
    )
    for text in legend.get_texts():
        text.set_color(on.text)
    legend.get_title().set_color(on.text)
