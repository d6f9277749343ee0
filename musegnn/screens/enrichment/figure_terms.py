"""Enriched terms: odds ratio with its interval, one row a term."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from matplotlib.colors import ListedColormap

from musegnn.screens.enrichment.figure_marks import (
    BEYOND,
    add_size_legend,
    colour_bar,
    diameters,
    short_name,
    size_handles,
    strength,
    strength_scale,
)
from musegnn.screens.shell.svg_document import new_picture, svg_document
from musegnn.screens.shell.theme import LIGHT, Ground

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
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": 10, "t": 40, "b": 50},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": on.text},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        xaxis={"title": _AXIS, "type": "log", "gridcolor": on.grid, "zeroline": False},
        yaxis={
            "tickvals": places,
            "ticktext": [short_name(term) for term in table["term"]],
            "range": [len(table) - 0.4, -0.6],
            "gridcolor": "rgba(0,0,0,0)",
            "zeroline": False,
            "automargin": True,
        },
    )
    return figure


def enriched_terms_svg(table: pd.DataFrame, *, title: str = "", caption: str = "") -> str:
    """Draw the same rows as an SVG document with text nodes, on the light ground.

    Parameters
    ----------
    table
        As for `plot_enriched_terms`.
    title, caption
        Text above and below; empty for none.
    """
    figure, below = new_picture(9, 1.3 + 0.28 * len(table), caption=caption)
    axes = figure.add_axes((0.42, below + 0.13, 0.44, 0.78 - below))
    places = np.arange(len(table))
    most = int(table["hits"].max()) if len(table) else 1
    colours = strength(table["q"])
    norm = mpl.colors.Normalize(0, max(2.0, float(colours.max()) if len(colours) else 2.0))
    scale = ListedColormap(strength_scale(LIGHT))
    axes.hlines(places, table["odds_low"], table["odds_high"], color=LIGHT.other)
    filled = table["q"].to_numpy() < BEYOND
    drawn = scale(norm(colours))
    axes.scatter(
        table["odds_ratio"],
        places,
        s=diameters(table["hits"], most=most) ** 2 * 0.5,
        facecolors=np.where(filled[:, None], drawn, mpl.colors.to_rgba(LIGHT.background)),
        edgecolors=drawn,
        zorder=2,
    )
    axes.axvline(1, color=LIGHT.muted_text, linestyle=":", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel(f"{_AXIS}; open: q at or above {BEYOND}", fontsize=8)
    axes.set_yticks(places, [short_name(term) for term in table["term"]], fontsize=8)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.tick_params(labelsize=8)
    figure.legend(
        handles=size_handles(most, scale=0.5**0.5),
        loc="upper right",
        ncols=3,
        frameon=False,
        fontsize=8,
    )
    bar = figure.add_axes((0.9, below + 0.3, 0.015, 0.45))
    figure.colorbar(mpl.cm.ScalarMappable(norm, scale), cax=bar, label="-log10 q")
    return svg_document(figure, title=title, caption=caption)
