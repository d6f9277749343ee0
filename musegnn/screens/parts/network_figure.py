"""What pictures of networks have in common: lines, short names, no axes, the hand that moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from musegnn.screens.shell.theme import INVISIBLE, Ground, dress

_LONGEST: Final = 22  # letters of a name


def short_name(name: str) -> str:
    """Shorten the name of a node; it starts no markup."""
    return escape(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}\u2026")


def add_lines(
    figure: go.Figure,
    place: Mapping[Any, tuple[float, float]],
    ends: Sequence[tuple[Any, Any]],
    *,
    name: str,
    opacity: float,
    **line: Any,
) -> None:
    """Add straight lines between nodes as one trace.

    Parameters
    ----------
    figure
        Which gets them.
    place
        Node -> where it stands.
    ends
        Nodes at both ends of each line.
    name
        What the legend says.
    opacity
        Of all lines.
    **line
        Their colour, width and dash.
    """
    spans = [(*place[one], *place[other]) for one, other in ends]
    figure.add_scatter(
        x=[value for x0, _, x1, _ in spans for value in (x0, x1, None)],
        y=[value for _, y0, _, y1 in spans for value in (y0, y1, None)],
        mode="lines",
        name=name,
        line=line,
        opacity=opacity,
        hoverinfo="skip",
    )


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
