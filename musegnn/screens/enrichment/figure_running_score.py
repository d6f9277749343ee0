"""Running score: how the genes of one term lie along a ranking."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, dress


def plot_running_score(
    running: np.ndarray,
    is_member: np.ndarray,
    scores: np.ndarray,
    genes: list[str],
    *,
    meaning: str,
    on: Ground,
) -> go.Figure:
    """Draw the running score, a tick a gene of the term, and the ranked numbers.

    Parameters
    ----------
    running
        `(n,)` running score, -1 to 1.
    is_member
        `(n,)` bool, genes of the term.
    scores
        `(n,)` ranked numbers, largest first.
    genes
        n names.
    meaning
        What the ranked number is.
    on
        Ground of the page.
    """
    ranks = np.arange(1, len(running) + 1)
    hits = np.flatnonzero(is_member)
    peak = int(np.argmax(np.abs(running)))
    figure = go.Figure()
    figure.add_scatter(
        x=ranks,
        y=running,
        mode="lines",
        line={"color": on.accent, "width": 2},
        hovertemplate="rank %{x}: running score %{y:.3f}<extra></extra>",
    )
    figure.add_scatter(
        x=[ranks[peak], ranks[peak]],
        y=[0, running[peak]],
        mode="lines",
        line={"color": on.muted_text, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=ranks[hits],
        y=np.zeros(len(hits)),
        yaxis="y2",
        mode="markers",
        marker={
            "symbol": "line-ns",
            "size": 16,
            "line": {"width": 1.2, "color": on.text},
        },
        customdata=[genes[hit] for hit in hits],
        hovertemplate="%{customdata}, rank %{x}<extra></extra>",
    )
    figure.add_scatter(
        x=ranks,
        y=scores,
        yaxis="y3",
        mode="lines",
        fill="tozeroy",
        line={"color": on.other, "width": 1},
        hovertemplate="rank %{x}: %{y:.3g}<extra></extra>",
    )
    figure.add_annotation(
        x=1,
        y=0.28,
        xref="paper",
        yref="paper",
        xanchor="right",
        yanchor="top",
        text=meaning,
        showarrow=False,
        font={"size": 11, "color": on.muted_text},
    )
    return dress(
        figure,
        on,
        height=400,
        showlegend=False,
        margin=(60, 10, 10, 45),
        xaxis={
            "title": "rank (gene)",
            "gridcolor": on.grid,
            "anchor": "y3",
            "range": [0, len(ranks) + 1],
        },
        yaxis={
            "title": "running score",
            "domain": [0.42, 1],
            "gridcolor": on.grid,
            "zerolinecolor": on.muted_text,
        },
        yaxis2={"domain": [0.31, 0.39], "visible": False, "range": [-1, 1]},
        yaxis3={
            "title": "number",
            "domain": [0, 0.28],
            "gridcolor": on.grid,
            "zerolinecolor": on.muted_text,
        },
    )
