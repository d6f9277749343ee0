"""The network of planted drugs: families fall together, and chance is kept apart."""

from __future__ import annotations

import io
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from musegnn.errors import InputError
from musegnn.screens.drugs.view_network import link_to, name_of
from musegnn.targets.network import build_network, mutual_best, rewired
from musegnn.targets.network_files import as_graphml
from musegnn.targets.opening import fit_predictor


@pytest.fixture(scope="module")
def predictor(drugs, drug_store):
    return fit_predictor(drugs, drug_store)


@pytest.fixture(scope="module")
def network(predictor):
    return build_network(predictor, top=3)


def test_pairs_are_the_best_of_each_other_by_a_plain_loop():
    scores = np.random.default_rng(0).random((12, 7))
    rows, columns, ranks, of_compounds = mutual_best(scores, 2)
    expected = []
    for row in range(12):
        for column in range(7):
            of_row = 1 + (scores[row] > scores[row, column]).sum()
            of_column = 1 + (scores[:, column] > scores[row, column]).sum()
            if of_row <= 2 and of_column <= 2:
                expected.append((row, column, of_row, of_column))
    assert list(zip(rows, columns, ranks, of_compounds, strict=True)) == expected


def test_a_rewiring_keeps_every_degree_and_moves_edges():
    start = np.random.default_rng(1).random((20, 15)) < 0.2
    found = rewired(start, np.random.default_rng(2))
    np.testing.assert_array_equal(found.sum(axis=0), start.sum(axis=0))
    np.testing.assert_array_equal(found.sum(axis=1), start.sum(axis=1))
    assert (found != start).any()


def test_families_are_communities_named_by_their_group_and_agree_above_chance(network):
    compounds = network.nodes[network.nodes["kind"] == "compound"]
    for _, own in compounds[compounds["atc"] != ""].groupby("community"):
        assert own["atc"].str[:3].nunique() == 1
    assert network.nodes["community_name"].str.contains("ATC|inhibitor").any()
    assert network.modularity > network.modularity_by_chance
    assert network.edges["known"].mean() > 0.5
    assert set(network.agreement["level"]) == {1, 2, 3}
    assert network.odd.empty


def test_graphml_holds_every_node_and_edge(network):
    graph = nx.read_graphml(io.BytesIO(as_graphml(network)))
    assert graph.number_of_nodes() == len(network.nodes)
    assert graph.number_of_edges() == len(network.edges)
    kinds = {data["kind"] for _, _, data in graph.edges(data=True)}
    assert kinds <= {"curated", "predicted"}


def test_the_same_seed_gives_the_same_network_and_none_is_told(network, predictor):
    again = build_network(predictor, top=3)
    assert as_graphml(again) == as_graphml(network)
    with pytest.raises(InputError, match="found none"):
        build_network(predictor, top=0)


def test_nodes_of_one_name_are_told_apart_and_one_without_a_name_can_be_asked_for(predictor):
    first, second, third = sorted(set(build_network(predictor, top=3).edges["compound"]))[:3]
    about = predictor.data.compounds.copy()
    keys = {first: "AAAAAAAAAAAAAA"}  # a compound of which an InChIKey is all that is known
    about.loc[[second, third], "name"] = "two salts"
    data = replace(predictor.data, compounds=about)
    network = build_network(replace(predictor, data=data), top=3)
    names = network.nodes.set_index("id")["name"]
    assert names.is_unique
    for key in (second, third):
        assert names[key] == f"two salts {key}"
        assert link_to(network, names[key]) == key
        assert name_of(network, key) == names[key]
    assert link_to(network, names[first]) == names[first]
    assert name_of(network, "no such") is None
    bare = replace(
        network,
        nodes=network.nodes.replace({"id": keys, "name": {names[first]: "CH4, no name"}}),
    )
    assert link_to(bare, "CH4, no name") == "AAAAAAAAAAAAAA"
