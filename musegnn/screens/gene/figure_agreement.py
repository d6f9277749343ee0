"""Heatmap of how alike the neighbourhoods of one gene are in all of its contexts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, layout_on, viridis_scale

_CELL, _AROUND, _LETTER = 17, 90, 6.2  # pixels: of a row, above and below all, of a letter
_LOWEST = 230  # pixels: the scale needs them
_HIGHEST: Final = 0.5  # the scale ends here unless a cell is higher; 1 would drown small overlaps


def plot_agreement(
    overlap: np.ndarray,
    shared: np.ndarray,
    labels: Sequence[str],
    *,
    here: int,
    on: Ground,
) -> go.Figure:
    """Draw the matrix with the present context marked.

    Parameters
    ----------
    overlap
        `(m, m)` Jaccard overlap, 0 to 1; NaN cells and the diagonal stay blank.
    shared
        `(m, m)` number of genes that both contexts have.
    labels
        `(m,)` names, top to bottom and left to right; columns carry no names, their order is that
        of the rows.
    here
        Row and column to mark.
    on
        Ground of the page.
    """
    m = len(labels)
    values = np.array(overlap, dtype=float)
    np.fill_diagonal(values, np.nan)
    highest = max(_HIGHEST, float(np.nanmax(values))) if np.isfinite(values).any() else _HIGHEST
    told = np.empty((m, m, 3), dtype=object)  # lists of lists take plotly five times as long
    told[..., 0], told[..., 1] = np.array(labels, dtype=object)[:, None], labels
    told[..., 2] = shared
    heatmap = {
        "type": "heatmap",
        "z": values,
        "x": np.arange(m),
        "y": np.arange(m),
        "zmin": 0,
        "zmax": highest,
        "colorscale": viridis_scale(),
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "customdata": told,
        "hovertemplate": "<b>%{z:.3g}</b> of the neighbours are common<br>%{customdata[0]}<br>"
        "%{customdata[1]}<br>%{customdata[2]:,} genes in both<extra></extra>",
        "colorbar": {
            "title": {"text": "overlap (0 to 1)", "side": "right"},
            "thickness": 12,
            "outlinewidth": 0,
            "tickformat": ".3~g",
        },
    }
    mark = {
        "type": "rect",
        "x0": -0.5,
        "x1": m - 0.5,
        "y0": here - 0.5,
        "y1": here + 0.5,
        "line": {"color": on.accent, "width": 2.5},
    }
    names = [f"<b>{label}</b>" if i == here else label for i, label in enumerate(labels)]
    longest = max((len(label) for label in labels), default=0)
    return go.Figure(
        [heatmap],
        layout=layout_on(
            on,
            height=max(_LOWEST, _AROUND + _CELL * m),
            margin=(round(_LETTER * longest) + 12, 10, 10, 20),
            dragmode=False,
            shapes=[mark],
            xaxis={"visible": False, "range": [-0.5, m - 0.5]},
            yaxis={
                "tickvals": list(range(m)),
                "ticktext": names,
                "tickfont": {"size": 11},
                "automargin": True,  # letters of a browser may be wider than was reckoned
                "showgrid": False,
                "zeroline": False,
                "range": [m - 0.5, -0.5],
            },
        ),
    )
