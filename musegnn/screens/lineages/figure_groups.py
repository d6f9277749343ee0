"""Picture of groups of cells: how they hang together, and the tree of their connections."""

from __future__ import annotations

from html import escape
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.lineages.figure_label_places import GAPS, place_names
from musegnn.screens.shell.theme import LIGHT, Ground, dress

_SMALLEST, _LARGEST = 14.0, 46.0  # of a group, pixels
_WIDEST: Final = 7.0
_WIDTH, _HEIGHT, _MARGIN = 340.0, 430.0, 20  # pixels; of the narrowest column it is shown in
_ROOM: Final = np.array([62.0, 46.0])  # pixels around the outermost groups, for their names
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
    sizes = _SMALLEST + (_LARGEST - _SMALLEST) * share
    figure.add_scatter(
        x=groups["x"],
        y=groups["y"],
        mode="markers",
        marker={
            "size": sizes,
            "color": colours,
            "opacity": 1,
            "line": {"color": on.background, "width": 1.5},
        },
        text=[escape(str(name), quote=False) for name in groups["group"]],  # plotly reads HTML
        customdata=groups["cells"],
        hovertemplate="%{text}: %{customdata:,} cells<extra></extra>",
        showlegend=False,
        cliponaxis=False,
    )
    ranges = _name_groups(figure, groups, place, shown, sizes / 2, on=on)
    return dress(
        figure,
        on,
        height=int(_HEIGHT),
        margin=(_MARGIN, _MARGIN, _MARGIN, _MARGIN),
        hovermode="closest",
        xaxis={"visible": False, "range": ranges[0]},
        yaxis={"visible": False, "range": ranges[1]},
    )


def _name_groups(
    figure: go.Figure,
    groups: pd.DataFrame,
    place: dict[str, tuple[float, float]],
    shown: pd.DataFrame,
    radii: np.ndarray,
    *,
    on: Ground,
) -> tuple[list[float], list[float]]:
    """Write the names beside the groups, led there where there is no room; give the ranges."""
    size = np.array([_WIDTH, _HEIGHT]) - 2 * _MARGIN
    places = groups[["x", "y"]].to_numpy(dtype=float)
    low, span = places.min(0), np.ptp(places, axis=0)
    unit = np.where(span > 0, span, 1.0) / (size - 2 * _ROOM)  # of the data, a pixel
    start = places.mean(0) - size / 2 * unit if len(places) == 1 else low - _ROOM * unit
    lines = [(*place[a], *place[b]) for a, b in shown[["first", "second"]].itertuples(index=False)]
    ends = (np.array(lines).reshape(-1, 2) - start) / unit
    names = [str(name) for name in groups["group"]]
    offsets, gaps = place_names(
        (places - start) / unit, radii, names, ends.reshape(-1, 4), size=tuple(size)
    )
    for name, at, (right, up), gap, radius in zip(names, places, offsets, gaps, radii, strict=True):
        led = bool(gap > GAPS[0])
        where = (
            {"ax": right, "ay": -up, "standoff": radius, "arrowhead": 0, "arrowwidth": 1}
            if led
            else {"xshift": right, "yshift": up}
        )
        figure.add_annotation(
            x=at[0],
            y=at[1],
            text=escape(name, quote=False),
            showarrow=led,
            arrowcolor=on.text,
            font={"color": on.text, "size": 12},
            xanchor="center",
            yanchor="middle",
            borderpad=0,
            **where,
        )
    end = start + size * unit
    return [float(start[0]), float(end[0])], [float(start[1]), float(end[1])]
