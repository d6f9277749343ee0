"""Causal network: arrows that say what is known, what is guessed, and how sure either is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.parts.network_figure import dress_network, place_names
from musegnn.screens.shell.theme import INVISIBLE, LIGHT, Ground, palette

# line style and arrow head carry the meaning, so it survives print and colour blindness
DASHES: Final = {"curated": "solid", "inferred": "dash", "co-expressed": "dot"}
WIDTHS: Final = {
    "established": 3.4,
    "supported": 2.2,
    "suggested": 1.3,
    "contradicted": 2.2,
    "no claim": 0.8,
}
SIGNS: Final = {1: "activates", -1: "inhibits", 0: "sign unknown"}
_SYMBOLS: Final = {1: "arrow", -1: "line-ew", 0: "circle"}
LABELLED: Final = 90  # nodes that may have a name in the picture; others name themselves on hover
_HEIGHT, _LETTERS = 620, 11  # pixels
_SMALLEST, _LARGEST = 9.0, 24.0  # of a node, pixels


@dataclass(frozen=True)
class EdgeGroup:
    """Edges drawn alike.

    Parameters
    ----------
    kind, sign, verdict, is_directed
        What they have in common.
    edges
        The edges.
    """

    kind: str
    sign: int
    verdict: str
    is_directed: bool
    edges: pd.DataFrame

    @property
    def is_faint(self) -> bool:
        """True for edges that claim nothing."""
        return self.kind == "co-expressed"

    @property
    def width(self) -> float:
        """Width of the lines in pixels."""
        return WIDTHS[self.verdict]


def plot_causal_network(
    nodes: pd.DataFrame, edges: pd.DataFrame, *, on: Ground = LIGHT, lit: str = ""
) -> go.Figure:
    """Draw a causal network.

    Parameters
    ----------
    nodes
        `node`, `x`, `y`, `role` ("chosen" or "added"), `is_factor`, `in_context`, `degree`.
    edges
        `regulator`, `target`, `kind` (a key of `DASHES`), `sign`, `verdict` (a key of `WIDTHS`),
        `is_directed`.
    on
        Ground of the picture.
    lit
        `regulator|target` of one edge to mark; "" for none.

    Returns
    -------
    Figure of SVG traces: edges by kind, sign and verdict, then nodes.
    """
    place = node_places(nodes)
    sizes = node_sizes(nodes)
    size_of = dict(zip(nodes["node"], sizes, strict=True))
    figure = go.Figure()
    for group in edge_groups(edges):
        figure.add_scatter(**_edge_trace(group, place, size_of, on))
    _add_middles(figure, edges, place, on)
    if lit:
        _add_lit(figure, lit, place, on)
    _add_nodes(figure, nodes, sizes, on)
    _add_legend(figure, nodes, edges, on)
    return dress_network(figure, on, height=_HEIGHT)


def sign_colour(sign: int, on: Ground) -> str:
    """Colour of a sign: blue activates, vermilion inhibits, grey is unknown."""
    colours = palette(4, on=on)
    return {1: colours[0] if not on.is_dark else "#56B4E9", -1: colours[3]}.get(sign, on.muted_text)


def node_sizes(nodes: pd.DataFrame) -> np.ndarray:
    """Diameter of each node in pixels, by the root of its degree."""
    degree = nodes["degree"].to_numpy(dtype=float)
    largest = max(float(degree.max(initial=0)), 1.0)
    return _SMALLEST + (_LARGEST - _SMALLEST) * np.sqrt(degree / largest)


def name_nodes(nodes: pd.DataFrame, sizes: np.ndarray) -> tuple[list[str], list[str]]:
    """Names of nodes that the picture shows, and where: those of the largest degree first."""
    order = np.lexsort((nodes["node"].to_numpy(dtype=str), -nodes["degree"].to_numpy()))
    names = np.full(len(nodes), "", dtype=object)
    names[order[:LABELLED]] = nodes["node"].to_numpy(dtype=object)[order[:LABELLED]]
    return place_names(
        nodes["x"],
        nodes["y"],
        names=names.tolist(),
        sizes=sizes,
        order=order[:LABELLED],
        height=_HEIGHT,
        letters=_LETTERS,
    )


def node_places(nodes: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Place of each node."""
    return {
        str(name): (float(x), float(y))
        for name, x, y in zip(nodes["node"], nodes["x"], nodes["y"], strict=True)
    }


