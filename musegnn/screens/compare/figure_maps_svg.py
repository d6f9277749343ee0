"""Two maps side by side as a file: true SVG with text that can be edited and searched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from musegnn.screens.parts.map_writing_figure import write_names
from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.parts.point_map_svg import (
    MapLook,
    draw_legend,
    draw_points,
    legend_below,
    vector_text,
    written,
)
from musegnn.validation import writable

Names = Sequence[tuple[float, float, str]]
_LARGE = 1_000  # points; maps of more get smaller ones
_MARGIN = 0.04  # of the range, around the points
SHAPE = 0.5  # height over width
SIDE_BY_SIDE = MapLook(size=(12.0, 6.0))
_BESIDE = ((0.01, 0.14, 0.4, 0.76), (0.42, 0.14, 0.4, 0.76))
_ABOVE = 0.3  # inches, of the titles of the maps


def paired_maps_svg(
    places: tuple[np.ndarray, np.ndarray],
    colours: tuple[MapColours, MapColours],
    *,
    titles: tuple[str, str],
    title: str = "",
    caption: str = "",
    lit: Sequence[int] | np.ndarray = (),
    lit_labels: tuple[Sequence[str], Sequence[str]] = ((), ()),
    selected: np.ndarray | None = None,
    look: MapLook = SIDE_BY_SIDE,
    names: tuple[Names, Names] = ((), ()),
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
    title, caption
        Above and below both; "" for none.
    lit, lit_labels
        Rows drawn large, and their labels on each map.
    selected
        `(G,)` bool, or None; the other points step back to grey.
    look
        Ground, size and letters.
    names
        Where names of clusters stand on each map, and the names.

    Returns
    -------
    The SVG document.
    """
    on = look.on
    point_size = 5.0 if len(places[0]) > _LARGE else 11.0
    both = np.concatenate(places)
    low, high = both.min(axis=0), both.max(axis=0)
    margin = _MARGIN * np.maximum(high - low, 1e-9)
    with vector_text(on, salt="paired-maps"):
        size, frames, corner, n_columns = look.size, _BESIDE, (0.83, 0.92), 1
        lines = [writable(label) for _, label, _ in colours[0].legend]
        if size[0] < SIDE_BY_SIDE.size[0]:  # too narrow for a legend beside two maps
            place = legend_below(
                lines, size[0], points=SHAPE * size[0], above=_ABOVE + (0.3 if title else 0)
            )
            size, lines, corner, n_columns = place.size, place.names, place.corner, place.n_columns
            low_edge, share = place.frame[1], place.frame[3]
            frames = ((0.01, low_edge, 0.48, share), (0.51, low_edge, 0.48, share))
        figure = Figure(figsize=size, facecolor=on.background, dpi=look.dpi)
        for side in (0, 1):
            axes = figure.add_axes(frames[side])
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_facecolor(on.background)
            for spine in axes.spines.values():
                spine.set_color(on.grid)
            axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
            axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
            axes.set_title(writable(titles[side]), fontsize=10, color=on.text)
            draw_points(
                axes,
                places[side],
                colours[side],
                lit=(lit, lit_labels[side]),
                selected=selected,
                on=on,
                point_size=point_size,
            )
            dots = places[side][np.asarray(lit, dtype=np.int64)]
            letters = list(map(str, lit_labels[side])) or [""] * len(dots)
            write_names(axes, names[side], dots=dots, labels=letters, zoom=1, on=on)
        draw_legend(figure, colours[0], lines, on=on, corner=corner, n_columns=n_columns)
        figure.text(0.01, 1 - 0.22 / size[1], writable(title), fontsize=12)
        figure.text(0.01, 0.03, writable(caption), fontsize=7, color=on.muted_text, wrap=True)
        return written(figure, title=" and ".join(titles), family=look.family)
