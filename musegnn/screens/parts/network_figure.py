"""What pictures of networks have in common: lines, short names, no axes, the hand that moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from musegnn.screens.shell.theme import INVISIBLE, Ground, dress

_LONGEST: Final = 22  # letters of a name
_NARROWEST: Final = 540  # pixels of a picture on a narrow page; on a wider one names have more room
_FOR_LEGEND: Final = 60  # pixels of the height
_LETTER, _TALL = 0.66, 1.25  # of the size of letters: how wide one is, how high a line
_APART: Final = 2  # pixels between a node and its name
# where a name stands seen from its node, the best place first: to the right and upwards
_PLACES: Final = {
    "top center": (0, 1),
    "bottom center": (0, -1),
    "middle right": (1, 0),
    "middle left": (-1, 0),
}


def short_name(name: str) -> str:
    """Shorten the name of a node; it starts no markup."""
    return escape(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}\u2026")


def place_names(
    x: ArrayLike,
    y: ArrayLike,
    *,
    names: Sequence[str],
    sizes: ArrayLike,
    order: Iterable[int],
    height: int,
    letters: float,
    across: tuple[float, float] | None = None,
) -> tuple[list[str], list[str]]:
    """Find places beside nodes where no name lies on another; what finds none is left out.

    Places are found on a picture as wide as a narrow page has room for, so that they hold on wider
    ones too. A place over another node is taken only where there is no better one.

    Parameters
    ----------
    x, y
        Where nodes stand.
    names
        What each is called, "" for those without a name.
    sizes
        Diameter of each in pixels.
    order
        Nodes, the most important first: it is named before the others.
    height
        Pixels of the picture.
    letters
        Size of letters in pixels.
    across
        Left and right end of the picture; None where it is as wide as the nodes need.

    Returns
    -------
    Names, "" for those that are left to the pointer, and the place of each as plotly calls it.
    """
    said, places = [""] * len(names), ["top center"] * len(names)
    if not len(names):
        return said, places
    centres = np.column_stack(
        (
            _in_pixels(np.asarray(x, dtype=np.float64), _NARROWEST, across),
            _in_pixels(np.asarray(y, dtype=np.float64), height - _FOR_LEGEND, None),
        )
    )
    half_nodes = np.asarray(sizes, dtype=np.float64)[:, None] / 2 * np.ones(2)
    taken = np.empty((0, 4))  # centre and half of the size of each name
    for number in order:
        if not names[number]:
            continue
        half = np.array([_LETTER * len(names[number]), _TALL]) * letters / 2
        best: tuple[float, str, np.ndarray] | None = None
        for place, side in _PLACES.items():
            centre = centres[number] + side * (half_nodes[number] + _APART + half)
            if _overlap(centre, half, taken[:, :2], taken[:, 2:]).any():
                continue
            over = _overlap(centre, half, centres, half_nodes)
            over[number] = 0
            covered = float(over.sum())
            if best is None or covered < best[0]:
                best = covered, place, centre
        if best is not None:
            said[number], places[number] = names[number], best[1]
            taken = np.vstack([taken, [*best[2], *half]])
    return said, places


def _in_pixels(values: np.ndarray, pixels: int, ends: tuple[float, float] | None) -> np.ndarray:
    """Bring places of nodes to a picture of so many pixels."""
    low, high = (values.min(), values.max()) if ends is None else ends
    room = 0.06 * pixels if ends is None else 0  # what plotly leaves at the rim
    return room + (values - low) / max(high - low, 1e-12) * (pixels - 2 * room)


def _overlap(
    centre: np.ndarray, half: np.ndarray, others: np.ndarray, other_halves: np.ndarray
) -> np.ndarray:
    """Area in which a rectangle lies on each of some others."""
    shared = np.minimum(centre + half, others + other_halves) - np.maximum(
        centre - half, others - other_halves
    )
    return shared.clip(min=0).prod(axis=1)


def add_lines(
    figure: go.Figure,
    place: Mapping[Any, tuple[float, float]],
    ends: Sequence[tuple[Any, Any]],
    *,
    name: str,
    opacity: float,
    **line: Any,
) -> None:
    """Add straight lines between nodes as one trace.

    Parameters
    ----------
    figure
        Which gets them.
    place
        Node -> where it stands.
    ends
        Nodes at both ends of each line.
    name
        What the legend says.
    opacity
        Of all lines.
    **line
        Their colour, width and dash.
    """
    spans = [(*place[one], *place[other]) for one, other in ends]
    figure.add_scatter(
        x=[value for x0, _, x1, _ in spans for value in (x0, x1, None)],
        y=[value for _, y0, _, y1 in spans for value in (y0, y1, None)],
        mode="lines",
        name=name,
        line=line,
        opacity=opacity,
        hoverinfo="skip",
    )


def dress_network(figure: go.Figure, on: Ground, *, height: int) -> go.Figure:
    """Dress the picture of a network; width and height are filled, whatever their ratio."""
    return dress(
        figure,
        on,
        height=height,
        margin=(8, 8, 8, 8),
        legend={"orientation": "h", "y": -0.01, "yanchor": "top", "x": 0, "font": {"size": 11}},
        hovermode="closest",
        dragmode="pan",
        modebar={"bgcolor": INVISIBLE, "color": on.muted_text, "activecolor": on.text},
        xaxis={"visible": False},
        yaxis={"visible": False},
    )
