"""Enriched terms: odds ratio with its interval, one row a term."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.enrichment.figure_marks import (
    BEYOND,
    SIZE_LEGEND,
    add_size_legend,
    colour_bar,
    diameters,
    short_name,
    strength,
    strength_scale,
)
from musegnn.screens.parts.log_axis_figure import log_axis
from musegnn.screens.shell.theme import INVISIBLE, Ground, dress

_ROW, _AROUND = 28, 120  # heights in pixels
_AXIS = "odds ratio (95 % interval), log scale"


def plot_enriched_terms(table: pd.DataFrame, *, on: Ground) -> go.Figure:
    """Draw a row a term, in the order of the table from top to bottom.

    Parameters
    ----------
    table
        `term`, `odds_ratio`, `odds_low`, `odds_high` (above 0), `hits` (count), `q` (0 to 1).
    on
        Ground of the page.
    """
    height = _AROUND + _ROW * len(table)
    places = np.arange(len(table))
    most = int(table["hits"].max()) if len(table) else 1
    figure = go.Figure()
    for place, row in zip(places, table.itertuples(), strict=True):
        figure.add_scatter(
            x=[row.odds_low, row.odds_high],
            y=[place, place],
            mode="lines",
            line={"color": on.other, "width": 2},
            hoverinfo="skip",
            showlegend=False,
        )
    colours = strength(table["q"])
    figure.add_scatter(
        x=table["odds_ratio"],
        y=places,
        mode="markers",
        showlegend=False,
        marker={
            "size": diameters(table["hits"], most=most),
            "symbol": np.where(table["q"] < BEYOND, "circle", "circle-open"),
            "color": colours,
            "colorscale": strength_scale(on),
            "cmin": 0,
            "cmax": max(2.0, float(colours.max()) if len(colours) else 2.0),
            "colorbar": colour_bar(on, height=height),
            "line": {"width": 1.5, "color": on.muted_text},
            "opacity": 1,
        },
        customdata=np.column_stack([table["term"], table["hits"], table["q"].map("{:.2g}".format)]),
        hovertemplate="%{customdata[0]}<br>odds ratio %{x:.3g}, %{customdata[1]} genes, "
        "q %{customdata[2]}<extra></extra>",
    )
    add_size_legend(figure, most=most, on=on)
    figure.add_vline(x=1, line={"color": on.muted_text, "width": 1, "dash": "dot"})
    return dress(
        figure,
        on,
        height=height,
        margin=(10, 10, 40, 50),
        legend=SIZE_LEGEND,
        xaxis={"title": _AXIS, "gridcolor": on.grid, "zeroline": False, **_odds_axis(table)},
        yaxis={
            "tickvals": places,
            "ticktext": [short_name(term) for term in table["term"]],
            "range": [len(table) - 0.4, -0.6],
            "gridcolor": INVISIBLE,
            "zeroline": False,
            "automargin": True,
        },
    )


def _odds_axis(table: pd.DataFrame) -> dict[str, Any]:
    """Axis that holds all intervals and 1, which is chance."""
    ends = table[["odds_low", "odds_high"]].to_numpy()
    return log_axis(min(1.0, *ends[:, 0]), max(1.0, *ends[:, 1])) if len(ends) else {"type": "log"}
