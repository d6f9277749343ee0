"""SVG document: a matplotlib picture as text that stays text, the same bytes each time."""

from __future__ import annotations

import io
from textwrap import fill

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from musegnn.screens.shell.theme import LIGHT

_CAPTION_LETTERS = 150  # in a line
_LINE = 0.14  # inches of a line of the caption


def new_picture(width: float, height: float, *, caption: str = "") -> tuple[Figure, float]:
    """Return an empty picture with room for its caption.

    Parameters
    ----------
    width, height
        Inches; the caption comes on top of the height.
    caption
        Text below, wrapped.

    Returns
    -------
    The figure, and the share of its height that the caption takes.
    """
    n_lines = len(_wrapped(caption, width).splitlines())
    total = height + _LINE * n_lines
    return Figure(figsize=(width, total), facecolor=LIGHT.background), _LINE * n_lines / total


def svg_document(figure: Figure, *, title: str = "", caption: str = "") -> str:
    """Write a picture as SVG with text nodes.

    Parameters
    ----------
    figure
        What `new_picture` returned, with its axes.
    title, caption
        Text above and below; empty for none.
    """
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "musegnn"}):
        wrapped = _wrapped(caption, figure.get_figwidth())
        figure.text(0.02, 0.985, title, fontsize=11, va="top")
        figure.text(0.02, 0.01, wrapped, fontsize=7, color=LIGHT.muted_text, va="bottom")
        buffer = io.StringIO()
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Title": title})
    return buffer.getvalue()


def _wrapped(text: str, width: float) -> str:
    """Break a caption into lines that fit the width in inches."""
    return fill(text, max(40, int(_CAPTION_LETTERS * width / 9)))
