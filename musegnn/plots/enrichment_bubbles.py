"""Enrichment bubbles: terms and contexts, size for genes, colour for q."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from matplotlib.colors import ListedColormap

from musegnn.plots.svg_document import new_picture, svg_document
from musegnn.plots.term_marks import (
    BEYOND,
    add_size_legend,
    colour_bar,
    diameters,
    short_name,
    strength,
    strength_scale,
)
from musegnn.plots.theme import LIGHT, Ground

_ROW, _AROUND, _LETTER = 28, 70, 6.2  # pixels: a term, space around, a letter of a context


def plot_enrichment_bubbles(
    table: pd.DataFrame, contexts: Sequence[str], *, on: Ground
) -> go.Figure:
    """Draw a column a context and a row a term, in the order of the table from top to bottom.

    Parameters
    ----------
    table
        `term`, `context`, `tissue`, `hits` (count), `size` (count), `fold`, `q` (0 to 1).
    contexts
        Columns from left to right; those without a bubble are drawn too.
    on
        Ground of the page.
    """
    terms = table["term"].drop_duplicates().tolist()
    labels = int(_LETTER * max((len(name) for name in contexts), default=1))
    height = _AROUND + _ROW * len(terms) + labels
    most = int(table["hits"].max()) if len(table) else 1
    x, y = _places(table, terms, contexts)
    colours = strength(table["q"])
    figure = go.Figure()
    figure.add_scatter(
        x=x,
        y=y,
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
        customdata=np.column_stack(
            [
                *(table[name] for name in ("term", "context", "tissue", "hits", "size")),
                table["fold"].map("{:.3g}".format),
                table["q"].map("{:.2g}".format),
            ]
        ),
        hovertemplate="%{customdata[0]}<br>%{customdata[1]} (%{customdata[2]})<br>"
        "%{customdata[3]} of its %{customdata[4]} genes, fold %{customdata[5]}, "
        "q %{customdata[6]}<extra></extra>",
    )
    add_size_legend(figure, most=most, on=on)
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": 10, "t": 40, "b": labels},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": on.text},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        xaxis={
            "tickvals": list(range(len(contexts))),
            "ticktext": list(contexts),
            "tickangle": -90,
            "tickfont": {"size": 10},
            "range": [-0.7, len(contexts) - 0.3],
            "gridcolor": on.grid,
            "zeroline": False,
        },
        yaxis={
            "tickvals": list(range(len(terms))),
            "ticktext": [short_name(term) for term in terms],
            "range": [len(terms) - 0.3, -0.7],
            "gridcolor": on.grid,
            "zeroline": False,
            "automargin": True,
        },
    )
    return figure


def enrichment_bubbles_svg(
    table: pd.DataFrame, contexts: Sequence[str], *, title: str = "", caption: str = ""
) -> str:
    """Draw the same bubbles as an SVG document with text nodes, on the light ground.

    Parameters
    ----------
    table, contexts
        As for `plot_enrichment_bubbles`.
    title, caption
        Text above and below; empty for none.
    """
    terms = table["term"].drop_duplicates().tolist()
    figure, below = new_picture(12, 3.6 + 0.3 * len(terms), caption=caption)
    labels = 2.6 / figure.get_figheight()
    axes = figure.add_axes((0.33, below + labels, 0.58, 0.92 - below - labels))
    most = int(table["hits"].max()) if len(table) else 1
    x, y = _places(table, terms, contexts)
    colours = strength(table["q"])
    norm = mpl.colors.Normalize(0, max(2.0, float(colours.max()) if len(colours) else 2.0))
    scale = ListedColormap(strength_scale(LIGHT))
    drawn = scale(norm(colours))
    filled = table["q"].to_numpy() < BEYOND
    axes.scatter(
        x,
        y,
        s=diameters(table["hits"], most=most) ** 2 * 0.4,
        facecolors=np.where(filled[:, None], drawn, mpl.colors.to_rgba(LIGHT.background)),
        edgecolors=drawn,
        zorder=2,
    )
    axes.grid(color=LIGHT.grid)
    axes.set_xticks(range(len(contexts)), list(contexts), rotation=90, fontsize=7)
    axes.set_yticks(range(len(terms)), [short_name(term) for term in terms], fontsize=8)
    axes.set_xlim(-0.7, len(contexts) - 0.3)
    axes.set_ylim(len(terms) - 0.3, -0.7)
    bar = figure.add_axes((0.93, below + labels, 0.012, 0.3))
    figure.colorbar(mpl.cm.ScalarMappable(norm, scale), cax=bar, label="-log10 q")
    return svg_document(figure, title=title, caption=caption)


def _places(
    table: pd.DataFrame, terms: Sequence[str], contexts: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Column and row of each bubble."""
    column = {name: place for place, name in enumerate(contexts)}
    row = {term: place for place, term in enumerate(terms)}
    return table["context"].map(column).to_numpy(), table["term"].map(row).to_numpy()
