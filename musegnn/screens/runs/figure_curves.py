"""Learning curves: one small picture a quantity, one line a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from musegnn.screens.shell.theme import Ground, dress, palette

COLUMNS = 2
_ROW, _AROUND, _LEGEND_ROW = 190, 74, 24  # heights in pixels
_DASHES = ("solid", "dash", "dot", "dashdot")
MOST_NAMED = 12  # lines in the legend; more would push the pictures off the screen
FEW_POINTS = 12  # of a line; each is drawn as a mark too


class CurvePanel(Protocol):
    """What is drawn as one small picture; see `musegnn.screens.runs.view_curves.Panel`."""

    @property
    def title(self) -> str:
        """Title with unit."""

    @property
    def lines(self) -> Sequence[tuple[str, np.ndarray, np.ndarray]]:
        """Name, epochs and values of each line."""

    @property
    def marks(self) -> Sequence[tuple[str, int, float]]:
        """Name of a line, epoch and value of its best point."""


def plot_curves(
    panels: Sequence[CurvePanel], *, names: Sequence[str], on: Ground, keep: str = ""
) -> go.Figure:
    """Draw curves over epochs; a ring marks the best value of a line.

    Parameters
    ----------
    panels
        Pictures in reading order, each with its own scale of values; epochs are shared.
    names
        Names of all lines in their order, which gives each its colour and dash.
    on
        Ground of the page.
    keep
        While it stays the same, what was zoomed in the browser stays zoomed when the figure is
        drawn anew.
    """
    n_columns = min(COLUMNS, max(len(panels), 1))
    n_rows = max(-(-len(panels) // n_columns), 1)
    figure = make_subplots(
        rows=n_rows,
        cols=n_columns,
        shared_xaxes="all",
        subplot_titles=[panel.title for panel in panels],
        vertical_spacing=min(0.34 / n_rows, 0.2),
        horizontal_spacing=0.08,
    )
    style = {name: line_style(place, len(names), on) for place, name in enumerate(names)}
    named: set[str] = set()
    traces: list[go.Scatter] = []
    places: list[int] = []
    for place, panel in enumerate(panels):
        for name, epochs, values in panel.lines:
            traces.append(_line(name, epochs, values, style[name], show=name not in named))
            named.add(name)
        if panel.marks:
            traces.append(_rings(panel, style))
        places += [place] * (len(traces) - len(places))
    figure.add_traces(  # at once: one after the other takes much longer with hundreds of lines
        traces,
        rows=[place // n_columns + 1 for place in places],
        cols=[place % n_columns + 1 for place in places],
    )
    figure.update_xaxes(gridcolor=on.grid, zeroline=False, tickformat=",d", showticklabels=True)
    figure.update_yaxes(gridcolor=on.grid, zeroline=False, automargin=True, nticks=5)
    for column in range(1, n_columns + 1):
        below = [place for place in range(len(panels)) if place % n_columns == column - 1]
        if below:
            figure.update_xaxes(title="epoch", row=below[-1] // n_columns + 1, col=column)
    figure.update_annotations(font={"size": 13, "color": on.text})
    has_legend = 1 < len(names) <= MOST_NAMED
    legend = _LEGEND_ROW * -(-len(names) // 3) if has_legend else 0
    return dress(
        figure,
        on,
        height=_AROUND + legend + _ROW * n_rows,
        margin=(8, 12, 34 + legend, 40),
        hovermode="closest",
        showlegend=has_legend,
        legend={"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top"},
        uirevision=keep or None,
    )


def line_style(place: int, n_lines: int, on: Ground) -> dict[str, object]:
    """Colour and dash of a line: a single one has the accent, eight share a dash."""
    if n_lines == 1:
        return {"color": on.accent, "dash": "solid", "width": 2}
    colours = palette(8, on=on)
    dash = _DASHES[(place // len(colours)) % len(_DASHES)]
    return {"color": colours[place % len(colours)], "dash": dash, "width": 1.6}


def _line(
    name: str, epochs: np.ndarray, values: np.ndarray, style: dict[str, object], *, show: bool
) -> go.Scatter:
    """Draw a line; with few values also its points, or a single one would not be seen."""
    return go.Scatter(
        x=epochs,
        y=values,
        mode="lines+markers" if len(values) <= FEW_POINTS else "lines",
        name=name,
        legendgroup=name,
        showlegend=show,
        line=style,
        marker={"size": 5, "color": style["color"]},
        hovertemplate="epoch %{x:,d}: %{y:.4g}<extra>%{fullData.name}</extra>",
    )


def _rings(panel: CurvePanel, style: dict[str, dict[str, object]]) -> go.Scatter:
    """Draw a ring around the best point of each line."""
    colours = [style[name]["color"] for name, _, _ in panel.marks]
    return go.Scatter(
        x=[epoch for _, epoch, _ in panel.marks],
        y=[value for _, _, value in panel.marks],
        mode="markers",
        showlegend=False,
        marker={"symbol": "circle-open", "size": 12, "color": colours, "line": {"width": 2}},
        customdata=[name for name, _, _ in panel.marks],
        hovertemplate="best of %{customdata}: %{y:.4g} in epoch %{x:,d}<extra></extra>",
    )
