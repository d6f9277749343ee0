"""Activity heatmap: contexts and regulators, blue for low, orange for high."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, dress

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
    return dress(
        figure,
        on,
        height=_AROUND + _ROW * len(matrix) + labels,
        margin=(10, 10, 10, labels + 20),
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
