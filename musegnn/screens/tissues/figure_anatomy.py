"""A person and a mouse with marks where tissues lie, drawn here from plain shapes."""

from __future__ import annotations

import re
from html import escape
from itertools import count
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import INVISIBLE, Ground, dress, viridis

_HEIGHT: Final = 460
_Y: Final = (204.0, -6.0)
_GAP: Final = 14.5  # between two names above each other
_LETTER: Final = 6.6  # pixels of a letter of a name
_NARROW: Final = 0.95  # pixels of a unit on a narrow page
# where names stand: left and right of each body
_ASIDE: Final = {"human": (-36.0, 36.0), "mouse": (128.0, 334.0)}
_MIDDLE: Final = {"human": 0.0, "mouse": 235.0}
# closed paths with cubic curves; y grows downwards
_HUMAN: Final = (
    "M 0 2 C 8 2 10 10 9 18 C 8 26 5 31 0 31 C -5 31 -8 26 -9 18 C -10 10 -8 2 0 2 Z",
    "M -5 27 L 5 27 L 5 40 L -5 40 Z",
    "M -5 36 C -14 40 -21 41 -23 48 C -22 60 -17 72 -16 84 C -16 94 -19 104 -19 116 "
    "L 19 116 C 19 104 16 94 16 84 C 17 72 22 60 23 48 C 21 41 14 40 5 36 Z",
    "M -20 43 C -27 48 -28 60 -29 72 C -30 84 -32 96 -33 108 C -34 113 -29 115 -28 110 "
    "C -26 98 -24 88 -23 76 C -22 68 -20 60 -18 54 Z",
    "M 20 43 C 27 48 28 60 29 72 C 30 84 32 96 33 108 C 34 113 29 115 28 110 "
    "C 26 98 24 88 23 76 C 22 68 20 60 18 54 Z",
    "M -19 112 C -19 132 -16 150 -14 166 C -13 178 -13 186 -15 195 L -6 196 "
    "C -5 186 -4 172 -4 160 C -3 146 -1 132 0 118 L 0 112 Z",
    "M 19 112 C 19 132 16 150 14 166 C 13 178 13 186 15 195 L 6 196 "
    "C 5 186 4 172 4 160 C 3 146 1 132 0 118 L 0 112 Z",
)
_MOUSE: Final = (
    "M 176 112 C 176 84 214 76 250 86 C 268 90 284 72 302 78 C 316 84 326 96 330 104 "
    "C 326 112 306 112 290 116 C 280 134 250 138 220 136 C 192 136 176 130 176 112 Z",
    "M 282 78 C 274 62 288 56 296 64 C 302 70 298 80 292 82 Z",
    "M 258 128 C 262 138 264 144 270 148 L 258 148 C 254 142 250 136 248 130 Z",
    "M 192 128 C 188 138 188 144 196 148 L 206 148 C 204 142 206 136 212 130 Z",
    "M 178 116 C 160 124 150 112 136 116 C 132 117 133 121 138 120 C 150 118 160 130 180 122 Z",
)
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")


def plot_anatomy(marks: pd.DataFrame, *, on: Ground) -> go.Figure:
    """Draw both bodies, or the one that has marks; customdata begins with the pool.

    Parameters
    ----------
    marks
        A row a mark: `pool`, `body` ("human" or "mouse"), `x`, `y`, `value` (colour, 0 to 1; NaN
        for none), `role` ("asked", "other", "absent"), `hover`.
    on
        Ground of the page.
    """
    figure = go.Figure()
    shown = [body for body in ("human", "mouse") if (marks["body"] == body).any()]
    names = {
        (body, side): max((len(name) for name in own), default=0)
        for body in shown
        for side, own in enumerate(_names_beside(marks[marks["body"] == body], body))
    }
    moved = _room_between(names) if len(shown) > 1 else 0.0
    bodies = {"human": _HUMAN, "mouse": tuple(_moved(path, moved) for path in _MOUSE)}
    shapes: list[dict[str, Any]] = [
        {
            "type": "path",
            "path": path,
            "fillcolor": on.grid,
            "line": {"width": 0},
            "layer": "below",
        }
        for body in shown
        for path in bodies[body]
    ]
    for body in shown:
        _add_marks(
            figure, marks[marks["body"] == body], body, on, moved if body == "mouse" else 0.0
        )
    low = _ASIDE[shown[0]][0] if shown else 0.0
    high = _ASIDE[shown[-1]][1] + (moved if shown[-1] == "mouse" else 0.0) if shown else 1.0
    # names at the sides stand in the margins, which have the same width on every page
    beside = (names[shown[0], 0], names[shown[-1], 1]) if shown else (0, 0)
    left, right = (round(_LETTER * letters) + 8 for letters in beside)
    plain = {"visible": False, "fixedrange": True}
    return dress(
        figure,
        on,
        height=_HEIGHT,
        margin=(left, right, 4, 4),
        dragmode=False,
        hovermode="closest",
        showlegend=False,
        shapes=shapes,
        xaxis={**plain, "range": [low, high]},
        yaxis={**plain, "range": list(_Y), "scaleanchor": "x", "constrain": "domain"},
    )


