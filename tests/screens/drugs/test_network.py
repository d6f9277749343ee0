"""Which drugs belong together: the page, its parts, its ways on, and where tables lack."""

from __future__ import annotations

import pytest

from musegnn.screens.drugs import view_network as networks
from musegnn.screens.drugs.figure_network import plot_network
from musegnn.screens.shell.theme import DARK
from tests.page_visits import labels, picture_file, texts
from tests.unit.targets.test_communities import make_network

PAGE = "14_Drugs"
NAMED = {"KIN1": "INS", "KIN2": "GCG", "KIN3": "SST"}


@pytest.fixture
def open_network(open_drugs_page):
    return lambda query=None: open_drugs_page({"drugs_ask": "network", **(query or {})})


def test_a_community_first_then_what_is_around_one_then_all(open_network):
    page = open_network()
    assert not page.exception
    assert not page.error
    said = texts(page)
    assert "times as often as rewired" in said
    assert "Community 1: " in said
    assert picture_file(page, "drug_network_plot")["format"] == "svg"
    downloads = [button.label for button in page.get("download_button")]
    assert {"All as GraphML", "All as CX2", "All edges as CSV"} <= set(downloads)
    page = open_network({"drug_part": "around", "drug_node": "INS"})
    assert not page.exception
    assert "Around INS" in texts(page)
    assert "Open INS" in labels(page)
    page = open_network({"drug_part": "around", "drug_node": "kinol 0"})
    assert not page.exception
    page.button(key="drug_network_compound").click().run()
    assert not page.exception
    assert page.session_state["field:drugs_ask"] == "compound"
    assert "On every tissue's map" in [entry.value for entry in page.subheader]
    page.button(key="drug_maps_network").click().run()
    assert not page.exception
    assert "Around INS" in texts(page) or "Around GCG" in texts(page)
    page = open_network({"drug_part": "whole", "drug_colour": "ATC level 1"})
    assert not page.exception
    assert "All communities as islands" in texts(page)


def test_what_is_not_in_the_network_is_said(open_network):
    page = open_network({"drug_part": "around", "drug_node": "nosuch"})
    assert not page.exception
    assert any("nosuch is not in the network" in entry.value for entry in page.info)
    assert "Community 1" in texts(page)


def test_without_tables_a_box_says_what_to_import(open_page):
    page = open_page(PAGE, query={"drugs_ask": "network"})
    assert not page.exception
    assert any("musegnn knowledge fetch" in entry.value for entry in page.warning)


def test_curated_edges_are_solid_and_names_start_no_markup():
    network = make_network()
    view = networks.show_near(network, "STRANGE", colour="ATC level 2")
    figure = plot_network(view.nodes, view.edges, view.legend, view.titles, on=DARK)
    lines = {trace.name.split(" ")[0]: trace for trace in figure.data if trace.mode == "lines"}
    assert lines["curated"].line.dash == "solid"
    assert lines["predicted"].line.dash == "dash"
    drawn = sum(value is None for value in lines["curated"].x)
    assert drawn == (view.edges["kind"] == "curated").sum()
    texts_drawn = [text for trace in figure.data if trace.text is not None for text in trace.text]
    assert "strange &amp; &lt;odd&gt;" in texts_drawn
    nodes = [trace for trace in figure.data if trace.mode == "markers+text"]
    assert sum(len(trace.x) for trace in nodes) == len(view.nodes)
    whole = networks.show_whole(network, colour="mechanism")
    assert whole.legend[:2] == ("blocker 0", "blocker 1")
