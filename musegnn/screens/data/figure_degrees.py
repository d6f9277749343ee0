"""Degree histogram of a gene graph."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, dress


def degree_histogram(degrees: pd.DataFrame, *, on: Ground) -> go.Figure:
    """Draw how many genes have how many edges.

    Parameters
    ----------
    degrees
        Columns `degree` and `genes` (both counts).
    on
        Ground of the page.
    """
    figure = go.Figure(
        go.Bar(
            x=degrees["degree"],
            y=degrees["genes"],
            marker={"color": on.accent, "line": {"width": 0}},
            hovertemplate="%{y} genes with %{x} edges<extra></extra>",
        )
    )
    return dress(
        figure,
        on,
        height=320,
        margin=(60, 10, 10, 50),
        bargap=0,
        showlegend=False,
        xaxis={
            "title": "edges of a gene (count)",
            "gridcolor": on.context,
            "zerolinecolor": on.context,
        },
        yaxis={"title": "genes (count)", "gridcolor": on.context, "zerolinecolor": on.context},
    )
