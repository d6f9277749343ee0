"""Small maps: a gene and its neighbours in several contexts, on the map of the atlas."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, dress, palette

COLUMNS: Final = 3
_HEIGHT, _AROUND, _TITLE = 240, 12, 34  # pixels: a row of maps, around all, a title


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
    n_columns = min(COLUMNS, max(len(titles), 1))
    n_rows = -(-max(len(titles), 1) // n_columns)
    blue = palette(6)[5 if on.is_dark else 0]  # the dark blue cannot be seen on the dark ground
    near = {"size": 7, "color": blue, "line": {"width": 1, "color": on.background}}
    markers = {
        "context": {"size": 3, "color": on.context},
        "neighbour": near,
        "gene": {"size": 13, "symbol": "star", "color": on.accent},
    }
    traces, axes, labels = [], {}, []
    for number, (_, own) in enumerate(points.groupby("map", sort=False)):
        axis = "" if number == 0 else str(number + 1)
        row, column = divmod(number, n_columns)
        width, height = 1 / n_columns, 1 / n_rows
        left, top = column * width, 1 - row * height
        axes[f"xaxis{axis}"] = {
            "visible": False,
            "matches": "x" if number else None,
            "domain": [left + 0.01 * width, left + 0.99 * width],
            "anchor": f"y{axis}",
        }
        axes[f"yaxis{axis}"] = {
            "visible": False,
            "matches": "y" if number else None,
            "domain": [top - height, top - _TITLE / (_HEIGHT * n_rows)],
            "anchor": f"x{axis}",
        }
        labels.append(
            {
                "text": titles[number].replace(" in ", "<br>", 1),
                "x": left + width / 2,
                "y": top,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "center",
                "yanchor": "top",
                "showarrow": False,
                "font": {"size": 11, "color": on.text},
            }
        )
        for kind, marker in markers.items():
            part = own[own["kind"] == kind]
            traces.append(
                go.Scattergl(
                    x=part["x"],
                    y=part["y"],
                    mode="markers",
                    marker=marker,
                    text=part["gene"] if kind != "context" else None,
                    hoverinfo="text" if kind != "context" else "skip",
                    xaxis=f"x{axis}",
                    yaxis=f"y{axis}",
                )
            )
    return dress(
        go.Figure(traces),
        on,
        height=_AROUND + _HEIGHT * n_rows,
        margin=(6, 6, 6, 6),
        **axes,
        annotations=labels,
        showlegend=False,
        hovermode="closest",
        dragmode="pan",
    )
