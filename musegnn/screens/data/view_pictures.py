"""Data: the numbers behind the pictures of a file, few enough for a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn.graphs.look import FileLook, Outlook
from musegnn.io.droplets import BarcodeRanks

BINS: Final = 40
MOST_POINTS: Final = 3000  # spots that are drawn one by one; more are summed up on a grid
GRID: Final = 90  # steps of the grid along the longer side


@dataclass(frozen=True)
class SpotMap:
    """Counts of spots by their place.

    Parameters
    ----------
    x, y
        Places of the spots; of a grid the middles of its columns and rows.
    counts
        `(S,)` counts of each spot; of a grid `(y, x)` median counts of the spots in a field, NaN
        where there is none.
    spots
        Of a grid `(y, x)` the number of spots in a field; None where each spot is drawn.
    caption
        What is drawn, in words.
    """

    x: np.ndarray
    y: np.ndarray
    counts: np.ndarray
    spots: np.ndarray | None
    caption: str


def histogram(values: np.ndarray, limits: tuple[float, float] | None = None) -> pd.DataFrame:
    """Count cells in bins that grow by a constant factor; cells with 0 are in none.

    Parameters
    ----------
    values
        Non-negative whole numbers, one a cell.
    limits
        Least value that is kept and the one from which cells are removed again; bins end there.

    Returns
    -------
    `low` (included), `high` (not included), `cells`, `kept`; empty when all values are 0.
    """
    positive = values[values > 0]
    if not len(positive):
        return pd.DataFrame({"low": [], "high": [], "cells": [], "kept": []})
    first, last = float(positive.min()), float(positive.max()) + 1
    low, high = limits or (0.0, np.inf)
    edges = np.round(np.geomspace(first, last, BINS + 1))
    inside = [limit for limit in (low, high) if first < limit < last]
    edges = np.unique([*edges, *inside])
    cells, _ = np.histogram(positive, bins=edges)
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "cells": cells,
            "kept": (edges[:-1] >= low) & (edges[1:] <= high),
        }
    )


def histogram_caption(values: np.ndarray, what: str) -> str:
    """Say what a histogram shows, with n and the cells that a log axis cannot show."""
    zeros = int((values == 0).sum())
    absent = f"; {zeros:,} with none are not drawn" if zeros else ""
    return f"{what.capitalize()} of n = {len(values):,} cells{absent}; logarithmic axis."


def share_histogram(share: np.ndarray, maximum: float) -> pd.DataFrame:
    """Count cells by their share of mitochondrial counts; a bin ends at the limit.

    Parameters
    ----------
    share
        `(C,)` 0 to 1.
    maximum
        Cells with this share or more are removed.

    Returns
    -------
    `low` (included), `high` (not included, but for the last), in percent; `cells`; `kept`.
    """
    percent = 100 * np.asarray(share, dtype=np.float64)
    limit = 100 * maximum
    top = min(100.0, max(float(percent.max(initial=0.0)), 1.25 * limit))
    edges = np.unique(np.append(np.linspace(0, top, BINS + 1), limit))
    # a share just below the limit is not one at it: as quality control decides it
    is_kept = share < maximum
    kept, _ = np.histogram(np.minimum(percent[is_kept], np.nextafter(limit, 0)), bins=edges)
    rest, _ = np.histogram(np.clip(percent[~is_kept], limit, top), bins=edges)
    return pd.DataFrame(
        {"low": edges[:-1], "high": edges[1:], "cells": kept + rest, "kept": edges[1:] <= limit}
    )


def detected_sentence(outlook: Outlook) -> str:
    """Say how many cells fall for their number of detected genes."""
    found = outlook.judgement
    seen = found.detected[found.depth > 0]
    few, many = int((seen < found.low).sum()), int((seen >= found.high).sum())
    return (
        f"Dashed: limits of quality control; grey: removed by them, {few:,} cells below and "
        f"{many:,} at or above."
    )


def share_sentence(outlook: Outlook) -> str:
    """Say how many cells fall for their mitochondrial counts, or that it cannot be known."""
    found = outlook.judgement
    if not found.mitochondrial:
        return (
            "The share of mitochondrial counts cannot be known: no gene of the file is named as "
            "mitochondrial. Quality control removes no cell for it."
        )
    fall = int((found.share >= outlook.maximum_share).sum())
    return (
        f"Share of the counts of a cell on {len(found.mitochondrial)} mitochondrial genes, n = "
        f"{len(found.share):,} cells. Dashed: limit of quality control, "
        f"{100 * outlook.maximum_share:g} %; grey: {fall:,} cells at it or above."
    )


def ranks_sentence(look: FileLook) -> str:
    """Say what the barcode rank curve shows."""
    ranks: BarcodeRanks = look.ranks
    if not ranks.is_unfiltered:
        return (
            f"Barcode rank curve of {len(ranks.counts):,} barcodes with counts. No cut is drawn: "
            "the matrix looks filtered."
        )
    if ranks.called_by:
        return (
            f"Barcode rank curve. The dotted line stands behind as many barcodes as are cells by "
            f"{ranks.called_by}: {ranks.n_cells:,}, with {ranks.threshold:,.0f} counts or more."
        )
    return (
        f"Barcode rank curve. Left of the dotted line: {ranks.n_cells:,} barcodes with "
        f"{ranks.threshold:,.0f} counts or more, a tenth of what the 99th percentile of the cells "
        "has (the rule of Cell Ranger 1 and 2). Right of it: molecules that floated around."
    )


def spot_map(look: FileLook) -> SpotMap | None:
    """Lay out counts by place; None where there are no places.

    Up to `MOST_POINTS` spots are drawn one by one; of more the median counts on a grid are drawn,
    so that no spot is left out and nothing is drawn by chance.
    """
    places = look.expression.coordinates
    if places is None:
        return None
    has_place = np.isfinite(places).all(axis=1)
    if not has_place.any():
        return None
    x, y = places[has_place].T
    counts = look.expression.depth[has_place]
    without = int((~has_place).sum())
    lack = f"; {without:,} without a place are not drawn" if without else ""
    what = f"Counts of n = {len(x):,} cells or spots at their places{lack}"
    axes = "both axes have one scale, y goes down as in an image"
    if len(x) <= MOST_POINTS:
        return SpotMap(x, y, counts, None, f"{what}; {axes}. Logarithmic colours.")
    return _grid(x, y, counts, f"{what}: median of each field of a grid; {axes}.")


def _grid(x: np.ndarray, y: np.ndarray, counts: np.ndarray, caption: str) -> SpotMap:
    """Take the median of the counts in each field of a grid of squares."""
    width = max(float(np.ptp(x)), float(np.ptp(y))) / GRID or 1.0
    column = ((x - x.min()) / width).astype(np.int64)
    row = ((y - y.min()) / width).astype(np.int64)
    shape = (int(row.max()) + 1, int(column.max()) + 1)
    field = row * shape[1] + column
    medians = pd.Series(counts).groupby(field).median()
    values = np.full(shape[0] * shape[1], np.nan)
    values[medians.index.to_numpy()] = medians.to_numpy()
    return SpotMap(
        x.min() + width * (np.arange(shape[1]) + 0.5),
        y.min() + width * (np.arange(shape[0]) + 0.5),
        values.reshape(shape),
        np.bincount(field, minlength=len(values)).reshape(shape),
        caption + " Logarithmic colours.",
    )
