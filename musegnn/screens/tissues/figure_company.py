"""Genes by pools: how close each stands to the asked gene in each pool."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
import plotly.graph_objects as go

from musegnn.screens.shell.theme import INVISIBLE, Ground, dress, viridis

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
    figure = go.Figure(
        go.Heatmap(
            z=np.zeros(closeness.shape),
            colorscale=[[0, on.grid], [1, on.grid]],
            showscale=False,
            xgap=1,
            ygap=1,
            hoverinfo="skip",
        )
    )
    figure.add_heatmap(
        z=closeness,
        zmin=0.5,
        zmax=1,
        colorscale=[[i / 63, colour] for i, colour in enumerate(viridis(64))],
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar={
            "title": {"text": "closeness (0.5: chance, 1: nearest; grey: not measured)",
                      "side": "bottom"},
            "orientation": "h",
            "thickness": 10,
            "len": 0.6,
            "x": 0,
            "xanchor": "left",
            "y": 0,
            "yanchor": "bottom",
            "yref": "container",
            "outlinewidth": 0,
        },
    )  # fmt: skip
    rows, columns = (axis.ravel() for axis in np.indices(closeness.shape))
    figure.add_scatter(
        x=columns,
        y=rows,
        mode="markers",
        marker={"symbol": "square", "size": _ROW - 2, "color": INVISIBLE},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        showlegend=False,
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
        },
    )