def edge_groups(edges: pd.DataFrame) -> Iterator[EdgeGroup]:
    """Edges that are drawn alike, faint ones first."""
    columns = ["kind", "sign", "verdict", "is_directed"]
    found = dict(iter(edges.groupby(columns, sort=True, observed=True)))
    for kind in reversed(DASHES):
        for (name, sign, verdict, is_directed), part in found.items():
            if name == kind:
                yield EdgeGroup(kind, int(sign), str(verdict), bool(is_directed), part)


def _edge_trace(
    group: EdgeGroup,
    place: dict[str, tuple[float, float]],
    size_of: dict[str, float],
    on: Ground,
) -> dict[str, Any]:
    """Lines of one group with arrow heads at the targets."""
    x: list[float | None] = []
    y: list[float | None] = []
    heads: list[float] = []
    away: list[float] = []
    for first, second in zip(group.edges["regulator"], group.edges["target"], strict=True):
        (x0, y0), (x1, y1) = place[first], place[second]
        x += [x0, x1, None]
        y += [y0, y1, None]
        heads += [0, 9 + group.width, 0] if group.sign >= 0 else [0, 11, 0]
        away += [0, size_of[second] / 2 + 1, 0]
    colour = on.muted_text if group.is_faint else sign_colour(group.sign, on)
    has_head = group.is_directed and group.sign != 0
    marker: dict[str, Any] = {
        "symbol": _SYMBOLS[group.sign],
        "size": heads,
        "standoff": away,
        "angleref": "previous",
        "color": colour,
        "line": {"color": colour, "width": 3 if group.sign < 0 else 0},
    }
    return {
        "x": x,
        "y": y,
        "mode": "lines+markers" if has_head else "lines",
        "line": {"color": colour, "width": group.width, "dash": DASHES[group.kind]},
        "marker": marker if has_head else None,
        "opacity": 0.35 if group.is_faint else 0.85,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _add_middles(
    figure: go.Figure, edges: pd.DataFrame, place: dict[str, tuple[float, float]], on: Ground
) -> None:
    """Let the middle of each edge tell what it is; a cross marks contradicted ones."""
    if edges.empty:
        return
    ends = np.array(
        [
            (*place[first], *place[second])
            for first, second in zip(edges["regulator"], edges["target"], strict=True)
        ]
    )
    x, y = (ends[:, 0] + ends[:, 2]) / 2, (ends[:, 1] + ends[:, 3]) / 2
    texts = [edge_text(record) for record in edges.to_dict("records")]
    is_wrong = (edges["verdict"] == "contradicted").to_numpy()
    figure.add_scatter(
        x=x,
        y=y,
        mode="markers",
        marker={
            "symbol": np.where(is_wrong, "x-thin", "circle"),
            "size": np.where(is_wrong, 9, 8),
            "color": INVISIBLE,
            "line": {"width": np.where(is_wrong, 2.5, 0), "color": on.text},
        },
        hovertext=texts,
        customdata=[
            f"edge:{a}|{b}" for a, b in zip(edges["regulator"], edges["target"], strict=True)
        ],
        hoverinfo="text",
        showlegend=False,
    )


def edge_text(edge: dict[str, Any]) -> str:
    """Say in one line what an edge is."""
    arrow = "\u2192" if edge["is_directed"] else "\u2013"
    sign = "" if edge["kind"] == "co-expressed" else f", {SIGNS[int(edge['sign'])]}"
    return f"{edge['regulator']} {arrow} {edge['target']}: {edge['kind']}{sign}, {edge['verdict']}"


def _add_lit(
    figure: go.Figure, lit: str, place: dict[str, tuple[float, float]], on: Ground
) -> None:
    """Mark the edge that the user selected."""
    first, _, second = lit.partition("|")
    if first in place and second in place:
        (x0, y0), (x1, y1) = place[first], place[second]
        figure.add_scatter(
            x=[x0, x1],
            y=[y0, y1],
            mode="lines",
            line={"color": on.accent, "width": 7},
            opacity=0.45,
            hoverinfo="skip",
            showlegend=False,
        )


def _add_nodes(figure: go.Figure, nodes: pd.DataFrame, sizes: np.ndarray, on: Ground) -> None:
    """Draw the genes: diamonds are transcription factors, open ones are not in this context."""
    names, places = name_nodes(nodes, sizes)
    is_chosen = (nodes["role"] == "chosen").to_numpy()
    is_here = nodes["in_context"].to_numpy(dtype=bool)
    fill = np.where(is_chosen, on.accent, on.other)
    figure.add_scatter(
        x=nodes["x"],
        y=nodes["y"],
        mode="markers+text",
        text=names,
        textposition=places,
        textfont={"size": _LETTERS, "color": on.text},
        marker={
            "symbol": np.where(nodes["is_factor"], "diamond", "circle"),
            "size": sizes,
            "color": np.where(is_here, fill, on.background),
            "line": {"width": 1.5, "color": np.where(is_here, on.background, fill)},
            "opacity": 1,
        },
        customdata=[f"node:{name}" for name in nodes["node"]],
        hovertext=[node_text(record) for record in nodes.to_dict("records")],
        hoverinfo="text",
        showlegend=False,
    )


def node_text(node: dict[str, Any]) -> str:
    """Say in one line what a node is."""
    parts = [
        "chosen" if node["role"] == "chosen" else "added by the query",
        "transcription factor" if node["is_factor"] else "",
        "" if node["in_context"] else "not in this model and context",
        f"{node['degree']} edges",
    ]
    return f"{node['node']}: " + ", ".join(part for part in parts if part)


def _add_legend(figure: go.Figure, nodes: pd.DataFrame, edges: pd.DataFrame, on: Ground) -> None:
    """Explain line style, arrow head, width and shape with entries that are no data."""
    line, text = on.muted_text, on.text
    for kind, dash in DASHES.items():
        n = int((edges["kind"] == kind).sum())
        if n:
            _entry(figure, f"{kind} ({n})", mode="lines", line={"dash": dash, "color": text})
    for sign, label in SIGNS.items():
        is_claim = (edges["sign"] == sign) & (edges["kind"] != "co-expressed")
        if sign and is_claim.any():
            symbol = {1: "triangle-right", -1: "line-ns"}[sign]
            colour = sign_colour(sign, on)
            marker = {"symbol": symbol, "size": 10, "color": colour, "line": {"color": colour}}
            marker["line"] = {"color": colour, "width": 3 if sign < 0 else 0}
            _entry(figure, label, mode="lines+markers", line={"color": colour}, marker=marker)
    for verdict, width in WIDTHS.items():
        n = int((edges["verdict"] == verdict).sum())
        if n and verdict != "no claim":
            has_cross = verdict == "contradicted"
            marker = {"symbol": "x-thin", "size": 8, "line": {"width": 2.5, "color": text}}
            _entry(
                figure,
                f"{verdict} ({n})",
                mode="lines+markers" if has_cross else "lines",
                line={"width": width, "color": line},
                marker=marker if has_cross else None,
            )
    shapes = {
        "transcription factor": ("diamond", on.other, nodes["is_factor"].any()),
        "chosen": ("circle", on.accent, True),
        "added by the query": ("circle", on.other, (nodes["role"] == "added").any()),
        "not in this context": ("circle-open", on.muted_text, (~nodes["in_context"]).any()),
    }
    for label, (symbol, colour, is_there) in shapes.items():
        if is_there:
            marker = {"symbol": symbol, "size": 10, "color": colour}
            _entry(figure, label, mode="markers", marker=marker)


def _entry(figure: go.Figure, name: str, **style: Any) -> None:
    """Add an entry to the legend that draws nothing."""
    figure.add_scatter(x=[None], y=[None], name=name, hoverinfo="skip", **style)
