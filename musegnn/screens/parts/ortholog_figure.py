"""Share of genes with their ortholog in the same cluster, beside what chance gives."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import INVISIBLE, Ground, dress

_ROW, _AROUND = 26, 110  # heights in pixels
BEYOND = 0.05  # q below which a dot is filled


def plot_ortholog_proportion(table: pd.DataFrame, *, on: Ground) -> go.Figure:
    """Draw a row a cluster: a dot for the observed share, a tick for the expected one.

    Parameters
    ----------
    table
        `cluster`, `share` and `expected` (percent, 0 to 100), `fold`, `q`, `comparable` (count);
        drawn from top to bottom in this order.
    on
        Ground of the page.
    """
    rows = table.assign(label="cluster " + table["cluster"].astype(str))
    figure = go.Figure()
    for row in rows.itertuples():
        figure.add_scatter(
            x=[row.expected, row.share],
            y=[row.label, row.label],
            mode="lines",
            line={"color": on.other, "width": 2},
            hoverinfo="skip",
            showlegend=False,
        )
    figure.add_scatter(
        x=rows["expected"],
        y=rows["label"],
        mode="markers",
        name="expected by chance",
        marker={
            "symbol": "line-ns",
            "size": 14,
            "line": {"width": 2.5, "color": on.muted_text},
        },
        hovertemplate="%{y}: %{x:.1f} % expected<extra></extra>",
    )
    for name, symbol, part in (
        (f"observed, q < {BEYOND}", "circle", rows[rows["q"] < BEYOND]),
        (f"observed, q at or above {BEYOND}", "circle-open", rows[~(rows["q"] < BEYOND)]),
    ):
        figure.add_scatter(
            x=part["share"],
            y=part["label"],
            mode="markers",
            name=name,
            marker={
                "symbol": symbol,
                "size": 11,
                "color": on.accent,
                "line": {"width": 2, "color": on.accent},
            },
            customdata=part[["comparable", "fold"]],
            hovertemplate="%{y}: %{x:.1f} % of %{customdata[0]:,} comparable genes, "
            "fold %{customdata[1]:.1f}<extra></extra>",
        )
    return dress(
        figure,
        on,
        height=_AROUND + _ROW * len(rows),
        margin=(80, 16, 40, 50),
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        xaxis={
            "title": "genes with their ortholog in the cluster (%)",
            "gridcolor": on.grid,
            "zeroline": False,
            "range": [-1.5, max(10.0, 1.06 * float(rows[["share", "expected"]].max().max()))],
        },
        yaxis={
            "categoryorder": "array",
            "categoryarray": rows["label"].tolist()[::-1],
            "gridcolor": INVISIBLE,
        },
    )
