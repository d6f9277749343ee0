import io
import json

import networkx as nx
import numpy as np
import pytest

from musegnn.analysis.causal.causal_network import NetworkRequest, build_network
from musegnn.analysis.causal.causal_question import load_sources
from musegnn.analysis.causal.network_files import FORMATS, cx2, graphml, sif, write_network
from musegnn.analysis.causal.network_layout import network_positions
from musegnn.errors import InputError
from musegnn.knowledge.store import open_store

ABOUT = {"atlas": "synthetic", "config_hash": "3f9a2c7d"}


@pytest.fixture(scope="module")
def network(atlas, causal_knowledge):
    sources = load_sources(atlas, open_store(causal_knowledge), "pancreas_human", least="C")
    request = NetworkRequest(("INS", "PAX6", "MAFA", "GCG", "ALB"), "pancreas_human", query="all")
    return build_network(request, sources)


@pytest.fixture(scope="module")
def positions(network):
    return network_positions(network.nodes, network.edges)


def test_networkx_reads_the_graphml_back(network):
    graph = nx.read_graphml(io.BytesIO(graphml(network, ABOUT)))
    assert graph.is_directed()
    assert graph.graph["config_hash"] == "3f9a2c7d"
    assert list(graph.nodes) == network.nodes["node"].tolist()
    assert graph.number_of_edges() == len(network.edges)
    for row in network.edges.to_dict("records"):
        found = graph.edges[row["regulator"], row["target"]]
        for name in ("kind", "verdict", "sign", "is_directed", "score", "agree"):
            assert found[name] == row[name]
        assert ("statistic" in found) == (not np.isnan(row["statistic"]))
    node = graph.nodes["PAX6"]
    assert node["is_factor"] is True


def test_sif_names_every_edge_and_every_lonely_gene(network):
    lines = [line.split("\t") for line in sif(network).decode().splitlines()]
    edges = {(parts[0], parts[2]): parts[1] for parts in lines if len(parts) == 3}
    assert len(edges) == len(network.edges)
    assert edges["PAX6", "INS"] == "activates"
    assert set(edges.values()) <= {"activates", "inhibits", "regulates", "co-expressed-with"}
    joined = {name for pair in edges for name in pair}
    alone = {parts[0] for parts in lines if len(parts) == 1}
    assert joined | alone == set(network.nodes["node"])
    assert not joined & alone


def test_cx2_has_the_structure_of_its_specification(network, positions):
    document = json.loads(cx2(network, positions, ABOUT))
    assert document[0] == {"CXVersion": "2.0", "hasFragments": False}
    assert document[-1] == {"status": [{"success": True, "error": ""}]}
    aspects = {name: rows for part in document[2:-1] for name, rows in part.items()}
    meta = {entry["name"]: entry["elementCount"] for entry in document[1]["metaData"]}
    assert meta == {name: len(rows) for name, rows in aspects.items()}
    assert list(aspects) == ["attributeDeclarations", "networkAttributes", "nodes", "edges"]
    assert aspects["networkAttributes"][0]["atlas"] == "synthetic"

    names = {"string": str, "integer": int, "double": float, "boolean": bool}
    declared = aspects["attributeDeclarations"][0]
    for aspect in ("nodes", "edges"):
        ids = [row["id"] for row in aspects[aspect]]
        assert ids == list(range(len(ids)))
        for row in aspects[aspect]:
            for key, value in row["v"].items():
                assert type(value) is names[declared[aspect][key]["d"]]
    assert [row["v"]["name"] for row in aspects["nodes"]] == network.nodes["node"].tolist()
    by_id = {row["id"]: row["v"]["name"] for row in aspects["nodes"]}
    pairs = [(by_id[row["s"]], by_id[row["t"]]) for row in aspects["edges"]]
    expected = network.edges[["regulator", "target"]].to_numpy().tolist()
    assert [list(pair) for pair in pairs] == expected
    assert len({(row["x"], row["y"]) for row in aspects["nodes"]}) == len(by_id)


def test_a_network_without_edges_can_be_written(network, positions):
    import dataclasses

    empty = dataclasses.replace(network, edges=network.edges.iloc[:0])
    for name in FORMATS:
        assert write_network(empty, name, positions=positions, about=ABOUT)
    assert "edges" not in {key for part in json.loads(cx2(empty, positions, ABOUT)) for key in part}


def test_an_unknown_format_is_refused(network, positions):
    with pytest.raises(InputError, match="Expected `format` to be one of graphml, sif, cx2"):
        write_network(network, "xlsx", positions=positions, about=ABOUT)
