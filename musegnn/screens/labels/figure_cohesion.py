"""Cohesion of a gene set in each context, beside what random sets reach."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import INVISIBLE, Ground, dress

_ROW, _AROUND = 24, 110  # heights in pixels
BEYOND = 0.05  # q below which a dot is filled


def plot_cohesion(table: pd.DataFrame, *, names: Mapping[str, str], on: Ground) -> go.Figure:
    """Draw a row a context: a dot for the set, a bar for the central 95 % of random sets.

    Parameters
    ----------
    table
        `context`, `cohesion`, `expected`, `low`, `high` (cosine, -1 to 1), `q`, `members`,
        `is_circular`; drawn from top to bottom in this order.
    names
        What each context is called.
    on
        Ground of the page.
    """
    table = table.assign(context=[names.get(name, name) for name in table["context"]])
    tested = table[~table["is_circular"]]
    circular = table[table["is_circular"]].assign(q=np.nan)
    figure = go.Figure()
    figure.add_scatter(
        x=table["expected"],
        y=table["context"],
        mode="markers",
        name="random sets, 95 %",
        marker={"symbol": "line-ns", "size": 10, "line": {"width": 2, "color": on.muted_text}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": table["high"] - table["expected"],
            "arrayminus": table["expected"] - table["low"],
            "thickness": 5,
            "width": 0,
            "color": on.grid,
        },
        hovertemplate="%{y}: %{x:.3f} expected<extra></extra>",
    )
    for name, symbol, part in (
        (f"the genes, q < {BEYOND}", "circle", tested[tested["q"] < BEYOND]),
        (f"the genes, q at or above {BEYOND}", "circle-open", tested[~(tested["q"] < BEYOND)]),
        ("chosen there: circular, not tested", "x-thin", circular),
    ):
        if part.empty:
            continue
        figure.add_scatter(
            x=part["cohesion"],
            y=part["context"],
            mode="markers",
            name=name,
            marker={
                "symbol": symbol,
                "size": 10,
                "color": on.accent,
                "line": {"width": 2, "color": on.muted_text if part is circular else on.accent},
            },
            customdata=part[["members", "q"]],
            hovertemplate="%{y}: %{x:.3f}, %{customdata[0]} genes"
            f"{', not tested' if part is circular else ', q = %{customdata[1]:.3g}'}"
            "<extra></extra>",
        )
    return dress(
        figure,
        on,
        height=_AROUND + _ROW * len(table),
        margin=(8, 16, 40, 50),
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "title": None},
        xaxis={"title": "mean cosine of the pairs", "gridcolor": on.grid, "zeroline": False},
        yaxis={
            "categoryorder": "array",
            "categoryarray": table["context"].tolist()[::-1],
            "gridcolor": INVISIBLE,
            "automargin": True,
        },
    )
