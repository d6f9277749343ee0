"""Network files: a causal network as GraphML, SIF and CX2, as other programs read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import networkx as nx
import numpy as np

from musegnn.analysis.causal.causal_network import CausalNetwork
from musegnn.analysis.choices import CO_EXPRESSED
from musegnn.io.cx2 import cx2_document, plain_values
from musegnn.validation import check_choice, writable

FORMATS: Final = ("graphml", "sif", "cx2")
_SCALE: Final = 90.0  # pixels of Cytoscape for one unit of the layout


def write_network(
    network: CausalNetwork, file_format: str, *, positions: np.ndarray, about: Mapping[str, str]
) -> bytes:
    """Write a network in one of `FORMATS`.

    Parameters
    ----------
    network
        The network.
    file_format
        One of `FORMATS`.
    positions
        `(n, 2)` places of the nodes; used by CX2.
    about
        Facts about the whole network, such as atlas, configuration and context.

    Raises
    ------
    InputError
        If the format is unknown.
    """
    check_choice(file_format, FORMATS, name="format")
    if file_format == "graphml":
        return graphml(network, about)
    if file_format == "sif":
        return sif(network)
    return cx2(network, positions, about)


def interaction(edge: Mapping[str, Any]) -> str:
    """Name what an edge says: activates, inhibits, regulates, co-expressed with."""
    if edge["kind"] == CO_EXPRESSED:
        return "co-expressed with"
    verb = {1: "activates", -1: "inhibits"}.get(int(edge["sign"]), "regulates")
    return verb if edge["is_directed"] else f"{verb} (direction not determined)"


def graphml(network: CausalNetwork, about: Mapping[str, str]) -> bytes:
    """Write GraphML with every column as an attribute.

    The graph is directed; an edge without direction says so in `is_directed`. A pair of genes that
    regulate each other has two edges.
    """
    graph = nx.DiGraph(**plain_values(about))
    for record in network.nodes.to_dict("records"):
        graph.add_node(writable(record.pop("node")), **plain_values(record))
    for record in network.edges.to_dict("records"):
        first, second = (writable(record.pop(end)) for end in ("regulator", "target"))
        graph.add_edge(first, second, interaction=interaction(record), **plain_values(record))
    return ("\n".join(nx.generate_graphml(graph)) + "\n").encode("utf-8")


def sif(network: CausalNetwork) -> bytes:
    """Write the simple interaction format: gene, what it does, gene; genes alone at the end."""
    lines, joined = [], set()
    for record in network.edges.to_dict("records"):
        joined |= {record["regulator"], record["target"]}
        first, second = (writable(record[end], in_a_line=True) for end in ("regulator", "target"))
        lines.append(f"{first}\t{interaction(record).replace(' ', '-')}\t{second}")
    alone = [name for name in network.nodes["node"] if name not in joined]
    lines += [writable(name, in_a_line=True) for name in alone]
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def cx2(network: CausalNetwork, positions: np.ndarray, about: Mapping[str, str]) -> bytes:
    """Write CX2, see `musegnn.io.cx2.cx2_document`."""
    nodes = network.nodes.to_dict("records")
    edges = network.edges.to_dict("records")
    number = {record["node"]: i for i, record in enumerate(nodes)}
    node_rows: list[dict[str, Any]] = [
        {
            "id": i,
            "x": round(float(positions[i, 0]) * _SCALE, 2),
            "y": round(float(-positions[i, 1]) * _SCALE, 2),  # downwards there
            "v": {
                "name": record["node"],
                **plain_values({k: record[k] for k in record if k != "node"}),
            },
        }
        for i, record in enumerate(nodes)
    ]
    edge_rows: list[dict[str, Any]] = [
        {
            "id": i,
            "s": number[record["regulator"]],
            "t": number[record["target"]],
            "v": {
                "interaction": interaction(record),
                **plain_values({k: record[k] for k in record if k not in {"regulator", "target"}}),
            },
        }
        for i, record in enumerate(edges)
    ]
    return cx2_document(node_rows, edge_rows, {"name": "causal network", **about})
