"""Activity heatmap: contexts and regulators, blue for low, orange for high."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from matplotlib.colors import LinearSegmentedColormap

from musegnn.screens.shell.svg_document import new_picture, svg_document
from musegnn.screens.shell.theme import LIGHT, Ground

BEYOND = 0.05  # q below which a cell carries a dot
_ROW, _COLUMN_LETTER, _AROUND = 22, 7, 90  # pixels
_LOW, _HIGH = "#0072B2", "#D55E00"  # of Okabe and Ito
_BAR = "activity (t)"


def plot_activity_heatmap(
    matrix: pd.DataFrame, q: pd.DataFrame, targets: pd.DataFrame, *, on: Ground
) -> go.Figure:
    """Draw a row a context and a column a regulator or pathway.

    Parameters
    ----------
    matrix
        Activities (t statistics), contexts x sources, drawn in this order; NaN is left empty.
    q
        0 to 1, of the same shape; a dot marks cells below `BEYOND`.
    targets
        Targets measured, of the same shape.
    on
        Ground of the page.
    """
    values = matrix.to_numpy(dtype=np.float64)
    largest = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    labels = _COLUMN_LETTER * max(len(str(name)) for name in matrix.columns)
    figure = go.Figure()
    figure.add_heatmap(
        z=values,
        x=list(matrix.columns),
        y=list(matrix.index),
        zmin=-largest,
        zmax=largest,
        colorscale=[[0, _LOW], [0.5, on.grid], [1, _HIGH]],
        text=np.where(q.to_numpy() < BEYOND, "\u2022", ""),
        texttemplate="%{text}",
        textfont={"color": on.text, "size": 14},
        customdata=np.dstack([q.to_numpy(), targets.to_numpy()]),
        hovertemplate="%{x} in %{y}<br>t %{z:.2f}, q %{customdata[0]:.2g}, "
        "%{customdata[1]:.0f} targets<extra></extra>",
        hoverongaps=False,
        xgap=1,
        ygap=1,
        colorbar={"title": {"text": _BAR, "side": "right"}, "thickness": 10, "outlinewidth": 0},
    )
    figure.update_layout(
        height=_AROUND + _ROW * len(matrix) + labels,
        margin={"l": 10, "r": 10, "t": 10, "b": labels + 20},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": on.text},
        xaxis={
            "tickangle": -90,
            "showgrid": False,
            "type": "category",
            "dtick": 1,
            "tickfont": {"size": 10},
        },
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "automargin": True,
            "type": "category",
            "tickfont": {"size": 11},
        },
    )
    return figure


def activity_heatmap_svg(
    matrix: pd.DataFrame, q: pd.DataFrame, *, title: str = "", caption: str = ""
) -> str:
    """Draw the same cells as an SVG document with text nodes, on the light ground.

    Parameters
    ----------
    matrix, q
        As for `plot_activity_heatmap`.
    title, caption
        Text above and below; empty for none.
    """
    values = matrix.to_numpy(dtype=np.float64)
    largest = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    figure, below = new_picture(10, 1.8 + 0.22 * len(matrix), caption=caption)
    labels = 1.1 / figure.get_figheight()
    axes = figure.add_axes((0.3, below + labels, 0.6, 0.93 - below - labels))
    scale = LinearSegmentedColormap.from_list("activity", [_LOW, LIGHT.grid, _HIGH])
    # mesh, not a picture: every cell stays a shape that can be edited
    mesh = axes.pcolormesh(
        np.ma.masked_invalid(values), cmap=scale, vmin=-largest, vmax=largest, edgecolors="white"
    )
    for row, column in np.argwhere(q.to_numpy() < BEYOND):
        axes.text(column + 0.5, row + 0.5, "\u2022", ha="center", va="center", fontsize=9)
    axes.invert_yaxis()
    axes.set_xticks(np.arange(values.shape[1]) + 0.5, matrix.columns, rotation=90, fontsize=7)
    axes.set_yticks(np.arange(values.shape[0]) + 0.5, matrix.index, fontsize=7)
    bar = figure.add_axes((0.92, below + labels, 0.015, 0.4))
    figure.colorbar(mpl.cm.ScalarMappable(mesh.norm, scale), cax=bar, label=_BAR)
    return svg_document(figure, title=title, caption=caption)
