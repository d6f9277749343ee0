"""What pictures of networks have in common: no axes, a legend below, and the hand that moves."""

from __future__ import annotations

import plotly.graph_objects as go

from musegnn.screens.shell.theme import INVISIBLE, Ground, dress


def dress_network(figure: go.Figure, on: Ground, *, height: int) -> go.Figure:
    """Dress the picture of a network; width and height are filled, whatever their ratio."""
    return dress(
        figure,
        on,
        height=height,
        margin=(8, 8, 8, 8),
        legend={"orientation": "h", "y": -0.01, "yanchor": "top", "x": 0, "font": {"size": 11}},
        hovermode="closest",
        dragmode="pan",
        modebar={"bgcolor": INVISIBLE, "color": on.muted_text, "activecolor": on.text},
        xaxis={"visible": False},
        yaxis={"visible": False},
    )
