"""Marks of terms: one size for the number of genes, one colour for q, on every picture of terms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, viridis

BEYOND: Final = 0.05  # q below which a mark is filled
_LARGEST, _SMALLEST = 22.0, 6.0  # diameters in pixels
_LONGEST_NAME = 54  # letters of a term beside an axis
_NUMBER: Final = re.compile(r"\s*\([A-Z]{2,8}:\d+\)$")  # of a term in an ontology
_FAINTEST = 1e-300
# above the picture; marks in it are as large as those they explain
SIZE_LEGEND: Final = {
    "orientation": "h",
    "x": 0,
    "xanchor": "left",
    "y": 1,
    "yanchor": "bottom",
    "itemsizing": "trace",
}


def diameters(hits: Sequence[int] | np.ndarray, *, most: int) -> np.ndarray:
    """Return diameters in pixels whose area grows with the number of genes.

    Parameters
    ----------
    hits
        Numbers of genes.
    most
        Number of genes of the largest mark.
    """
    share = np.asarray(hits, dtype=np.float64) / max(most, 1)
    return _SMALLEST + (_LARGEST - _SMALLEST) * np.sqrt(np.clip(share, 0, 1))


def strength(q: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return -log10 q; 300 at most."""
    return -np.log10(np.clip(np.asarray(q, dtype=np.float64), _FAINTEST, 1))


def strength_scale(on: Ground) -> list[str]:
    """Return viridis so that the strongest stands out most from the ground.

    The end that would vanish on the ground is left out.
    """
    return viridis()[10:] if on.is_dark else viridis()[:-7][::-1]


def short_name(term: str, *, letters: int = _LONGEST_NAME) -> str:
    """Shorten the name of a term to what fits beside an axis, without its number in an ontology."""
    term = _NUMBER.sub("", term)
    return term if len(term) <= letters else f"{term[: letters - 3].rstrip()}..."


def colour_bar(on: Ground, *, height: int) -> dict[str, Any]:
    """Return the bar that explains the colours, for a figure of some pixels."""
    return {
        "title": {"text": "-log10 q", "side": "right"},
        "thickness": 10,
        "lenmode": "pixels",
        "len": min(160, max(90, height - 120)),
        "y": 1,
        "yanchor": "top",
        "outlinewidth": 0,
        "tickcolor": on.muted_text,
    }


def add_size_legend(figure: go.Figure, *, most: int, on: Ground) -> None:
    """Explain sizes and filling in the legend, which is laid out as `SIZE_LEGEND` says.

    Parameters
    ----------
    figure
        Figure to add to.
    most
        Number of genes of the largest mark.
    on
        Ground of the page.
    """
    for hits, label in _steps(most).items():
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=label,
            marker={
                "size": float(diameters([hits], most=most)[0]),
                "color": on.other,
                "line": {"width": 1, "color": on.muted_text},
            },
        )
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name=f"open: q at or above {BEYOND}",
        marker={"symbol": "circle-open", "size": 11, "color": on.muted_text},
    )


def _steps(most: int) -> dict[int, str]:
    """Numbers of genes that a legend shows, with their labels."""
    return {n: f"{n} gene{'s' * (n != 1)}" for n in sorted({1, max(1, round(most / 2)), most})}
