"""The pharmacological network as files: GraphML and CX2, with all that is known of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import networkx as nx
import numpy as np

from musegnn.io.cx2 import cx2_document, plain_values
from musegnn.targets.communities import TARGET
from musegnn.targets.network import PharmacologicalNetwork
from musegnn.targets.network_parts import place_nodes
from musegnn.validation import check_choice, writable

FORMATS: Final = ("graphml", "cx2")
CURATED, PREDICTED = "curated", "predicted"
_SCALE: Final = 60.0  # pixels of Cytoscape for one unit of the layout
STYLE: Final[Mapping[str, Any]] = {
    "default": {
        "network": {"NETWORK_BACKGROUND_COLOR": "#FFFFFF"},
        "node": {"NODE_BACKGROUND_COLOR": "#0072B2", "NODE_SHAPE": "ellipse"},
        "edge": {"EDGE_LINE_STYLE": "solid", "EDGE_LINE_COLOR": "#6B7280", "EDGE_WIDTH": 2},
    },
    "nodeMapping": {
        "NODE_LABEL": {
            "type": "PASSTHROUGH",
            "definition": {"attribute": "name", "type": "string"},
        },
        "NODE_SHAPE": {
            "type": "DISCRETE",
            "definition": {
                "attribute": "kind",
                "type": "string",
                "map": [{"v": TARGET, "vp": "rectangle"}],
            },
        },
        "NODE_BACKGROUND_COLOR": {
            "type": "DISCRETE",
            "definition": {
                "attribute": "kind",
                "type": "string",
                "map": [{"v": TARGET, "vp": "#A8ADB4"}],
            },
        },
    },
    "edgeMapping": {
        "EDGE_LINE_STYLE": {
            "type": "DISCRETE",
            "definition": {
                "attribute": "kind",
                "type": "string",
                "map": [{"v": CURATED, "vp": "solid"}, {"v": PREDICTED, "vp": "dashed"}],
            },
        },
    },
}


def write_network(network: PharmacologicalNetwork, file_format: str) -> bytes:
    """Write the network, or a part of it, in one of `FORMATS`.

    Raises
    ------
    InputError
        If the format is unknown.
    """
    check_choice(file_format, FORMATS, name="format")
    return as_graphml(network) if file_format == "graphml" else as_cx2(network)


def as_graphml(network: PharmacologicalNetwork) -> bytes:
    """Write GraphML with everything that is known of nodes and edges."""
    graph = nx.Graph(**plain_values(facts_of(network)))
    for row in network.nodes.to_dict(orient="records"):
        graph.add_node(writable(str(row.pop("id"))), **plain_values(row))
    for row in network.edges.to_dict(orient="records"):
        ends = (writable(str(row.pop("compound"))), writable(str(row.pop("target"))))
        graph.add_edge(*ends, kind=kind_of(row.pop("known")), **plain_values(row))
    return ("\n".join(nx.generate_graphml(graph)) + "\n").encode("utf-8")


def as_cx2(network: PharmacologicalNetwork) -> bytes:
    """Write CX2 with places and style: curated edges solid, predicted ones dashed."""
    nodes, edges = network.nodes, network.edges
    places = place_nodes(nodes, edges)
    number = {name: at for at, name in enumerate(nodes["id"])}
    node_rows = [
        {
            "id": at,
            "x": round(float(places[at, 0]) * _SCALE, 2),
            "y": round(float(-places[at, 1]) * _SCALE, 2),  # downwards there
            "v": plain_values(row),
        }
        for at, row in enumerate(nodes.to_dict(orient="records"))
    ]
    edge_rows = []
    for at, row in enumerate(edges.to_dict(orient="records")):
        ends = {"s": number[row.pop("compound")], "t": number[row.pop("target")]}
        values = {"kind": kind_of(row.pop("known")), "interaction": "hits", **plain_values(row)}
        edge_rows.append({"id": at, **ends, "v": values})
    return cx2_document(node_rows, edge_rows, plain_values(facts_of(network)), style=STYLE)


def kind_of(known: object) -> str:
    """Name the kind of an edge."""
    return CURATED if known else PREDICTED


def facts_of(network: PharmacologicalNetwork) -> dict[str, Any]:
    """Say what the whole network is."""
    by_level = network.agreement.set_index("level")
    return {
        "name": "compounds and targets among the best of each other",
        "modularity": round(network.modularity, 4),
        "modularity_rewired": round(network.modularity_by_chance, 4),
        "atc_level_2_agreement": float(np.round(by_level["observed"].get(2, np.nan), 4)),
        "atc_level_2_by_chance": float(np.round(by_level["expected"].get(2, np.nan), 4)),
        "licence": "made of tables that may be for non-commercial use only; see the annotation",
    }
