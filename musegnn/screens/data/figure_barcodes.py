"""Barcode rank curve: counts of all barcodes, from the largest to the smallest."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go

from musegnn.screens.parts.log_axis_figure import log_axis
from musegnn.screens.shell.theme import Ground, dress

_MOST_POINTS: Final = 600  # a curve of a million barcodes looks the same with so many


def barcode_rank_curve(
    counts: np.ndarray, *, n_cells: int | None, threshold: float, on: Ground
) -> go.Figure:
    """Draw the curve on two logarithmic axes, with the line between cells and empty droplets.

    Parameters
    ----------
    counts
        `(B,)` counts of the barcodes, descending.
    n_cells
        Barcodes that hold a cell; None draws no line between them and the others.
    threshold
        Fewest counts of such a barcode.
    on
        Ground of the page.
    """
    ranks = np.unique(np.geomspace(1, max(len(counts), 1), _MOST_POINTS).astype(int))
    figure = go.Figure(
        go.Scatter(
            x=ranks,
            y=counts[ranks - 1],
            mode="lines",
            line={"color": on.accent, "width": 2},
            hovertemplate="barcode %{x:,}: %{y:,} counts<extra></extra>",
            showlegend=False,
        )
    )
    if n_cells is not None:
        figure.add_vline(x=n_cells, line={"color": on.muted_text, "width": 1, "dash": "dot"})
        figure.add_hline(y=threshold, line={"color": on.muted_text, "width": 1, "dash": "dot"})
    look = {"gridcolor": on.grid, "zeroline": False}
    seen = counts[counts > 0]
    y_ends = [1.0] if not len(seen) else [float(seen.min()), float(seen.max())]
    if n_cells is not None and threshold > 0:
        y_ends.append(threshold)
    x_axis, y_axis = log_axis(1, max(len(counts), 1)), log_axis(min(y_ends), max(y_ends))
    return dress(
        figure,
        on,
        height=270,
        margin=(60, 10, 10, 50),
        xaxis={"title": "barcodes, by their counts", **look, **x_axis},
        yaxis={"title": "counts of a barcode", **look, **y_axis},
    )
