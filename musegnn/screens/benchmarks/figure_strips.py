"""Single runs of each metric: dots for seeds and splits, a line for the interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from musegnn.screens.benchmarks.figure_ranks import (
    SYMBOLS,
    in_two_lines,
    interval_line,
    role_colour,
)
from musegnn.screens.shell.theme import Ground, dress

_ROW, _AROUND = 20, 84  # heights in pixels of a panel
COLUMNS = 3


def plot_strips(
    points: pd.DataFrame,
    means: pd.DataFrame,
    labels: dict[str, str],
    methods: list[str],
    *,
    on: Ground,
    goals: Mapping[str, Sequence[float]] | None = None,
) -> go.Figure:
    """Draw a panel a metric and a row a method.

    Parameters
    ----------
    points
        `metric, method, role, value, seed, split`: single runs.
    means
        `metric, method, role, mean, low, high`.
    labels
        Metric -> title of its panel, in the order of the panels.
    methods
        From top to bottom.
    on
        Ground of the page.
    goals
        Metric -> where dotted lines are drawn: ends of what was wished of it.
    """
    columns = 2 if len(labels) == 4 else min(COLUMNS, len(labels))
    rows = math.ceil(len(labels) / columns)
    height = _AROUND + _ROW * max(len(methods), 3)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        shared_yaxes=True,
        horizontal_spacing=0.03,
        vertical_spacing=80 / (rows * height + 80),
        subplot_titles=[in_two_lines(label) for label in labels.values()],
    )
    for place, metric in enumerate(labels):
        cell = {"row": place // columns + 1, "col": place % columns + 1}
        for role, symbol in SYMBOLS.items():
            colour = role_colour(role, on)
            single = points[(points["metric"] == metric) & (points["role"] == role)]
            own = means[(means["metric"] == metric) & (means["role"] == role)]
            figure.add_scatter(
                x=single["value"],
                y=single["method"],
                mode="markers",
                marker={
                    "symbol": f"{symbol}-open",
                    "size": 7,
                    "color": colour,
                    "line": {"width": 1.2},
                },
                customdata=single[["split", "seed"]].astype(str).replace("<NA>", "none"),
                hovertemplate="%{y}: %{x:.4g}, split %{customdata[0]}, seed %{customdata[1]}"
                "<extra></extra>",
                **cell,
            )
            figure.add_scatter(
                x=own["mean"],
                y=own["method"],
                mode="markers",
                marker={"symbol": "line-ns", "size": 13, "line": {"width": 2.5, "color": colour}},
                error_x=interval_line(own, "mean", colour),
                hovertemplate="%{y}: mean %{x:.4g}<extra></extra>",
                **cell,
            )
        # after the marks: an empty panel gets no line
        for end in (goals or {}).get(metric, ()):
            figure.add_vline(
                end, line={"dash": "dot", "width": 1.5, "color": on.text}, layer="below", **cell
            )
    figure.update_xaxes(gridcolor=on.grid, zeroline=False, nticks=5, tickangle=0)
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=methods[::-1],
        range=[-0.6, len(methods) - 0.4],  # a method without this metric keeps its row
        gridcolor=on.grid,
        automargin=True,
    )
    figure.update_annotations(font={"size": 13, "color": on.text})
    return dress(figure, on, height=rows * height + 36, margin=(8, 8, 50, 30), showlegend=False)
