"""Point density: a map of very many points, drawn as cells with the points that matter on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from musegnn.embeddings.vector_set import LARGE_ROWS
from musegnn.screens.shell.colour_layer import ColourLayer

MOST_POINTS: Final = 50_000  # drawn one by one; more would neither be told apart nor travel quickly
CELLS: Final = 512  # of the longer side of the picture
_MARGIN: Final = 0.04  # of the whole map, as the picture has it
_AROUND: Final = 0.25  # of the visible part, so that a small move needs no new picture

Box = tuple[float, float, float, float]  # left, right, low, high


@dataclass(frozen=True)
class Density:
    """Cells over a part of the map.

    Parameters
    ----------
    box
        Part of the map in coordinates of the layout: left, right, low, high.
    codes
        `(H, W)` uint8, colour code of each cell, the lowest line first.
    is_grey
        `(H, W)` bool, cells that step back.
    shades
        `(H, W)` uint8, 0 for a cell without points, 255 for the one with most; in steps of
        log(1 + n).
    most
        Points in the fullest cell.
    """

    box: Box
    codes: np.ndarray
    is_grey: np.ndarray
    shades: np.ndarray
    most: int


def is_dense(n_points: int) -> bool:
    """True for a map of more points than are sent to a browser."""
    return n_points > LARGE_ROWS


def whole(layout: np.ndarray) -> Box:
    """Return the part of the map that holds all points."""
    low, high = layout.min(axis=0).astype(float), layout.max(axis=0).astype(float)
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def visible_box(zoom: str, everything: Box) -> Box:
    """Return the part to draw: the visible one and a little around it.

    Parameters
    ----------
    zoom
        `x0,x1,y0,y1` as the map reports it, "" for everything.
    everything
        The part that holds all points.
    """
    left, right, low, high = everything
    share = _MARGIN
    if zoom:
        x0, x1, y0, y1 = (float(part) for part in zoom.split(","))
        if x0 < x1 and y0 < y1:
            left, right, low, high, share = x0, x1, y0, y1, _AROUND
    wide, tall = share * (right - left) or 1.0, share * (high - low) or 1.0
    return left - wide, right + wide, low - tall, high + tall


def rows_in(layout: np.ndarray, box: Box) -> np.ndarray:
    """Return the rows whose points lie in a part of the map, ascending int64."""
    left, right, low, high = box
    x, y = layout[:, 0], layout[:, 1]
    return np.flatnonzero((x >= left) & (x <= right) & (y >= low) & (y <= high))


def density(
    layout: np.ndarray,
    layer: ColourLayer,
    box: Box,
    *,
    chosen: np.ndarray | None = None,
    steps_back: bool = False,
) -> Density:
    """Count points by cell, and give each cell the colour of its points.

    A cell has the category of most of its points (the first of the legend when several have as
    many), the mean of numbers, and the colour of a list as soon as one of its points is on it.

    Parameters
    ----------
    layout
        `(N, 2)` coordinates.
    layer
        Colour codes of all points.
    box
        Part of the map.
    chosen
        Rows that keep their colours, while cells without any step back to grey; None for all.
    steps_back
        Let all cells step back to grey.
    """
    left, right, low, high = box
    size = max(right - left, high - low) / CELLS
    width = max(1, int(np.ceil((right - left) / size - 1e-9)))
    height = max(1, int(np.ceil((high - low) / size - 1e-9)))
    rows = rows_in(layout, box)
    cells = _cells(layout, rows, box, (height, width))
    counts = np.bincount(cells, minlength=height * width)
    is_grey = np.full(height * width, steps_back)
    if chosen is None:
        codes = _colour(layer, rows, cells, height * width)
    else:
        is_chosen = np.zeros(len(layout), dtype=bool)
        is_chosen[chosen] = True
        kept = is_chosen[rows]
        codes = _colour(layer, rows[kept], cells[kept], height * width)
        is_grey = np.bincount(cells[kept], minlength=height * width) == 0
    most = int(counts.max(initial=0))
    shades = np.ceil(255 * np.log1p(counts) / np.log1p(max(most, 1))).astype(np.uint8)
    parts = (part.reshape(height, width) for part in (codes, is_grey, shades))
    coloured, stepped, shaded = parts
    return Density(box, coloured, stepped, shaded, most)


def density_note(layer: ColourLayer) -> str:
    """Say what the colours of cells mean."""
    meaning = {
        "category": f"the {layer.title} of most of its points",
        "number": "the mean of its points",
        "membership": "that of the list, as soon as one of its points is on it",
    }[layer.kind]
    return f"Colour of a cell: {meaning}. The stronger, the more points."


def choose_rows(
    layout: np.ndarray, box: Box, lit: np.ndarray, selected: np.ndarray
) -> tuple[np.ndarray, bool]:
    """Choose the points that are drawn one by one.

    Returns
    -------
    Ascending rows: those that are lit, those that are selected unless they are too many, and all
    that are in the part when these are few; and whether they are.
    """
    here = rows_in(layout, box)
    is_all = len(here) <= MOST_POINTS
    parts = [np.asarray(lit[:MOST_POINTS], dtype=np.int64)]
    if len(selected) <= MOST_POINTS:
        parts.append(selected)
    if is_all:
        parts.append(here)
    return np.unique(np.concatenate(parts)).astype(np.int64), is_all


def _cells(layout: np.ndarray, rows: np.ndarray, box: Box, shape: tuple[int, int]) -> np.ndarray:
    """Return the number of the cell that each of some points lies in."""
    left, right, low, high = box
    height, width = shape
    x = ((layout[rows, 0] - left) * (width / (right - left))).astype(np.int32)
    y = ((layout[rows, 1] - low) * (height / (high - low))).astype(np.int32)
    return np.minimum(y, height - 1) * width + np.minimum(x, width - 1)


def _colour(layer: ColourLayer, rows: np.ndarray, cells: np.ndarray, n_cells: int) -> np.ndarray:
    """Return the colour code of each cell, uint8."""
    codes = layer.codes[rows]
    if layer.kind == "membership":
        return (np.bincount(cells, weights=codes, minlength=n_cells) > 0).astype(np.uint8)
    if layer.kind == "number":
        counts = np.maximum(np.bincount(cells, minlength=n_cells), 1)
        means = np.bincount(cells, weights=codes, minlength=n_cells) / counts
        return np.rint(means).astype(np.uint8)
    n_codes = max(len(layer.legend), 1)
    by_code = np.bincount(cells * n_codes + codes, minlength=n_cells * n_codes)
    return by_code.reshape(n_cells, n_codes).argmax(axis=1).astype(np.uint8)
