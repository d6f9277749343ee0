"""Histogram of the share of mitochondrial counts of each cell."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, dress


def share_figure(bins: pd.DataFrame, *, limit: float, on: Ground) -> go.Figure:
    """Draw how many cells have which share, with the limit of quality control.

    Parameters
    ----------
    bins
        Columns `low`, `high` (percent), `cells` (counts) and `kept`; bins that quality control
        removes are grey.
    limit
        Percent from which cells are removed.
    on
        Ground of the page.
    """
    figure = go.Figure(
        go.Bar(
            x=(bins["low"] + bins["high"]) / 2,
            y=bins["cells"],
            width=bins["high"] - bins["low"],
            marker={
                "color": [on.accent if kept else on.other for kept in bins["kept"]],
                "line": {"width": 0},
            },
            customdata=bins[["low", "high"]],
            hovertemplate=(
                "%{customdata[0]:.1f} to %{customdata[1]:.1f} %: %{y:,} cells<extra></extra>"
            ),
            showlegend=False,
        )
    )
    figure.add_scatter(
        x=[limit, limit],
        y=[0, 1.08 * max(float(bins["cells"].max()), 1.0)],
        mode="lines+text",
        text=["", f"below {limit:g} %"],
        textposition="top left",
        textfont={"color": on.text, "size": 12},
        line={"color": on.text, "width": 1.5, "dash": "dash"},
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
    return dress(
        figure,
        on,
        height=270,
        margin=(60, 10, 28, 45),
        bargap=0,
        xaxis={
            "title": "mitochondrial counts of a cell (%)",
            "gridcolor": on.grid,
            "zeroline": False,
            "rangemode": "tozero",
        },
        yaxis={
            "title": "cells (count)",
            "gridcolor": on.grid,
            "zerolinecolor": on.grid,
            "rangemode": "tozero",
        },
    )
