"""Running score: how the genes of one term lie along a ranking."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from musegnn.screens.shell.svg_document import new_picture, svg_document
from musegnn.screens.shell.theme import LIGHT, Ground


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
    figure.update_layout(
        height=400,
        showlegend=False,
        margin={"l": 60, "r": 10, "t": 10, "b": 45},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": on.text},
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
    return figure


def running_score_svg(
    running: np.ndarray,
    is_member: np.ndarray,
    scores: np.ndarray,
    *,
    meaning: str,
    title: str = "",
    caption: str = "",
) -> str:
    """Draw the same three strips as an SVG document with text nodes, on the light ground.

    Parameters
    ----------
    running, is_member, scores, meaning
        As for `plot_running_score`.
    title, caption
        Text above and below; empty for none.
    """
    figure, below = new_picture(7, 4.6, caption=caption)
    room = 0.92 - below
    ranks = np.arange(1, len(running) + 1)
    top = figure.add_axes((0.1, below + 0.46 * room, 0.87, 0.52 * room))
    top.plot(ranks, running, color=LIGHT.accent)
    top.axhline(0, color=LIGHT.muted_text, linewidth=0.8)
    top.set_ylabel("running score", fontsize=8)
    middle = figure.add_axes((0.1, below + 0.37 * room, 0.87, 0.07 * room), sharex=top)
    middle.vlines(ranks[is_member], 0, 1, color=LIGHT.text, linewidth=0.8)
    middle.set_yticks([])
    bottom = figure.add_axes((0.1, below + 0.12 * room, 0.87, 0.22 * room), sharex=top)
    bottom.fill_between(ranks, scores, color=LIGHT.other)
    bottom.set_xlabel(f"rank (gene); below: {meaning}", fontsize=8)
    for axes in (top, middle):
        axes.tick_params(labelbottom=False)
    for axes in (top, middle, bottom):
        axes.tick_params(labelsize=8)
        axes.set_xlim(0, len(ranks) + 1)
    return svg_document(figure, title=title, caption=caption)
