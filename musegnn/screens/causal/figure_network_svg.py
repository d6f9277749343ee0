"""Causal network for papers: the picture of the page as an SVG document with text nodes."""

from __future__ import annotations

import io
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from musegnn.screens.causal.figure_network import (
    WIDTHS,
    EdgeGroup,
    edge_groups,
    labelled,
    node_places,
    node_sizes,
    sign_colour,
)
from musegnn.screens.shell.theme import LIGHT

_MATPLOTLIB_DASHES: Final = {"curated": "-", "inferred": "--", "co-expressed": ":"}


def causal_network_svg(
    nodes: pd.DataFrame, edges: pd.DataFrame, *, title: str = "", caption: str = ""
) -> str:
    """Draw the same network as an SVG document with text nodes, on the light ground.

    Parameters
    ----------
    nodes, edges
        As for `plot_causal_network`.
    title, caption
        Text above and below; empty for none.
    """
    place, sizes = node_places(nodes), node_sizes(nodes)
    size_of = dict(zip(nodes["node"], sizes, strict=True))
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "causal-network"}):
        figure = Figure(figsize=(11, 8), facecolor=LIGHT.background)
        axes = figure.add_axes((0.02, 0.14, 0.96, 0.8))
        axes.set_axis_off()
        x, y = nodes["x"].to_numpy(), nodes["y"].to_numpy()
        axes.set_xlim(x.min(initial=0) - 0.8, x.max(initial=1) + 0.8)
        axes.set_ylim(y.min(initial=0) - 0.8, y.max(initial=1) + 0.8)
        axes.set_aspect("equal")
        for group in edge_groups(edges):
            _draw_group(axes, group, place, size_of)
        _draw_nodes(axes, nodes, sizes)
        axes.legend(
            handles=_handles(edges),
            loc="upper left",
            bbox_to_anchor=(0, 0),
            ncols=4,
            frameon=False,
            fontsize=8,
        )
        figure.text(0.02, 0.96, title, fontsize=12)
        figure.text(0.02, 0.015, caption, fontsize=7, color=LIGHT.muted_text, wrap=True)
        buffer = io.StringIO()
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Title": title})
    return buffer.getvalue()


def _draw_group(
    axes: Any, group: EdgeGroup, place: dict[str, tuple[float, float]], size_of: dict[str, float]
) -> None:
    """Draw the edges of one group."""
    colour = LIGHT.muted_text if group.is_faint else sign_colour(group.sign, LIGHT)
    heads = {1: "-|>,head_width=0.3,head_length=0.5", -1: "-[,widthB=0.5,lengthB=0"}
    style = heads.get(group.sign, "-") if group.is_directed else "-"
    for first, second in zip(group.edges["regulator"], group.edges["target"], strict=True):
        axes.annotate(
            "",
            xy=place[second],
            xytext=place[first],
            arrowprops={
                "arrowstyle": style,
                "color": colour,
                "alpha": 0.35 if group.is_faint else 0.85,
                "linewidth": group.width * 0.8,
                "linestyle": _MATPLOTLIB_DASHES[group.kind],
                "shrinkA": 0,
                "shrinkB": size_of[second] * 0.4 + 1,
            },
            zorder=1,
        )
        if group.verdict == "contradicted":
            middle = np.mean([place[first], place[second]], axis=0)
            axes.plot(*middle, marker="x", color=LIGHT.text, markersize=6, zorder=2)


def _draw_nodes(axes: Any, nodes: pd.DataFrame, sizes: np.ndarray) -> None:
    """Draw the genes and their names."""
    is_here = nodes["in_context"].to_numpy(dtype=bool)
    fill = np.where(nodes["role"] == "chosen", LIGHT.accent, LIGHT.other)
    for marker, is_factor in (("D", True), ("o", False)):
        part = nodes["is_factor"].to_numpy(dtype=bool) == is_factor
        axes.scatter(
            nodes["x"][part],
            nodes["y"][part],
            s=(sizes[part] * 0.7) ** 2,
            marker=marker,
            c=np.where(is_here, fill, LIGHT.background)[part],
            edgecolors=np.where(is_here, LIGHT.background, fill)[part],
            zorder=3,
        )
    for row in np.flatnonzero(labelled(nodes)):
        axes.annotate(
            str(nodes["node"].iloc[row]),
            (nodes["x"].iloc[row], nodes["y"].iloc[row]),
            xytext=(0, sizes[row] * 0.35 + 2),
            textcoords="offset points",
            ha="center",
            fontsize=7,
            zorder=4,
        )


def _handles(edges: pd.DataFrame) -> list[Line2D]:
    """Entries of the legend."""
    text = LIGHT.text
    kinds = [
        Line2D([], [], color=text, linestyle=style, label=f"{kind} ({n})")
        for kind, style in _MATPLOTLIB_DASHES.items()
        if (n := int((edges["kind"] == kind).sum()))
    ]
    signs = [
        Line2D([], [], color=sign_colour(sign, LIGHT), label=label, marker=marker)
        for sign, label, marker in ((1, "activates", ">"), (-1, "inhibits", "|"))
    ]
    verdicts = [
        Line2D([], [], color=LIGHT.muted_text, linewidth=width * 0.8, label=f"{verdict} ({n})")
        for verdict, width in WIDTHS.items()
        if (n := int((edges["verdict"] == verdict).sum())) and verdict != "no claim"
    ]
    shapes = [
        Line2D([], [], linestyle="", marker=marker, color=colour, label=label)
        for label, marker, colour in (
            ("transcription factor", "D", LIGHT.other),
            ("chosen", "o", LIGHT.accent),
        )
    ]
    return [*kinds, *signs, *verdicts, *shapes]