def _names_beside(marks: pd.DataFrame, body: str) -> tuple[list[str], list[str]]:
    """Names that stand left and right of a body."""
    is_left = marks["x"] < _MIDDLE[body]
    return marks.loc[is_left, "pool"].tolist(), marks.loc[~is_left, "pool"].tolist()


def _room_between(names: dict[tuple[str, int], int]) -> float:
    """How far the mouse moves, so that names of both have room between them on a narrow page."""
    wanted = _LETTER * (names["human", 1] + names["mouse", 0]) + 16
    return max(0.0, wanted / _NARROW - (_ASIDE["mouse"][0] - _ASIDE["human"][1]))


def _moved(path: str, by: float) -> str:
    """Move a path to the right: of its numbers, every other one is an x."""
    places = count()
    return _NUMBER.sub(
        lambda found: f"{float(found[0]) + by:g}" if next(places) % 2 == 0 else found[0], path
    )


def _add_marks(figure: go.Figure, marks: pd.DataFrame, body: str, on: Ground, moved: float) -> None:
    """Draw the marks of one body, moved to the right, with their names beside it."""
    scale = viridis(64)
    colours = [
        on.accent
        if mark.role == "asked"
        else on.background
        if pd.isna(mark.value)
        else scale[int(min(max(mark.value, 0), 1) * 63)]
        for mark in marks.itertuples()
    ]
    for side, is_here in enumerate((marks["x"] < _MIDDLE[body], marks["x"] >= _MIDDLE[body])):
        part = marks[is_here].sort_values("y", kind="stable")
        edge = _ASIDE[body][side] + moved
        for mark, height in zip(part.itertuples(), _spread(part["y"].tolist()), strict=True):
            figure.add_scatter(
                x=[mark.x + moved, edge],
                y=[mark.y, height],
                mode="lines",
                line={"color": on.other, "width": 1},
                hoverinfo="skip",
            )
            figure.add_annotation(
                x=edge,
                y=height,
                text=f"<b>{escape(mark.pool)}</b>" if mark.role == "asked" else escape(mark.pool),
                showarrow=False,
                xanchor=("right", "left")[side],
                font={
                    "size": 12,
                    "color": on.muted_text if mark.role == "absent" else on.text,
                },
            )
    figure.add_scatter(
        x=marks["x"] + moved,
        y=marks["y"],
        mode="markers",
        marker={"size": 15, "color": colours, "line": {"width": 1.5, "color": on.muted_text}},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        customdata=[[mark.pool, mark.role, escape(mark.hover)] for mark in marks.itertuples()],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[2]}<extra></extra>",
        hoverlabel={"bordercolor": INVISIBLE},
    )


def _spread(heights: list[float]) -> list[float]:
    """Move heights, ascending, so that names do not overlap; as little as a pass down allows."""
    placed: list[float] = []
    gap = min(_GAP, (_Y[0] - _Y[1]) / (len(heights) + 1))  # many stand closer
    for height in heights:
        placed.append(max(height, placed[-1] + gap) if placed else height)
    beyond = placed[-1] - (_Y[0] - gap) if placed else 0
    return [height - max(beyond, 0) for height in placed]
