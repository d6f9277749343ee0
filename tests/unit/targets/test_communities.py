"""Communities: names by enrichment against SciPy, odd companions, parts, files by the CX2 rules."""

from __future__ import annotations

import json
from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from musegnn.errors import InputError
from musegnn.targets.communities import (
    UNNAMED,
    enriched_groups,
    find_communities,
    name_communities,
    odd_companions,
)
from musegnn.targets.network import PharmacologicalNetwork
from musegnn.targets.network_files import as_cx2, write_network
from musegnn.targets.network_parts import community_part, find_node, near_part, place_nodes


def make_network():
    """Two communities of ten compounds with a use each; one of the second is a stranger."""
    nodes, edges = [], []
    for community, (atc, use) in enumerate(
        [("N06AA01", "depression"), ("C09AA01", "hypertension")]
    ):
        genes = [f"G{community}{n}" for n in range(3)]
        for n in range(10):
            key = f"C{community}{n}"
            nodes.append(
                (key, "compound", f"drug {key}", atc, f"blocker {community}", use, community)
            )
            edges += [
                (key, gene, 1.0, rank + 1, rank + 1, rank > 0) for rank, gene in enumerate(genes)
            ]
        nodes += [(gene, "target", gene, "", "", "", community) for gene in genes]
    nodes.append(("STRANGE", "compound", "strange & <odd>", "R06AB01", "", "allergy", 1))
    edges.append(("STRANGE", "G11", 0.5, 2, 9, False))
    nodes.append(("LONELY", "compound", "lonely", "", "", "", 2))
    nodes.append(("G20", "target", "G20", "", "", "", 2))
    edges.append(("LONELY", "G20", 0.1, 1, 1, False))
    columns = ["id", "kind", "name", "atc", "mechanism", "indication", "community"]
    table = pd.DataFrame(nodes, columns=columns)
    ends = ["compound", "target", "score", "rank", "rank_of_compound", "known"]
    groups = enriched_groups(table)
    named = name_communities(table, groups)
    table["community_name"] = table["community"].map(named.set_index("community")["name"])
    links = pd.DataFrame(edges, columns=ends)
    keys = list(table["id"][table["kind"] == "compound"])
    likeness = pd.DataFrame(0.2, index=keys, columns=keys)
    likeness.loc["STRANGE", "C13"] = 0.4
    agreement = pd.DataFrame({"level": [2], "pairs": [9], "observed": [0.5], "expected": [0.1]})
    odd = odd_companions(table, links, groups, named, likeness)
    return PharmacologicalNetwork(table, links, agreement, 0.6, 0.3, named, groups, odd)


@pytest.fixture(scope="module")
def network():
    return make_network()


def test_two_cliques_are_two_communities_and_the_same_each_time():
    left, right = [f"a{n}" for n in range(6)], [f"b{n}" for n in range(5)]
    edges = [*combinations(left, 2), *combinations(right, 2), ("a0", "b0")]
    found = find_communities([*right, *left], edges, seed=3)
    assert found == [set(left), set(right)]
    graph = nx.les_miserables_graph()
    first, again = (find_communities(list(graph), list(graph.edges), seed=1) for _ in range(2))
    assert first == again
    # as good as another program's
    louvain = nx.community.louvain_communities(graph, seed=0, weight=None)
    quality = nx.community.modularity
    assert quality(graph, first, weight=None) >= quality(graph, louvain, weight=None) - 0.01


def test_groups_are_tested_as_fisher_would_and_name_the_community(network):
    row = network.groups[
        (network.groups["kind"] == "ATC level 2")
        & (network.groups["group"] == "C09")
        & (network.groups["community"] == 1)
    ].iloc[0]
    assert tuple(row[["hits", "inside", "of", "background"]]) == (10, 11, 10, 21)
    expected = fisher_exact([[10, 1], [0, 10]], alternative="greater").pvalue
    assert row["p"] == pytest.approx(expected)
    named = network.communities.set_index("community")
    assert named.loc[0, "name"] == "ATC N06"
    assert named.loc[1, "name"] == "blocker 1"  # all of ten, while the stranger has a code too
    assert named.loc[1, "indications"] == "hypertension"
    assert named.loc[2, "name"] == UNNAMED
    assert np.isnan(named.loc[2, "q"])


