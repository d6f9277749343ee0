"""Small maps: a gene and its neighbours in several contexts, on the map of the atlas."""

from __future__ import annotations

from html import escape
from textwrap import wrap
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.parts.small_maps_figure import SmallMaps
from musegnn.screens.shell.theme import Ground, layout_on, palette

_HEIGHT: Final = 240  # pixels of a row of maps
_TITLE: Final = 48  # pixels of a title of three lines
_LETTERS: Final = 26  # of a line of it, as wide as a map on a narrow page


def plot_context_maps(points: pd.DataFrame, *, on: Ground) -> go.Figure:
    """Draw the maps side by side, all on the same scale.

    Genes of the context are grey dots, neighbours are filled circles, the gene is a star in the
    accent colour. One WebGL figure, whatever the number of maps.

    Parameters
    ----------
    points
        `map` (title; maps are drawn in the order in which they appear), `kind` ("context",
        "neighbour" or "gene"), `gene` (symbol), `x`, `y`.
    on
        Ground of the page.
    """
    titles = list(dict.fromkeys(points["map"]))
    maps = SmallMaps(len(titles), _HEIGHT, _TITLE)
    blue = palette(6)[5 if on.is_dark else 0]  # the dark blue cannot be seen on the dark ground
    near = {"size": 7, "color": blue, "line": {"width": 1, "color": on.background}}
    markers = {
        "context": {"size": 3, "color": on.context},
        "neighbour": near,
        "gene": {"size": 13, "symbol": "star", "color": on.accent},
    }
    traces, axes, labels = [], {}, []
    columns = {name: points[name].to_numpy() for name in ("kind", "gene", "x", "y")}
    for number, own in enumerate(points.groupby("map", sort=False).indices.values()):
        axis = maps.axis(number)
        across, up = maps.axes(number)
        axes[f"xaxis{axis}"] = {**across, "matches": "x" if number else None}
        axes[f"yaxis{axis}"] = {**up, "matches": "y" if number else None}
        gene, _, context = titles[number].partition(" in ")
        lines = [gene, *wrap(context, _LETTERS, max_lines=2, placeholder="…")]
        title = "<br>".join(escape(line, quote=False) for line in lines)
        labels.append(maps.words(number, title, colour=on.text, size=11))
        for kind, marker in markers.items():
            part = own[columns["kind"][own] == kind]
            traces.append(
                {
                    "type": "scattergl",
                    "x": columns["x"][
                        part
                    ],  # plotly takes arrays in a third of the time of columns
                    "y": columns["y"][part],
                    "mode": "markers",
                    "marker": marker,
                    "text": columns["gene"][part] if kind != "context" else None,
                    "hoverinfo": "text" if kind != "context" else "skip",
                    "xaxis": f"x{axis}",
                    "yaxis": f"y{axis}",
                }
            )
    return go.Figure(
        traces,
        layout=layout_on(
            on,
            height=maps.height,
            margin=(6, 6, 6, 6),
            **axes,
            annotations=labels,
            showlegend=False,
            hovermode="closest",
            dragmode="pan",
        ),
    )
