"""Heatmap of modules by contexts, with cells that can be clicked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.parts.cells_figure import add_cells, add_clicks, outline_cell
from musegnn.screens.shell.theme import Ground, dress

_ROW, _BAR = 18, 62  # pixels: a module, the bar of colours
_LETTER: Final = 6.0  # pixels of a letter
_LONGEST: Final = 48  # letters of a context
_ON_LIGHT, _ON_DARK = "#14171C", "#FFFFFF"  # signs on light and on dark cells, on either ground


def plot_modules(
    cells: pd.DataFrame,
    modules: Sequence[str],
    contexts: Sequence[str],
    *,
    called: Mapping[str, str],
    title: str,
    span: tuple[float, float],
    chosen: tuple[str, str] | None,
    on: Ground,
) -> go.Figure:
    """Draw a row a module and a column a context; customdata begins with module and context.

    Parameters
    ----------
    cells
        A row a cell: `module, context, tissue, value` (NaN is grey), `hover` (text), `expected`
        (gets a dot), `called` (gets no cross).
    modules, contexts
        Top to bottom; left to right, those of one tissue next to each other.
    called
        Name of a context -> what it is, for people.
    title
        What the values are.
    span
        Ends of the scale.
    chosen
        Module and context of the chosen cell, or None.
    on
        Ground of the page.
    """
    rows = cells["module"].map({name: row for row, name in enumerate(modules)}).to_numpy()
    columns = cells["context"].map({name: place for place, name in enumerate(contexts)}).to_numpy()
    values = np.full((len(modules), len(contexts)), np.nan)
    values[rows, columns] = cells["value"]
    least, most = span
    n_rows, n_columns = values.shape
    figure = go.Figure()
    add_cells(figure, values, title=title, span=span, on=on)
    is_told = cells["value"].notna().to_numpy()
    is_light = (cells["value"] > least + 0.6 * (most - least)).to_numpy()
    dotted, crossed = cells["expected"].to_numpy(bool), ~cells["called"].to_numpy(bool)
    for mask, symbol, size, aside in (
        (dotted, "circle", 4, -0.2),
        (crossed, "x-thin", 6, 0.2),
    ):
        shown = mask & is_told
        colour = np.where(is_light[shown], _ON_LIGHT, _ON_DARK)
        figure.add_scatter(
            x=columns[shown] + aside,
            y=rows[shown],
            mode="markers",
            hoverinfo="skip",
            showlegend=False,
            marker={
                "symbol": symbol,
                "size": size,
                "color": colour,
                "line": {"width": 0 if symbol == "circle" else 1.4, "color": colour},
            },
        )
    add_clicks(
        figure,
        columns,
        rows,
        size=_ROW - 2,
        customdata=[
            [module, context, escape(called.get(context, context), quote=False), hover]
            for module, context, hover in zip(
                cells["module"], cells["context"], cells["hover"], strict=True
            )
        ],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[2]}<br>%{customdata[3]}"
        "<extra></extra>",
    )
    tissue_of = dict(zip(cells["context"], cells["tissue"].astype(str), strict=True))
    tissues = [tissue_of[name] for name in contexts]
    _add_tissues(figure, tissues, n_rows, on)
    if chosen is not None:
        row, column = modules.index(chosen[0]), contexts.index(chosen[1])
        outline_cell(figure, row, column, on=on)
    shown = [_short(called.get(name, name)) for name in contexts]
    above, below = (
        int(_LETTER * max(map(len, names), default=1)) + 12 for names in (shown, tissues)
    )
    left = int(_LETTER * max(map(len, modules), default=1)) + 10
    plain = {"showgrid": False, "zeroline": False, "tickfont": {"size": 9}, "fixedrange": True}
    return dress(
        figure,
        on,
        height=above + _ROW * n_rows + below + _BAR,
        margin=(left, 10, above, below + _BAR),
        dragmode=False,
        hovermode="closest",
        xaxis={
            **plain,
            "tickvals": list(range(n_columns)),
            "ticktext": [escape(name, quote=False) for name in shown],
            "side": "top",
            "tickangle": -90,
            "range": [-0.5, n_columns - 0.5],
        },
        yaxis={
            **plain,
            "tickvals": list(range(n_rows)),
            "ticktext": list(modules),
            "range": [n_rows - 0.5, -0.5],
        },
    )


def _add_tissues(figure: go.Figure, tissues: Sequence[str], n_rows: int, on: Ground) -> None:
    """Draw a line between tissues, and name each below its contexts."""
    start = 0
    for tissue, group in groupby(tissues):
        size = len(list(group))
        figure.add_annotation(
            x=start + (size - 1) / 2,
            y=0,
            yref="paper",
            text=escape(tissue),
            textangle=-90,
            showarrow=False,
            yanchor="top",
            font={"size": 10, "color": on.muted_text},
        )
        if start:
            figure.add_shape(
                type="line",
                x0=start - 0.5,
                x1=start - 0.5,
                y0=-0.5,
                y1=n_rows - 0.5,
                line={"color": on.text, "width": 1.2},
            )
        start += size


def _short(name: str) -> str:
    """What a context is called, as far as it fits."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
