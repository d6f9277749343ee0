"""Bars of what each modality does to a gene."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, dress

_BAR, _AROUND, _LETTER = 26, 70, 7  # pixels


def plot_contributions(table: pd.DataFrame, *, value: str, title: str, on: Ground) -> go.Figure:
    """Draw a bar a modality, the longest on top.

    Parameters
    ----------
    table
        Columns `modality` and `value`; NaN draws no bar.
    value
        Column of the lengths.
    title
        What they are.
    on
        Ground of the page.
    """
    names = [str(name) for name in table["modality"]]
    figure = go.Figure(
        go.Bar(
            x=table[value].tolist(),
            y=list(range(len(names))),
            orientation="h",
            marker={"color": on.accent},
            customdata=names,
            hovertemplate="<b>%{customdata}</b><br>%{x:.3g}<extra></extra>",
        )
    )
    longest = max(map(len, names), default=0)
    return dress(
        figure,
        on,
        height=_AROUND + _BAR * len(names),
        margin=(round(_LETTER * longest) + 16, 10, 10, 46),
        dragmode=False,
        xaxis={"title": {"text": title}, "rangemode": "tozero"},
        yaxis={
            "tickvals": list(range(len(names))),
            "ticktext": names,
            "showgrid": False,
            "range": [len(names) - 0.5, -0.5],
        },
    )
