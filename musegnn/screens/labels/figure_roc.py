"""ROC curves of several methods."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, dress

_HEIGHT = 380  # pixels
_DASHES = ("solid", "dash", "dot")


def plot_roc(curves: pd.DataFrame, areas: dict[str, float], *, on: Ground) -> go.Figure:
    """Draw one step curve a method, and the diagonal of chance.

    Parameters
    ----------
    curves
        `method, false_positive_rate, true_positive_rate`, 0 to 1; the first method gets the accent.
    areas
        Area under the curve of each method, for the legend.
    on
        Ground of the page.
    """
    figure = go.Figure()
    for number, (method, part) in enumerate(curves.groupby("method", sort=False)):
        figure.add_scatter(
            x=part["false_positive_rate"],
            y=part["true_positive_rate"],
            mode="lines",
            name=f"{method} ({areas[str(method)]:.3f})",
            line={
                "shape": "hv",
                "width": 2.5,
                "dash": _DASHES[number % len(_DASHES)],
                "color": on.muted_text if number else on.accent,
            },
            hovertemplate="%{y:.3f} found at %{x:.3f} false<extra></extra>",
        )
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="chance (0.500)",
        line={"width": 1, "color": on.grid},
        hoverinfo="skip",
    )
    axis = {"gridcolor": on.grid, "zeroline": False, "range": [-0.01, 1.01]}
    return dress(
        figure,
        on,
        height=_HEIGHT,
        margin=(50, 16, 16, 50),
        legend={"x": 0.98, "y": 0.02, "xanchor": "right", "yanchor": "bottom", "title": None},
        xaxis={**axis, "title": "share of the other genes taken for labelled"},
        yaxis={**axis, "title": "share of the labelled genes found"},
    )
