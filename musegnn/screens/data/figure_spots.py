"""Map of spots: counts of each by its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, dress, viridis_scale


def spots_figure(
    x: np.ndarray, y: np.ndarray, counts: np.ndarray, spots: np.ndarray | None, *, on: Ground
) -> go.Figure:
    """Draw counts by place, with equal axes and logarithmic colours.

    Parameters
    ----------
    x, y
        Places of S spots; of a grid the middles of its columns and rows.
    counts
        `(S,)` counts; of a grid `(y, x)`, NaN where no spot is.
    spots
        Of a grid `(y, x)` how many spots lie in a field; None for single spots.
    on
        Ground of the page.
    """
    logarithm = np.log10(np.maximum(counts, 1.0))
    colours = {
        "colorscale": viridis_scale(),
        "colorbar": _bar(logarithm),
    }
    mark: Any
    if spots is None:
        mark = go.Scatter(
            x=np.round(x, 4),
            y=np.round(y, 4),
            mode="markers",
            marker={"color": np.round(logarithm, 3), "size": _size(len(x)), **colours},
            customdata=counts,
            hovertemplate="x %{x:,.4~g}, y %{y:,.4~g}: %{customdata:,.0f} counts<extra></extra>",
        )
    else:
        mark = go.Heatmap(
            x=x,
            y=y,
            z=np.round(logarithm, 3),
            customdata=np.dstack([np.nan_to_num(counts), spots]),
            hovertemplate=(
                "%{customdata[1]:,} spots, median %{customdata[0]:,.0f} counts<extra></extra>"
            ),
            hoverongaps=False,
            **colours,
        )
    plain = {"gridcolor": on.grid, "zeroline": False, "showgrid": False, "nticks": 5}
    return dress(
        go.Figure(mark),
        on,
        height=340,
        margin=(60, 10, 10, 45),
        xaxis={"title": "x", "constrain": "domain", **plain},
        yaxis={
            "title": "y",
            "autorange": "reversed",
            "scaleanchor": "x",
            "constrain": "domain",
            **plain,
        },
    )


def _size(number: int) -> float:
    """Pixels of a mark: few spots are large ones."""
    return float(np.clip(180 / np.sqrt(max(number, 1)), 3, 12))


def _bar(logarithm: np.ndarray) -> dict[str, Any]:
    """Label the colours with counts at powers of ten, or at both ends where there is none."""
    low, high = float(np.nanmin(logarithm)), float(np.nanmax(logarithm))
    ticks = [float(power) for power in range(int(np.ceil(low)), int(np.floor(high)) + 1)]
    ticks = ticks if len(ticks) > 1 else [low, high]
    return {
        "title": {"text": "counts", "side": "right"},
        "thickness": 10,
        "outlinewidth": 0,
        "tickvals": ticks,
        "ticktext": [f"{10**tick:,.0f}" for tick in ticks],
    }
