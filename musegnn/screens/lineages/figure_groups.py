"""Picture of groups of cells: how they hang together, and the tree of their connections."""

from __future__ import annotations

from html import escape
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import LIGHT, Ground, dress

_SMALLEST, _LARGEST = 14.0, 46.0  # of a group, pixels
_WIDEST: Final = 7.0
_FAINTEST: Final = 0.05  # connections below this one are left out


def plot_groups(
    groups: pd.DataFrame, edges: pd.DataFrame, colours: list[str], *, on: Ground = LIGHT
) -> go.Figure:
    """Draw groups of cells.

    Parameters
    ----------
    groups
        `group`, `x`, `y`, `cells`.
    edges
        `first`, `second`, `connectivity` in [0, 1], `kind`: `tree`, `other`, or `known` for an edge
        of the known tree that was not found.
    colours
        CSS colour of each group.
    on
        Ground of the picture.
    """
    place = {
        str(name): (float(x), float(y))
        for name, x, y in zip(groups["group"], groups["x"], groups["y"], strict=True)
    }
    figure = go.Figure()
    shown = edges[(edges["kind"] != "other") | (edges["connectivity"] >= _FAINTEST)]
    for kind in ("other", "known", "tree"):
        for first, second, strength in shown.loc[
            shown["kind"] == kind, ["first", "second", "connectivity"]
        ].itertuples(index=False):
            (x0, y0), (x1, y1) = place[first], place[second]
            line = {
                "other": {"color": on.context, "width": 1 + _WIDEST * strength},
                "known": {"color": on.accent, "width": 2, "dash": "dot"},
                "tree": {"color": on.text, "width": 1.5 + _WIDEST * strength},
            }[kind]
            figure.add_scatter(
                x=[x0, x1], y=[y0, y1], mode="lines", line=line, hoverinfo="skip", showlegend=False
            )
    share = np.sqrt(groups["cells"].to_numpy(dtype=float) / max(groups["cells"].max(), 1))
    figure.add_scatter(
        x=groups["x"],
        y=groups["y"],
        mode="markers+text",
        marker={
            "size": _SMALLEST + (_LARGEST - _SMALLEST) * share,
            "color": colours,
            "opacity": 1,
            "line": {"color": on.background, "width": 1.5},
        },
        text=[escape(str(name), quote=False) for name in groups["group"]],  # plotly reads HTML
        textposition="top center",
        textfont={"color": on.text, "size": 12},
        customdata=groups["cells"],
        hovertemplate="%{text}: %{customdata:,} cells<extra></extra>",
        showlegend=False,
        cliponaxis=False,
    )
    return dress(
        figure,
        on,
        height=430,
        margin=(30, 30, 30, 20),
        hovermode="closest",
        xaxis={"visible": False},
        yaxis={"visible": False},
    )
