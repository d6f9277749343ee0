"""Heatmap of all contexts by all contexts, with cells that can be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from musegnn.screens.parts.cells_figure import add_clicks, outline_cell
from musegnn.screens.shell.theme import Ground, dress, viridis_scale

_CELL, _AROUND, _LABELS = 19, 250, 235  # pixels: of a cell, above and below all, for the names
_TITLE: Final = 40  # pixels for a line below the picture
_MOST_NAMED_COLUMNS: Final = 20  # more names lie on each other on a narrow screen


def plot_context_similarity(
    values: np.ndarray,
    names: Sequence[str],
    labels: Sequence[str],
    *,
    title: str,
    on: Ground,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """Draw the matrix; the customdata of a cell begins with the names of its two contexts.

    Parameters
    ----------
    values
        `(C, C)` symmetric; NaN cells stay blank.
    names
        `(C,)` contexts, top to bottom and left to right.
    labels
        `(C,)` what each context is, for the tooltip.
    title
        What the values are, with range.
    on
        Ground of the page.
    chosen
        Row and column of the compared pair, outlined on both sides of the diagonal.
    """
    n = len(names)
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=list(range(n)),
            y=list(range(n)),
            colorscale=viridis_scale(),
            xgap=1,
            ygap=1,
            hoverinfo="skip",
            colorbar={
                "title": {"text": title, "side": "right"},
                "thickness": 12,
                "outlinewidth": 0,
                "tickformat": ".3~g",
            },
        )
    )
    rows, columns = np.indices((n, n)).reshape(2, -1)
    shown = values[rows, columns]
    is_pair = rows != columns
    rows, columns, shown = rows[is_pair], columns[is_pair], shown[is_pair]
    add_clicks(
        figure,
        columns,
        rows,
        size=_CELL - 3,
        customdata=[
            [names[i], names[j], labels[i], labels[j], _written(value)]
            for i, j, value in zip(rows, columns, shown, strict=True)
        ],
        hovertemplate="<b>%{customdata[4]}</b><br>%{customdata[0]} (%{customdata[2]})<br>"
        "%{customdata[1]} (%{customdata[3]})<extra></extra>",
    )
    if chosen is not None and chosen[0] != chosen[1]:
        for row, column in (chosen, chosen[::-1]):
            outline_cell(figure, row, column, on=on)
    axis = {
        "tickvals": list(range(n)),
        "ticktext": list(names),
        "showgrid": False,
        "zeroline": False,
        "tickfont": {"size": 10},
        "range": [-0.5, n - 0.5],
    }
    columns_named = n <= _MOST_NAMED_COLUMNS
    below = {"title": {"text": "the same contexts, in the same order"}, "showticklabels": False}
    return dress(
        figure,
        on,
        height=_AROUND + _CELL * n - (0 if columns_named else _LABELS - _TITLE),
        margin=(_LABELS, 10, 10, _LABELS if columns_named else _TITLE),
        dragmode=False,
        hovermode="closest",
        xaxis={**axis, **({"tickangle": -90} if columns_named else below)},
        yaxis={**axis, "range": [n - 0.5, -0.5]},
    )


def _written(value: float) -> str:
    """Three significant digits, or why there are none."""
    return "too few common genes" if np.isnan(value) else f"{value:.3g}"
