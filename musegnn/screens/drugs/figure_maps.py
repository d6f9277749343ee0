"""Small maps of many contexts: genes of a set over all genes in grey, on one scale."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from matplotlib.colors import to_rgb
from matplotlib.image import imsave

from musegnn.screens.parts.small_maps_figure import SmallMaps
from musegnn.screens.shell.theme import Ground, dress, palette

_HEIGHT, _TITLE = 218, 36  # pixels: a row of maps, the words above a map
_WIDE, _HIGH = 500, 360  # pixels of the picture below a map
_SMALLEST, _LARGEST = 8, 20  # pixels of a gene
_LONGEST: Final = 34  # letters of a line above a map


def plot_lit_maps(
    maps: pd.DataFrame,
    places: pd.DataFrame,
    behind: Mapping[str, np.ndarray],
    *,
    span: tuple[np.ndarray, np.ndarray],
    chosen: tuple[str, str] | None,
    on: Ground,
) -> go.Figure:
    """Draw the maps side by side; customdata of a point begins with gene and context.

    All other genes of a context are one picture of dots below its map, so that many maps stay
    light; the genes of the set can be pointed at and clicked.

    Parameters
    ----------
    maps
        In the order in which they are drawn: `context`, `title`, `below` (second line),
        `is_called` (the words are in the accent colour, with a sign).
    places
        `context`, `gene`, `symbol`, `x`, `y`, `size` (0 to 1), `is_solid`, `hover`.
    behind
        Context -> `(n, 2)` coordinates of all of its genes.
    span
        `(2,)` lower and upper ends of what is drawn of every map; points outside are left out.
    chosen
        Gene and context in the accent colour, or None.
    on
        Ground of the page.
    """
    small = SmallMaps(len(maps), _HEIGHT, _TITLE)
    low, high = span
    axes: dict[str, Any] = {}
    words, pictures, traces = [], [], []
    for number, row in enumerate(maps.itertuples(index=False)):
        axis = small.axis(number)
        across, up = small.axes(number)
        axes[f"xaxis{axis}"] = {**across, "range": [low[0], high[0]]}
        axes[f"yaxis{axis}"] = {**up, "range": [low[1], high[1]]}
        mark = "\u2605 " if row.is_called else ""
        said = f"{mark}{_line(row.title)}<br>{_line(row.below)}"
        colour = on.accent if row.is_called else on.text
        words.append(small.words(number, said, colour=colour, size=10))
        pictures.append(
            {
                "source": _dots(behind[str(row.context)], low, high, on.other),
                "xref": f"x{axis}",
                "yref": f"y{axis}",
                "layer": "below",
                "x": low[0],
                "y": high[1],
                "sizing": "stretch",
                "sizex": high[0] - low[0],
                "sizey": high[1] - low[1],
            }
        )
        own = places[places["context"] == row.context]
        traces.append(_genes(own, axis, chosen, span, on))
    return dress(
        go.Figure(traces),
        on,
        height=small.height,
        margin=(6, 6, 6, 6),
        **axes,
        annotations=words,
        images=pictures,
        showlegend=False,
        hovermode="closest",
        dragmode=False,
    )


def _genes(
    own: pd.DataFrame,
    axis: str,
    chosen: tuple[str, str] | None,
    span: tuple[np.ndarray, np.ndarray],
    on: Ground,
) -> go.Scatter:
    """Genes of the set on one map: filled or open, the chosen one in the accent colour."""
    blue = palette(6)[5 if on.is_dark else 0]  # the dark blue cannot be seen on the dark ground
    pairs = list(zip(own["gene"], own["context"], strict=True))
    edges = [on.accent if pair == chosen else blue for pair in pairs]
    fills = [
        colour if is_solid else on.background
        for colour, is_solid in zip(edges, own["is_solid"], strict=True)
    ]
    return go.Scatter(
        x=own["x"],
        y=own["y"],
        mode="markers+text",
        text=[escape(str(symbol)) for symbol in own["symbol"]],
        textposition=_sides(own[["x", "y"]].to_numpy(np.float64), span),
        textfont={"size": 10, "color": on.text},
        marker={
            "size": _SMALLEST + (_LARGEST - _SMALLEST) * own["size"],
            "color": fills,
            "opacity": 1,
            "line": {"width": 2, "color": edges},
        },
        customdata=own[["gene", "context"]],
        hovertext=[escape(str(text)) for text in own["hover"]],
        hoverinfo="text",
        cliponaxis=False,
        xaxis=f"x{axis}",
        yaxis=f"y{axis}",
    )


_SIDES: Final = {  # of a gene -> where the middle of its name is, in widths and heights of a map
    "top center": (0.0, 0.11),
    "bottom center": (0.0, -0.11),
    "middle right": (0.16, 0.0),
    "middle left": (-0.16, 0.0),
}


def _sides(points: np.ndarray, span: tuple[np.ndarray, np.ndarray]) -> list[str]:
    """Choose for each gene the side of its name that is farthest from other genes and names."""
    share = (points - span[0]) / (span[1] - span[0])
    names: list[np.ndarray] = []
    chosen = []
    for number, own in enumerate(share):
        taken = np.array([*np.delete(share, number, axis=0), *names]).reshape(-1, 2)

        def room(side: str, own: np.ndarray = own, taken: np.ndarray = taken) -> float:
            place = own + _SIDES[side]
            inside = float(min(place.min(), (1 - place).min(), 0.0))
            # names are wider than high: two beside each other need more room than two in a column
            gap = np.hypot((taken - place)[:, 0] / 2, (taken - place)[:, 1])
            return round(min(gap.min(initial=0.2), 0.2) + 4 * inside, 6)

        side = max(_SIDES, key=room)  # the first of equals
        names.append(own + _SIDES[side])
        chosen.append(side)
    return chosen


def _line(text: str) -> str:
    """Shorten a line above a map; its names start no markup."""
    return escape(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}\u2026")


def _dots(points: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str) -> str:
    """Draw points as a picture of small dots, as an address that holds it."""
    picture = np.zeros((_HIGH, _WIDE, 4), dtype=np.uint8)
    picture[..., :3] = np.round(255 * np.array(to_rgb(colour)))
    share = (points - low) / (high - low)
    share = share[((share >= 0) & (share <= 1)).all(axis=1)]
    column = np.clip((share[:, 0] * (_WIDE - 1)).round().astype(int), 0, _WIDE - 2)
    line = np.clip(((1 - share[:, 1]) * (_HIGH - 1)).round().astype(int), 0, _HIGH - 2)
    for down in (0, 1):
        for right in (0, 1):
            picture[line + down, column + right, 3] = 150
    stream = io.BytesIO()
    imsave(stream, picture, format="png")
    return f"data:image/png;base64,{b64encode(stream.getvalue()).decode('ascii')}"
