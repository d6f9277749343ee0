"""Average ranks of methods, a panel for each group of metrics."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from musegnn.screens.shell.theme import Ground, dress, palette

_ROW, _AROUND = 26, 138  # heights in pixels
_SHORT = 12  # characters that fit into the narrowest panel
SYMBOLS = {"method": "diamond", "baseline": "circle", "control": "square"}
_LEGEND = {"method": "trained model", "baseline": "baseline", "control": "control"}


def role_colour(role: str, on: Ground) -> str:
    """Colour of methods, baselines and controls; controls step back."""
    return {"method": palette(4)[3], "baseline": palette(1)[0]}.get(role, on.other)


def in_two_lines(text: str) -> str:
    """Break a title before its bracket or near its middle, so that it fits a narrow panel."""
    if " (" in text:
        return text.replace(" (", "<br>(", 1)
    spaces = [place.start() for place in re.finditer(r" (?=\w)", text)]  # an arrow stays
    if len(text) <= _SHORT or not spaces:
        return text
    middle = min(spaces, key=lambda place: abs(place - len(text) / 2))
    return f"{text[:middle]}<br>{text[middle + 1 :]}"


def interval_line(table: pd.DataFrame, middle: str, colour: str) -> dict[str, Any]:
    """Lines from `low` to `high` through a column; none where an end is NaN."""
    return {
        "type": "data",
        "symmetric": False,
        "array": (table["high"] - table[middle]).fillna(0),
        "arrayminus": (table[middle] - table["low"]).fillna(0),
        "thickness": 1.5,
        "width": 0,
        "color": colour,
    }


def plot_ranks(ranks: pd.DataFrame, *, on: Ground) -> go.Figure:
    """Draw a row a method and a panel a group: a mark for the rank, a line for its interval.

    Parameters
    ----------
    ranks
        `group, method, role, rank, low, high`; methods and groups are drawn in their order here,
        from top to bottom and from left to right. NaN ends say that there is no interval.
    on
        Ground of the page.
    """
    groups = list(dict.fromkeys(ranks["group"]))
    methods = list(dict.fromkeys(ranks["method"]))
    figure = make_subplots(
        rows=1,
        cols=max(len(groups), 1),
        shared_yaxes=True,
        horizontal_spacing=0.02,
        subplot_titles=[in_two_lines(name) for name in groups],
    )
    for column, group in enumerate(groups, start=1):
        for role, symbol in SYMBOLS.items():
            part = ranks[(ranks["group"] == group) & (ranks["role"] == role)]
            figure.add_scatter(
                x=part["rank"],
                y=part["method"],
                mode="markers",
                name=_LEGEND[role],
                legendgroup=role,
                showlegend=group == ranks.loc[ranks["role"] == role, "group"].iloc[0]
                if len(part)
                else False,
                marker={"symbol": symbol, "size": 10, "color": role_colour(role, on)},
                error_x=interval_line(part, "rank", role_colour(role, on)),
                hovertemplate=f"%{{y}}, {group}: rank %{{x:.2f}}<extra></extra>",
                row=1,
                col=column,
            )
    figure.update_xaxes(
        range=[0.4, len(methods) + 0.6], dtick=2, tick0=1, gridcolor=on.grid, zeroline=False
    )
    figure.update_yaxes(
        categoryorder="array", categoryarray=methods[::-1], gridcolor=on.grid, automargin=True
    )
    figure.update_xaxes(title="average rank", row=1, col=(len(groups) + 1) // 2)
    figure.update_annotations(font={"size": 13, "color": on.text})
    return dress(
        figure,
        on,
        height=_AROUND + _ROW * max(len(methods), 3),
        margin=(8, 8, 84, 46),
        legend={"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top"},
    )
