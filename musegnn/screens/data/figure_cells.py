"""Histogram of a number of each cell on a logarithmic axis, with what quality control removes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.parts.log_axis_figure import log_axis
from musegnn.screens.shell.theme import Ground, dress


def cell_histogram(
    bins: pd.DataFrame,
    *,
    title: str,
    limits: Sequence[tuple[float, str]] = (),
    on: Ground,
) -> go.Figure:
    """Draw how many cells have how much of something.

    Parameters
    ----------
    bins
        Columns `low` (included), `high` (not included), `cells` (counts) and `kept`; bins that
        quality control removes are grey.
    title
        Title of the horizontal axis, with its unit.
    limits
        Values above 0 at which a line is drawn, each with its label; the axis reaches them.
    on
        Ground of the page.
    """
    figure = go.Figure()
    for kept, colour, name in ((True, on.accent, "kept"), (False, on.other, "removed")):
        part = bins[bins["kept"] == kept]
        if part.empty:
            continue
        x, y = _outline(part)
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            name=name,
            fill="tozeroy",
            fillcolor=colour,
            line={"width": 0, "color": colour},
            hoverinfo="skip",
        )
    if len(bins):
        _add_hover(figure, bins)
        _add_limits(figure, bins, limits, on)
    return dress(
        figure,
        on,
        height=270,
        margin=(60, 10, 28, 45),
        showlegend=False,
        hovermode="closest",
        xaxis={"title": title, "gridcolor": on.grid, **_axis(bins, limits)},
        yaxis={
            "title": "cells (count)",
            "gridcolor": on.grid,
            "zerolinecolor": on.grid,
            "rangemode": "tozero",
        },
    )


def _outline(bins: pd.DataFrame) -> tuple[list[float | None], list[float | None]]:
    """Return the outline of the bars, with a gap where bins are missing."""
    x: list[float | None] = []
    y: list[float | None] = []
    end = None
    for low, high, cells in zip(bins["low"], bins["high"], bins["cells"], strict=True):
        if end is not None and low != end:
            x += [end, None]
            y += [0, None]
        if end is None or low != end:
            x.append(low)
            y.append(0)
        x += [low, high]
        y += [cells, cells]
        end = high
    x.append(end)
    y.append(0)
    return x, y


def _add_hover(figure: go.Figure, bins: pd.DataFrame) -> None:
    """Let the middle of each bar tell its numbers."""
    figure.add_scatter(
        x=(bins["low"] * bins["high"]) ** 0.5,
        y=bins["cells"],
        mode="markers",
        marker={"size": 14, "opacity": 0},
        customdata=bins[["low", "high"]].assign(high=bins["high"] - 1),
        hovertemplate="%{customdata[0]:,.0f} to %{customdata[1]:,.0f}: %{y:,} cells<extra></extra>",
    )


def _add_limits(
    figure: go.Figure, bins: pd.DataFrame, limits: Sequence[tuple[float, str]], on: Ground
) -> None:
    """Draw the limits as dashed lines with their labels on top."""
    top = float(bins["cells"].max())
    for number, (value, label) in enumerate(limits):
        # the label of the highest limit would leave the picture on the right
        side = "left" if number == len(limits) - 1 and value > bins["low"].iloc[0] else "right"
        figure.add_scatter(
            x=[value, value],
            y=[0, 1.08 * top],
            mode="lines+text",
            text=["", label],
            textposition=f"top {side}",
            textfont={"color": on.text, "size": 12},
            line={"color": on.text, "width": 1.5, "dash": "dash"},
            cliponaxis=False,
            hoverinfo="skip",
        )


def _axis(bins: pd.DataFrame, limits: Sequence[tuple[float, str]]) -> dict[str, Any]:
    """Axis that holds bins and limits."""
    if bins.empty:
        return {"type": "log"}
    values = [bins["low"].iloc[0], bins["high"].iloc[-1], *(value for value, _ in limits)]
    return log_axis(min(values), max(values))