def test_groups_without_a_member_count_in_q():
    nodes = make_network().nodes
    groups = enriched_groups(nodes)
    tested = 0
    for level in (3, 4):
        codes = nodes["atc"].str[:level]
        tested += 3 * int((codes[codes != ""].value_counts() >= 3).sum())
    for column in ("mechanism", "indication"):
        own = nodes[column]
        tested += 3 * int((own[own != ""].value_counts() >= 3).sum())
    best = groups.iloc[0]
    ties = int((groups["p"] <= best["p"] * (1 + 1e-9)).sum())
    assert best["q"] == pytest.approx(best["p"] * tested / ties)


def test_a_stranger_is_listed_with_its_evidence_and_nobody_else(network):
    assert network.odd["compound"].tolist() == ["STRANGE"]
    row = network.odd.iloc[0]
    assert row["targets"] == "G11"
    assert row["n_companions"] == 10
    assert row["likest"] == 0.4
    assert row["community_name"] == "blocker 1"


def test_parts_hold_what_they_say(network):
    part = community_part(network, 0)
    assert set(part.nodes["community"]) == {0}
    assert len(part.edges) == 30
    near, more = near_part(network, "STRANGE", most=5)
    assert near.nodes["id"].isin(["STRANGE", "G11"]).sum() == 2
    assert len(near.nodes) == 5
    assert more == 12 - 5
    assert find_node(network, "g20") == "G20"
    with pytest.raises(InputError, match="Expected a compound or a target of the network"):
        near_part(network, "nosuch")
    with pytest.raises(InputError, match="from 0 to 2"):
        community_part(network, 7)


def test_places_are_the_same_and_apart(network):
    first, again = (place_nodes(network.nodes, network.edges) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert len({tuple(place) for place in first}) == len(first)


def test_cx2_follows_the_rules_of_the_format(network):
    document = json.loads(as_cx2(network))
    assert document[0] == {"CXVersion": "2.0", "hasFragments": False}
    assert document[-1] == {"status": [{"success": True, "error": ""}]}
    aspects = [next(iter(part)) for part in document[1:-1]]
    assert aspects[0] == "metaData"
    assert all(len(part) == 1 for part in document[1:])
    content = {name: part[name] for name, part in zip(aspects, document[1:-1], strict=True)}
    told = {entry["name"]: entry["elementCount"] for entry in content["metaData"]}
    assert told == {name: len(content[name]) for name in aspects[1:]}
    assert aspects.index("attributeDeclarations") < aspects.index("nodes") < aspects.index("edges")
    ids = [node["id"] for node in content["nodes"]]
    assert len(set(ids)) == len(ids) == len(network.nodes)
    assert all(isinstance(number, int) for number in ids)
    types = {"string": str, "integer": int, "double": float, "boolean": bool}
    (declared,) = content["attributeDeclarations"]
    for aspect in ("nodes", "edges"):
        for element in content[aspect]:
            for name, value in element["v"].items():
                assert isinstance(value, types[declared[aspect][name]["d"]]), name
    for edge in content["edges"]:
        assert {edge["s"], edge["t"]} <= set(ids)
        assert set(edge) == {"id", "s", "t", "v"}
    assert len({edge["id"] for edge in content["edges"]}) == len(network.edges)
    (style,) = content["visualProperties"]
    assert set(style) == {"default", "nodeMapping", "edgeMapping"}
    lines = style["edgeMapping"]["EDGE_LINE_STYLE"]["definition"]
    assert {entry["v"]: entry["vp"] for entry in lines["map"]} == {
        "curated": "solid",
        "predicted": "dashed",
    }
    kinds = {edge["v"]["kind"] for edge in content["edges"]}
    assert kinds == {"curated", "predicted"}
    for mapping in (*style["nodeMapping"].values(), *style["edgeMapping"].values()):
        assert mapping["type"] in {"DISCRETE", "CONTINUOUS", "PASSTHROUGH"}
    with pytest.raises(InputError, match="format"):
        write_network(network, "sif")
