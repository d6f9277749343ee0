"""Enrichment bubbles: terms and contexts, size for genes, colour for q."""

from __future__ import annotations

from collections.abc import Sequence

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
from musegnn.screens.shell.theme import Ground, dress

_ROW, _AROUND, _LETTER = 22, 70, 6.0  # pixels: a context, space around, a letter of a term
_LONGEST_NAME = 42  # letters of a term


def plot_enrichment_bubbles(
    table: pd.DataFrame, contexts: Sequence[str], *, on: Ground
) -> go.Figure:
    """Draw a row a context and a column a term, in the order of the table from left to right.

    Parameters
    ----------
    table
        `term`, `context`, `tissue`, `hits` (count), `size` (count), `fold`, `q` (0 to 1).
    contexts
        Rows from top to bottom; those without a bubble are drawn too.
    on
        Ground of the page.
    """
    terms = table["term"].drop_duplicates().tolist()
    names = [short_name(term, letters=_LONGEST_NAME) for term in terms]
    labels = int(_LETTER * max((len(name) for name in names), default=1))
    height = _AROUND + _ROW * len(contexts) + labels
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
    return dress(
        figure,
        on,
        height=height,
        margin=(10, 10, 40, labels),
        legend=SIZE_LEGEND,
        xaxis={
            "tickvals": list(range(len(terms))),
            "ticktext": names,
            "tickangle": -90,
            "tickfont": {"size": 11},
            "range": [-0.7, len(terms) - 0.3],
            "gridcolor": on.grid,
            "zeroline": False,
        },
        yaxis={
            "tickvals": list(range(len(contexts))),
            "ticktext": list(contexts),
            "tickfont": {"size": 11},
            "range": [len(contexts) - 0.3, -0.7],
            "gridcolor": on.grid,
            "zeroline": False,
            "automargin": True,
        },
    )


def _places(
    table: pd.DataFrame, terms: Sequence[str], contexts: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Column and row of each bubble."""
    column = {term: place for place, term in enumerate(terms)}
    row = {name: place for place, name in enumerate(contexts)}
    return table["term"].map(column).to_numpy(), table["context"].map(row).to_numpy()
