"""Histogram of a number of each cell on a logarithmic axis, with what quality control removes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, dress

_MOST_FINE: Final = 2.5  # powers of ten that have ticks at 2 and 5 times them too


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
        xaxis={"title": title, "type": "log", "gridcolor": on.grid, **_log_axis(bins, limits)},
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


def _log_axis(bins: pd.DataFrame, limits: Sequence[tuple[float, str]]) -> dict[str, Any]:
    """Range that holds bins and limits, and ticks at 1, 2 and 5 times powers of ten.

    Ticks are so few and so short that a picture of a third of a page has room for them upright.
    """
    if bins.empty:
        return {}
    values = [bins["low"].iloc[0], bins["high"].iloc[-1], *(value for value, _ in limits)]
    low, high = math.log10(min(values)) - 0.04, math.log10(max(values)) + 0.04
    steps = (1, 2, 5) if high - low < _MOST_FINE else (1,)
    ticks = [
        step * 10**power
        for power in range(math.floor(low), math.ceil(high))
        for step in steps
        if low <= math.log10(step * 10**power) <= high
    ]
    return {
        "range": [low, high],
        "tickvals": ticks,
        "ticktext": [_short(tick) for tick in ticks],
        "tickangle": 0,
    }


def _short(number: float) -> str:
    """Write a round number in few letters.

    >>> [_short(number) for number in (5, 2_000, 20_000, 500_000, 1_000_000)]
    ['5', '2,000', '20k', '500k', '1M']
    """
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if number >= max(size, 10_000):
            return f"{number / size:,.0f}{unit}"
    return f"{number:,.0f}"
