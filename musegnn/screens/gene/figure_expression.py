"""Dot plot: how strongly a gene is expressed in each context, and in what share of the cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, layout_on

MOST_DOTS: Final = 60  # rows of the picture; the file has all
_ROW, _AROUND, _LETTER = 19, 64, 6.4  # pixels
_SMALLEST, _LARGEST = 5.0, 17.0  # pixels of a dot: no cell, all cells
_NO_SHARE: Final = 9.0


def plot_expression(
    table: pd.DataFrame, *, colours: Mapping[str, str], with_gene: bool, on: Ground
) -> go.Figure:
    """Draw a dot a context, the highest mean on top.

    Parameters
    ----------
    table
        `label` (of the context), `gene`, `tissue`, `mean_expression` (counts per 10,000, 0 or
        more), `share` (percent of cells; NaN draws a hollow dot of one size), `is_here`.
    colours
        Tissue -> CSS colour.
    with_gene
        Say the symbol before the context, where symbols differ.
    on
        Ground of the page.
    """
    shown = table.head(MOST_DOTS)
    names = [
        f"{row.gene} \u00b7 {row.label}" if with_gene else str(row.label)
        for row in shown.itertuples()
    ]
    shares = shown["share"].to_numpy(dtype=float)
    has_share = ~np.isnan(shares)
    # the area says the share
    area = np.sqrt(np.clip(np.nan_to_num(shares), 0, 100) / 100)
    sizes = np.where(has_share, _SMALLEST + (_LARGEST - _SMALLEST) * area, _NO_SHARE)
    own = [colours.get(str(tissue), on.other) for tissue in shown["tissue"]]
    said = [
        f"{share:.0f} % of cells" if known else "share of cells not at hand"
        for share, known in zip(shares, has_share, strict=True)
    ]
    dots = {
        "type": "scatter",
        "x": np.log10(1 + shown["mean_expression"].to_numpy(dtype=float)).tolist(),
        "y": list(range(len(shown))),
        "mode": "markers",
        "marker": {
            "size": sizes.tolist(),
            "color": own,
            "symbol": ["circle" if known else "circle-open" for known in has_share],
            "line": {
                "width": [2 if here else 0.5 for here in shown["is_here"]],
                "color": [on.text if here else on.background for here in shown["is_here"]],
            },
        },
        "customdata": list(
            zip(names, shown["mean_expression"], said, shown["context"], strict=True)
        ),
        "hovertemplate": "<b>%{customdata[0]}</b><br>mean %{customdata[1]:.3g} per 10,000"
        "<br>%{customdata[2]}<br>%{customdata[3]}<extra></extra>",
        "showlegend": False,
    }
    ticks = _ticks(float(shown["mean_expression"].max()) if len(shown) else 0.0)
    longest = max(map(len, names), default=0)
    bold = [
        f"<b>{name}</b>" if here else name
        for name, here in zip(names, shown["is_here"], strict=True)
    ]
    return go.Figure(
        [dots],
        layout=layout_on(
            on,
            height=_AROUND + _ROW * max(len(shown), 1),
            margin=(round(_LETTER * longest) + 14, 14, 8, 46),
            dragmode=False,
            xaxis={
                "title": {"text": "mean per 10,000 counts", "font": {"size": 12}},
                "tickvals": [float(np.log10(1 + tick)) for tick in ticks],
                "ticktext": [f"{tick:g}" for tick in ticks],
                "range": [-0.06, float(np.log10(1 + ticks[-1])) * 1.06 + 0.02],
                "gridcolor": on.grid,
                "zeroline": False,
            },
            yaxis={
                "tickvals": list(range(len(shown))),
                "ticktext": bold,
                "tickfont": {"size": 11.5},
                "automargin": True,  # letters of a browser may be wider than was reckoned
                "gridcolor": on.grid,
                "range": [len(shown) - 0.4, -0.6],
                "zeroline": False,
            },
        ),
    )


def _ticks(highest: float) -> list[float]:
    """Values to name on the axis: nought, powers of ten, and one above the highest."""
    ticks = [0.0, 1.0]
    while ticks[-1] < highest:
        ticks.append(ticks[-1] * (3 if f"{ticks[-1]:g}".startswith("1") else 10 / 3))
        ticks[-1] = float(f"{ticks[-1]:.1g}")
    return ticks
