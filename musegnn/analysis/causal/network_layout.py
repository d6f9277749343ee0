"""Network layout: where the genes of a directed network stand, the same each time."""

from __future__ import annotations

from typing import Final

import networkx as nx
import numpy as np
import pandas as pd

from musegnn.analysis.choices import CO_EXPRESSED

_SEED: Final = 0
_ITERATIONS: Final = 150
_WIDEST_ROW: Final = 14  # names in a row of a layered part
_ROW_HEIGHT: Final = 1.0
_GAP: Final = 1.4
_PULL_OF_CO_EXPRESSION: Final = 0.15  # of a pair that claims nothing, against 1 of the others
_SHAPE: Final = 1.7  # width over height of the whole picture


def network_positions(nodes: pd.DataFrame, edges: pd.DataFrame) -> np.ndarray:
    """Place the genes of a network.

    Parts that are not joined stand side by side. A part without circles is drawn in layers, what
    acts above what is acted on; other parts by springs from a fixed start. Genes without an edge
    stand in rows at the end.

    Parameters
    ----------
    nodes
        Column `node`.
    edges
        Columns `regulator`, `target`, `is_directed`, `kind`; pairs that are only co-expressed pull
        less.

    Returns
    -------
    `(n, 2)` float64 coordinates, y upwards, about one unit a gene; the same for the same input.
    """
    names = nodes["node"].astype(str).tolist()
    graph = nx.Graph()
    graph.add_nodes_from(sorted(names))
    columns = ["regulator", "target", "is_directed", "kind"]
    pairs = sorted(zip(*(edges[name] for name in columns), strict=True))
    for first, second, _, kind in pairs:
        pull = _PULL_OF_CO_EXPRESSION if kind == CO_EXPRESSED else 1.0
        graph.add_edge(*sorted((first, second)), weight=pull)
    arrows = nx.DiGraph()
    arrows.add_edges_from((first, second) for first, second, is_directed, _ in pairs if is_directed)
    joined: list[list[str]] = []
    single: list[list[str]] = []
    for part in nx.connected_components(graph):
        (joined if len(part) > 1 else single).append(sorted(part))
    joined.sort(key=lambda part: (-len(part), part[0]))
    boxes = [_place_part(part, graph, arrows) for part in joined]
    if single:
        boxes.append(_rows(sorted(name for part in single for name in part)))
    place = _pack(boxes)
    return np.array([place[name] for name in names], dtype=float).reshape(-1, 2)


def _place_part(part: list[str], graph: nx.Graph, arrows: nx.DiGraph) -> dict[str, np.ndarray]:
    """Place one joined part, in layers or by springs; corner at the origin."""
    inside = nx.DiGraph()
    inside.add_nodes_from(part)
    members = set(part)
    inside.add_edges_from(
        edge for edge in arrows.edges if edge[0] in members and edge[1] in members
    )
    is_layered = inside.number_of_edges() >= len(part) - 1 and nx.is_directed_acyclic_graph(inside)
    return _layers(inside) if is_layered else _springs(part, graph)


def _layers(arrows: nx.DiGraph) -> dict[str, np.ndarray]:
    """Place an acyclic part: a gene one layer below the lowest of what acts on it."""
    layer: dict[str, int] = {}
    for name in nx.lexicographical_topological_sort(arrows):
        above = [layer[other] for other in arrows.predecessors(name)]
        layer[name] = 1 + max(above, default=-1)
    place: dict[str, np.ndarray] = {}
    y = 0.0
    for number in range(max(layer.values()) + 1):
        row = [name for name in sorted(layer) if layer[name] == number]
        middle = {
            name: float(np.mean([place[other][0] for other in arrows.predecessors(name)] or [0.0]))
            for name in row
        }
        row.sort(key=lambda name: (middle[name], name))
        n_rows = -(-len(row) // _WIDEST_ROW)
        for line in range(n_rows):
            # genes take turns, so that neighbours in a folded row keep near their regulators
            part = row[line::n_rows]
            for i, name in enumerate(part):
                x = i - (len(part) - 1) / 2 + (0.5 if line % 2 else 0.0) * (n_rows > 1)
                place[name] = np.array([x * _ROW_HEIGHT, y])
            y -= _ROW_HEIGHT * (0.6 if line < n_rows - 1 else 1.0 + 0.5)
    return _to_corner(place)


def _springs(part: list[str], graph: nx.Graph) -> dict[str, np.ndarray]:
    """Place a part by springs that start on a circle in the order of the names."""
    inside = nx.Graph()
    inside.add_nodes_from(part)
    members = set(part)
    for first, second, pull in sorted(graph.edges(data="weight")):
        if first in members:
            inside.add_edge(first, second, weight=pull)
    place = nx.spring_layout(
        inside,
        k=1.6 / np.sqrt(len(part)),
        pos=nx.circular_layout(inside),
        iterations=_ITERATIONS,
        seed=_SEED,
        method="force",
    )
    size = _ROW_HEIGHT * np.sqrt(len(part)) * 1.1
    values = np.array([place[name] for name in part])
    spread = max(float(np.ptp(values, axis=0).max()), 1e-9)
    # rounded: the last bits depend on the machine
    scaled = np.round((values - values.min(axis=0)) / spread * size * np.array([1.4, 1.0]), 4)
    return _to_corner(dict(zip(part, scaled, strict=True)))


def _rows(names: list[str]) -> dict[str, np.ndarray]:
    """Place genes in rows."""
    width = max(1, int(np.ceil(np.sqrt(len(names) * 2))))
    place = {name: np.array([i % width * 1.0, -(i // width) * 0.8]) for i, name in enumerate(names)}
    return _to_corner(place)


def _to_corner(place: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Move a part so that its left upper corner is the origin."""
    values = np.array(list(place.values()))
    corner = np.array([values[:, 0].min(), values[:, 1].max()])
    return {name: value - corner for name, value in place.items()}


def _pack(boxes: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Put parts next to each other in rows that together are a little wider than high."""
    sizes = [np.ptp(np.array(list(box.values())), axis=0) + _GAP for box in boxes]
    area = sum(float(size[0] * size[1]) for size in sizes)
    width = max([np.sqrt(area * _SHAPE), *(size[0] for size in sizes)], default=1.0)
    place: dict[str, np.ndarray] = {}
    x = y = height = 0.0
    for box, size in zip(boxes, sizes, strict=True):
        if x > 0 and x + size[0] > width * 1.001:
            x, y, height = 0.0, y - height, 0.0
        for name, value in box.items():
            place[name] = value + np.array([x, y])
        x += float(size[0])
        height = max(height, float(size[1]))
    return place
