"""Ego network: one gene, its neighbours, and what joins them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import networkx as nx
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import LIGHT, Ground, layout_on

# line style carries the meaning, so it survives print and colour blindness
_DASHES: Final = {"co-expressed": "solid", "known elsewhere": "dash", "embedding only": "dot"}
_RADII: Final = (1.0, 0.72)  # neighbours take turns, so that labels side by side have room


def network_positions(nodes: pd.DataFrame) -> np.ndarray:
    """Place the gene in the middle and its neighbours around it, clockwise by rank from the top.

    The picture follows the order of the table and is the same each time. A force-directed layout
    was tried: the neighbourhoods are so dense that it piles the labels on each other.

    Parameters
    ----------
    nodes
        Column `node`; the first row is the gene in the middle, the others follow by rank.

    Returns
    -------
    `(n, 2)` coordinates in [-1, 1] in the order of `nodes`.
    """
    graph = nx.Graph()
    graph.add_nodes_from(nodes["node"].iloc[1:])
    places = nx.circular_layout(graph)
    positions = np.zeros((len(nodes), 2))
    for i, node in enumerate(nodes["node"].iloc[1:]):
        x, y = places[node]
        # circular_layout starts on the right and turns left; one neighbour is put on the centre
        place = (y, x) if len(nodes) > 2 else (0.0, 1.0)
        positions[i + 1] = np.multiply(place, _RADII[i % 2] if len(nodes) > 9 else 1.0)
    return positions


def plot_ego_network(nodes: pd.DataFrame, edges: pd.DataFrame, *, on: Ground = LIGHT) -> go.Figure:
    """Draw the network of a gene.

    Parameters
    ----------
    nodes
        `node` (id), `gene`, `context`, `is_query`.
    edges
        `source`, `target`, `kind` (`co-expressed`, `known elsewhere` or `embedding only`),
        `cosine`.
    on
        Ground of the picture.

    Returns
    -------
    Figure with one trace a group of edges, then the nodes; SVG, no WebGL.
    """
    positions = network_positions(nodes)
    place = dict(zip(nodes["node"], positions, strict=True))
    traces: list[dict[str, Any]] = []
    for group in _edge_groups(nodes, edges):
        x, y = _segments(group.edges, place)
        traces.append(
            {
                "type": "scatter",
                "x": x,
                "y": y,
                "mode": "lines",
                "name": f"{group.label} ({len(group.edges)})",
                "line": {"color": on.muted_text, "width": group.width, "dash": _DASHES[group.kind]},
                "opacity": group.opacity,
                "hoverinfo": "skip",
            }
        )
    is_query = nodes["is_query"].to_numpy(dtype=bool)
    traces.append(
        {
            "type": "scatter",
            "x": positions[:, 0],
            "y": positions[:, 1],
            "mode": "markers+text",
            "text": nodes["gene"].to_numpy(),
            "textposition": "top center",
            "textfont": {"color": on.text, "size": np.where(is_query, 15, 12)},
            "marker": {
                "size": np.where(is_query, 20, 12),
                "color": np.where(is_query, on.accent, on.other),
                "line": {"color": on.background, "width": 1.5},
            },
            "hovertext": nodes["node"].to_numpy(),
            "hoverinfo": "text",
            "showlegend": False,
        }
    )
    return go.Figure(
        traces,
        layout=layout_on(
            on,
            height=430,
            margin=(10, 10, 10, 10),
            legend={"orientation": "h", "y": -0.02, "x": 0, "font": {"size": 11}},
            hovermode="closest",
            dragmode="pan",
            xaxis={"visible": False, "range": [-1.25, 1.25]},
            yaxis={"visible": False, "range": [-1.15, 1.25]},
        ),
    )


@dataclass(frozen=True)
class _EdgeGroup:
    """Edges drawn alike."""

    kind: str
    label: str
    edges: pd.DataFrame
    width: float
    opacity: float


def _edge_groups(nodes: pd.DataFrame, edges: pd.DataFrame) -> list[_EdgeGroup]:
    """Edges among neighbours first and faint, then those of the gene itself."""
    is_own = edges["source"] == (nodes["node"].iloc[0] if len(nodes) else "")
    groups = []
    among = edges[~is_own]
    if len(among):
        groups.append(_EdgeGroup("co-expressed", "co-expressed neighbours", among, 0.8, 0.3))
    for kind in _DASHES:
        own = edges[is_own & (edges["kind"] == kind)]
        if len(own):
            groups.append(_EdgeGroup(kind, kind, own, 2.0, 0.95))
    return groups


def _segments(
    edges: pd.DataFrame, place: dict[str, np.ndarray]
) -> tuple[list[float | None], list[float | None]]:
    """Line segments with a gap after each edge."""
    x: list[float | None] = []
    y: list[float | None] = []
    for source, target in zip(edges["source"], edges["target"], strict=True):
        x += [float(place[source][0]), float(place[target][0]), None]
        y += [float(place[source][1]), float(place[target][1]), None]
    return x, y
