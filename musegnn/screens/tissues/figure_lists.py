"""Two lists of nearest genes side by side, with lines between the genes that both have."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, dress

_ROW: Final = 22  # pixels
# places of the names and of the notes beside them, of the whole width
_NAMES, _NOTES = (0.35, 0.65), (0.02, 0.98)
_GAP: Final = 0.01
_ASIDE: Final = ("left", "right")


def plot_lists(lists: Mapping[str, pd.DataFrame], *, on: Ground) -> go.Figure:
    """Draw one list or two, nearest on top.

    Parameters
    ----------
    lists
        Title -> rows, nearest first: `gene`, `counts`, `elsewhere` (text), `partner` (row of the
        same gene in the other list, -1 for none).
    on
        Ground of the page.
    """
    figure = go.Figure()
    tables = list(lists.values())
    for row, partner in enumerate(tables[0]["partner"] if len(tables) > 1 else ()):
        if partner >= 0:
            figure.add_scatter(
                x=[_NAMES[0] + _GAP, _NAMES[1] - _GAP],
                y=[row, partner],
                mode="lines",
                line={"color": on.accent, "width": 2},
                hoverinfo="skip",
                showlegend=False,
            )
    for side, (title, table) in enumerate(lists.items()):
        _add_names(figure, table, side, has_other=len(tables) > 1, on=on)
        figure.add_annotation(
            x=_NAMES[side],
            y=-1.1,
            text=f"<b>{escape(title)}</b>",
            showarrow=False,
            xanchor=("right", "left")[side],
            font={"size": 14, "color": on.text},
        )
    rows = max(map(len, tables))
    plain = {"visible": False, "fixedrange": True}
    return dress(
        figure,
        on,
        height=_ROW * (rows + 2) + 16,
        margin=(4, 4, 4, 4),
        dragmode=False,
        hovermode="closest",
        xaxis={**plain, "range": [0, 1]},
        yaxis={**plain, "range": [rows - 0.3, -1.7]},
    )


def _add_names(
    figure: go.Figure, table: pd.DataFrame, side: int, *, has_other: bool, on: Ground
) -> None:
    """Draw the names of one list, and where those that stand alone are in the other one."""
    is_shared = (table["partner"] >= 0).tolist()
    there = "<br>on the other side: %{customdata[2]}" if has_other else ""
    figure.add_scatter(
        x=[_NAMES[side]] * len(table),
        y=list(range(len(table))),
        mode="markers+text",
        text=[
            f"<b>{escape(gene)}</b>" if both else escape(gene)
            for gene, both in zip(table["gene"], is_shared, strict=True)
        ],
        textposition=f"middle {_ASIDE[side]}",
        textfont={"color": on.text, "size": 13},
        marker={"size": 7, "color": [on.accent if both else on.other for both in is_shared]},
        customdata=table[["gene", "counts", "elsewhere"]].to_numpy().tolist(),
        hovertemplate="<b>%{customdata[0]}</b><br>among the nearest in %{customdata[1]} contexts"
        f"{there}<extra></extra>",
        showlegend=False,
    )
    if has_other:
        alone = [row for row, both in enumerate(is_shared) if not both]
        figure.add_scatter(
            x=[_NOTES[side]] * len(alone),
            y=alone,
            mode="text",
            text=[escape(table["elsewhere"].iloc[row]) for row in alone],
            textposition=f"middle {_ASIDE[1 - side]}",
            textfont={"color": on.muted_text, "size": 11},
            hoverinfo="skip",
            showlegend=False,
        )
