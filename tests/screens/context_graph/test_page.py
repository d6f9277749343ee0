"""The Context graph page: what ships alone, what is asked, and what cannot be."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from musegnn.errors import InputError
from musegnn.molecules.context_build import ContextTables, Measured, build_context
from musegnn.molecules.context_graph import GENE, MOLECULE, read_context
from musegnn.molecules.context_parts import (
    as_graphml,
    count_density,
    count_shares,
    molecules_with,
    near_part,
    walk_from,
)
from musegnn.screens.context_graph import ASKED, view_training
from musegnn.screens.context_graph import view as contexts
from musegnn.screens.context_graph.figure import plot_near
from musegnn.screens.shell.theme import ground
from tests.page_visits import texts, visit_page

PAGE = "18_Context"
KEYS = tuple(f"{letter * 14}" for letter in "ABCDE")


@pytest.fixture(scope="module")
def graph():
    """Five molecules; A and B have profiles that are alike, A hits G1 which binds G2."""
    rng = np.random.default_rng(0)
    profile = rng.normal(size=(5, 40))
    profile[1] = profile[0] + 0.01 * rng.normal(size=40)
    return build_context(
        ContextTables(
            KEYS,
            ("CCO", "CCN", "CCC", "CCCl", "CCF"),
            ("", "", "one", "two", "three"),
            np.eye(5, 8, dtype=np.uint8),
            morphology=(Measured("plate", KEYS, profile),),
            targets=((KEYS[0], "G1"), (KEYS[2], "G1")),
            interactions=(("G1", "G2"),),
        )
    )


@pytest.fixture
def open_page(atlas_folder, monkeypatch):
    def run(query=None):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
        monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
        return visit_page(PAGE, query=query)

    return run


def test_what_stands_around_a_node_is_what_edges_say(graph):
    names = list(map(str, graph.names))
    part = near_part(graph, 0, also=[names.index("G2")])
    shown = {(row.kind, row.name): row.step for row in part.nodes.itertuples(index=False)}
    assert shown[MOLECULE, KEYS[0]] == 0
    assert shown["morphology", KEYS[0]] == shown[GENE, "G1"] == 1
    assert shown[MOLECULE, KEYS[2]] == shown[GENE, "G2"] == 2
    whole = nx.Graph()
    for edges in graph.edges:
        whole.add_edges_from(zip(edges.first.tolist(), edges.second.tolist(), strict=True))
    inside = whole.subgraph(part.nodes["node"].tolist())
    drawn = {tuple(sorted(pair)) for pair in inside.edges}
    assert set(zip(part.edges["first"], part.edges["second"], strict=True)) == drawn
    read = nx.parse_graphml(as_graphml(part.nodes, part.edges).decode())
    assert read.number_of_edges() == len(drawn)
    assert read.nodes["0"]["name"] == KEYS[0]
    few = near_part(graph, names.index("G1"), of_a_kind=1)
    assert few.n_left == 1
    with pytest.raises(InputError, match="Expected a node between 0 and"):
        near_part(graph, 99)


def test_density_and_shares_are_those_of_a_count_by_hand(graph):
    rules = count_density(graph).set_index("rule")
    targets = rules.loc["known targets"]
    assert (targets["edges"], targets["pairs"]) == (2, 5 * 2)
    assert targets["density"] == pytest.approx(0.2)
    assert rules.loc["proteins that bind", "pairs"] == 1
    measured = rules.loc["morphology was measured (plate)"]
    assert (measured["edges"], measured["pairs"]) == (5, 25)
    assert np.isnan(measured["above"])
    shares = count_shares(graph).set_index("what")
    assert shares.loc["genes it hits or changes", "share"] == pytest.approx(0.4)
    assert shares.loc["morphology (plate)", "molecules"] == 5
    assert molecules_with(graph, GENE).tolist() == [0, 2]
    assert shares.loc["anything", "share"] == 1
    assert shares.loc["nothing", "molecules"] == 0


def test_a_walk_goes_along_edges_and_multiplies_their_weights(graph):
    pairs = {}
    for edges in graph.edges:
        for a, b, weight in zip(edges.first, edges.second, edges.weight, strict=True):
            pairs[int(a), int(b)] = pairs[int(b), int(a)] = float(weight)
    trail = walk_from(graph, 0, seed=3)
    assert len(trail) == 5
    steps = trail["node"].tolist()
    weights = [pairs[a, b] for a, b in pairwise(steps)]
    np.testing.assert_allclose(trail["weight"][1:], weights, rtol=1e-5)
    np.testing.assert_allclose(trail["product"], np.cumprod([1.0, *weights]), rtol=1e-5)
    others = {tuple(walk_from(graph, 0, seed=seed)["node"]) for seed in range(20)}
    assert len(others) > 1
    assert walk_from(graph, 0, seed=3).equals(trail)


def test_what_ships_gives_an_answer_without_annotation(open_page):
    page = open_page({"context_node": "dexamethasone"})
    assert not page.exception
    assert not page.error
    said = texts(page)
    assert "301 molecules stand in a graph with 1,092 signatures" in said
    assert "dexamethasone is joined with" in said
    assert "One walk from here" in said
    saved = {button.label for button in page.get("download_button")}
    assert {"As GraphML", "Edges as CSV", "Nodes as CSV"} <= saved


def test_nothing_asked_shows_an_example_and_another_walk(open_page):
    page = open_page()
    assert "An example" in texts(page)
    first = page.dataframe[0].value
    page.button(key="context_walk_next").click().run()
    assert not page.exception
    assert not page.dataframe[0].value.equals(first)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        ("density", "Likeness joins few pairs on purpose"),
        ("tables", "Known targets are missing"),
        ("training", "lose their edges first"),
    ],
)
def test_each_question_has_an_answer(open_page, ask, said):
    assert ask in ASKED
    page = open_page({"context_ask": ask})
    assert not page.exception
    assert said in texts(page)
    if ask == "density":
        shares = page.dataframe[0].value.set_index("what")["share"]
        assert shares["morphology (CPJUMP1, shipped)"] == 100


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("dexamethason", "Did you mean dexamethasone"),
        ("CCCCCCCCCCCCCO", "Bring a table that names it"),
    ],
)
def test_what_is_not_in_the_graph_is_one_sentence_and_the_field_stays(open_page, asked, said):
    page = open_page({"context_node": asked})
    assert not page.exception
    assert said in page.error[0].value
    assert "Molecule or gene" in [field.label for field in page.text_input]


@pytest.fixture(scope="module")
def shipped():
    return contexts.open_context(None)


def test_a_molecule_is_found_by_each_of_its_names(shipped):
    node = contexts.find_node(shipped, "dexamethasone")
    key = contexts.name_of(shipped, node)
    for text in ("Dexamethasone", key, f"{key}-ABCDEFGHIJ-N", shipped.graph.smiles[node]):
        assert contexts.find_node(shipped, text) == node
    gene = contexts.find_node(shipped, "hmox1")
    assert shipped.label(gene) == "HMOX1"


def test_the_picture_has_a_shape_for_each_kind_and_is_drawn_on_both_grounds(shipped):
    node = contexts.find_node(shipped, shipped.example)
    near = contexts.show_near(shipped, node, number=1, ink="#e8eaed")
    assert near.svg.startswith("<svg")
    for dark in (False, True):
        on = ground(dark=dark)
        figure = plot_near(near.nodes, near.edges, near.trail, contexts.KINDS_SAID, on=on)
        points = [trace for trace in figure.data if trace.mode != "lines"]
        assert {trace.marker.symbol for trace in points} >= {"circle", "diamond", "hexagon"}
        assert sum(len(trace.x) for trace in points) == len(near.nodes)
        assert on.text in json.dumps(figure.to_plotly_json(), default=str)


def test_a_hostile_name_is_no_markup(shipped):
    nodes = pd.DataFrame({"node": [0], "kind": [MOLECULE], "label": ["<b>x</b>"], "step": [0]})
    nodes = nodes.assign(hover="<i>y</i>", x=0.0, y=0.0)
    edges = pd.DataFrame({"first": [], "second": [], "is_alike": []}).astype({"is_alike": bool})
    trail = pd.DataFrame({"node": [0]})
    figure = plot_near(nodes, edges, trail, contexts.KINDS_SAID, on=ground(dark=False))
    text = json.dumps(figure.to_plotly_json(), default=str)
    assert "<b>x" not in text
    assert "<i>y" not in text


def test_the_cost_of_a_training_is_said():
    assert "30 rounds over 301 molecules" in view_training.say_cost("molecules_default", 301)
    assert "300 rounds" in view_training.say_cost("molecules_paper", 301)


def test_a_training_is_asked_for_with_a_context_that_has_features(tmp_path, monkeypatch):
    asked = []

    def submit(request, *, root):
        asked.append(request)
        return [SimpleNamespace(run_id="made")]

    monkeypatch.setenv("MUSEGNN_RUNS", str(tmp_path))
    monkeypatch.setattr(view_training, "submit", submit)
    started = view_training.start_training(None, preset="molecules_default", name=" mine ")
    (request,) = asked
    (source,) = request.files
    assert (started, request.name, source.role) == ("made", "mine", "context")
    kept = read_context(Path(source.path))
    assert [block.features.shape[1] for block in kept.blocks] == [2048, 978, 904, 128, 0]
    assert Path(source.path).is_relative_to(tmp_path)


def test_a_molecule_that_the_graph_lacks_is_told_with_what_it_has(open_page):
    page = open_page({"context_node": "imatinib"})
    assert not page.exception
    (error,) = page.error
    assert "imatinib is none of the 301 molecules and" in error.value.replace("*", "")
    assert "What it is made of" in error.value
