"""Cells of a picture of rows by columns: their ground and colours, clicks, and an outline."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from musegnn.screens.shell.theme import INVISIBLE, Ground, viridis_scale


def add_cells(
    figure: go.Figure,
    values: np.ndarray,
    *,
    title: str,
    span: tuple[float, float],
    on: Ground,
    length: float = 0.5,
) -> None:
    """Draw coloured cells on a grey ground, which shows where there is no value.

    Parameters
    ----------
    figure
        Gets the cells, and the bar of colours at its lower edge.
    values
        `(rows, columns)`; NaN cells stay grey.
    title
        What the values are.
    span
        Ends of the scale.
    on
        Ground of the page.
    length
        Of the bar, as a share of the width.
    """
    least, most = span
    plain = {"xgap": 1, "ygap": 1, "hoverinfo": "skip"}
    figure.add_heatmap(
        z=np.zeros(values.shape), colorscale=[[0, on.grid], [1, on.grid]], showscale=False, **plain
    )
    figure.add_heatmap(
        z=values,
        zmin=least,
        zmax=most,
        colorscale=viridis_scale(),
        colorbar={
            "title": {"text": title, "side": "bottom"},
            "orientation": "h",
            "thickness": 10,
            "len": length,
            "x": 0,
            "xanchor": "left",
            "y": 0,
            "yanchor": "bottom",
            "yref": "container",
            "outlinewidth": 0,
            "tickformat": ".3~g",
        },
        **plain,
    )


def add_clicks(
    figure: go.Figure,
    columns: np.ndarray,
    rows: np.ndarray,
    *,
    size: int,
    customdata: list[list[Any]],
    hovertemplate: str,
) -> None:
    """Lay invisible squares on cells: a heatmap reports no clicks to the page, and they do.

    Parameters
    ----------
    figure
        Gets the squares.
    columns, rows
        `(n,)` places of the cells.
    size
        Pixels of a square.
    customdata, hovertemplate
        What a cell tells, as plotly takes it.
    """
    figure.add_scatter(
        x=columns,
        y=rows,
        mode="markers",
        marker={"symbol": "square", "size": size, "color": INVISIBLE},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        showlegend=False,
        customdata=customdata,
        hovertemplate=hovertemplate,
    )


def outline_cell(figure: go.Figure, row: int, column: int, *, on: Ground) -> None:
    """Draw the chosen cell's outline in the colour of what is selected."""
    figure.add_shape(
        type="rect",
        x0=column - 0.5,
        x1=column + 0.5,
        y0=row - 0.5,
        y1=row + 0.5,
        line={"color": on.accent, "width": 3},
    )
