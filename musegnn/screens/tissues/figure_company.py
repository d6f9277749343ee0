"""Genes by pools: how close each stands to the asked gene in each pool."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
import plotly.graph_objects as go

from musegnn.screens.parts.cells_figure import add_cells, add_clicks
from musegnn.screens.shell.theme import Ground, dress

_ROW, _BAR = 18, 62  # pixels: a gene, the bar of colours
_LETTER: Final = 6.5  # pixels of a letter


def plot_company(
    genes: Sequence[str],
    pools: Sequence[str],
    closeness: np.ndarray,
    hover: np.ndarray,
    *,
    on: Ground,
) -> go.Figure:
    """Draw a row a gene and a column a pool; customdata begins with the gene and the pool.

    Parameters
    ----------
    genes, pools
        Top to bottom; left to right.
    closeness
        `(genes, pools)` 0.5 to 1 has colours, below it is as 0.5; NaN is grey.
    hover
        The same shape: what a cell says.
    on
        Ground of the page.
    """
    figure = go.Figure()
    add_cells(
        figure,
        closeness,
        title="closeness (0.5: chance, 1: nearest; grey: not measured)",
        span=(0.5, 1),
        on=on,
        length=0.6,
    )
    rows, columns = (axis.ravel() for axis in np.indices(closeness.shape))
    add_clicks(
        figure,
        columns,
        rows,
        size=_ROW - 2,
        customdata=[
            [genes[int(row)], pools[int(column)], escape(str(hover[row, column]))]
            for row, column in zip(rows, columns, strict=True)
        ],
        hovertemplate="<b>%{customdata[0]}</b> in %{customdata[1]}<br>%{customdata[2]}"
        "<extra></extra>",
    )
    above = int(_LETTER * max(map(len, pools), default=1) * 0.75) + 16
    left = int(_LETTER * max(map(len, genes), default=1)) + 16
    plain = {"showgrid": False, "zeroline": False, "fixedrange": True, "tickfont": {"size": 11}}
    return dress(
        figure,
        on,
        height=above + _ROW * len(genes) + _BAR,
        margin=(left, 40, above, _BAR),
        dragmode=False,
        hovermode="closest",
        xaxis={
            **plain,
            "tickvals": list(range(len(pools))),
            "ticktext": [escape(name) for name in pools],
            "side": "top",
            "tickangle": -45,
            "range": [-0.5, len(pools) - 0.5],
        },
        yaxis={
            **plain,
            "tickvals": list(range(len(genes))),
            "ticktext": [escape(name) for name in genes],
            "range": [len(genes) - 0.5, -0.5],
            "automargin": True,  # letters of a browser may be wider than was reckoned
        },
    )
