"""One frame of the live map of a run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.shell.theme import Ground, dress

HEIGHT = 560  # pixels
_POINT = 5  # pixels


def plot_frame(
    points: pd.DataFrame,
    colours: MapColours,
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    on: Ground,
    keep: str = "",
) -> go.Figure:
    """Draw the points of a frame, one trace a colour.

    Parameters
    ----------
    points
        `x, y, gene, dataset`, at most some thousand rows.
    colours
        Colour of each point, with the legend.
    x, y
        Ranges of the axes, the same for all frames of a run.
    on
        Ground of the page.
    keep
        While it stays the same, what was zoomed in the browser stays zoomed.
    """
    figure = go.Figure()
    for code, label, n in colours.legend:
        part = points[np.asarray(colours.codes) == code]
        figure.add_scattergl(
            x=part["x"].to_numpy(np.float32),
            y=part["y"].to_numpy(np.float32),
            mode="markers",
            name=f"{label} ({n:,})",
            marker={"size": _POINT, "color": colours.colours[code], "opacity": 0.85},
            text=part["gene"] + ", " + part["dataset"],
            hovertemplate="%{text}<extra></extra>",
        )
    axis = {"visible": False, "showgrid": False, "zeroline": False}
    return dress(
        figure,
        on,
        height=HEIGHT,
        margin=(0, 0, 8, 8),
        hovermode="closest",
        spikedistance=0,
        showlegend=True,
        legend={"title": colours.title, "itemsizing": "constant"},
        xaxis={**axis, "range": list(x)},
        yaxis={**axis, "range": list(y), "scaleanchor": "x"},
        uirevision=keep or None,
    )
