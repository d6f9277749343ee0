"""What every page offers at its upper right: link, session, notes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musegnn.screens.shell.named_selections import NamedSelections
from musegnn.screens.shell.selection import Selection, SelectionHistory
from musegnn.screens.shell.session_file import save_session
from tests.page_visits import PAGES

OLD = Path(__file__).with_name("session_version_1.json")


def alerts(page):
    return "\n".join(item.value for item in page.warning)


def load(page, data):
    page.file_uploader(key="_session_file").set_value(("session.json", data, "application/json"))
    return page.button(key="load_session_button").click().run()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_offers_link_session_and_notes_and_survives_odd_links(open_page, name):
    page = open_page(
        name,
        query={"gene": "INS", "selection": "f" * 24, "list": "~", "zoom": "x", "odd": "y"},
    )
    assert not page.exception
    assert not page.error
    assert "save_session" in [item.key for item in page.get("download_button")]
    assert {"load_session_button", "keep_note"} <= {button.key for button in page.button}
    text = alerts(page)
    for words in ("found none under", "`list` of the link", "`zoom` of the link", "`odd`"):
        assert words in text
    page.button(key="forget_link_messages").click().run()
    assert "of the link" not in alerts(page)
    assert not {"selection", "list", "zoom", "odd"} & set(page.query_params)


@pytest.fixture
def saved(atlas):
    """A session with a gene, a colour, a selection and a saved selection."""
    rows = np.flatnonzero(atlas.genes["gene"].str.upper() == "CD3E")
    return save_session(
        replace(atlas, layout=atlas.layout + 1),
        fields={"gene": "CD3E", "colour": "cluster"},
        gene_list="GCG",
        selection=Selection(rows),
        named=NamedSelections().save("T cell", Selection(rows)),
    )


def test_a_loaded_session_brings_its_view_and_its_selections(open_page, saved):
    page = load(open_page("2_Atlas"), saved)
    assert not page.exception
    assert page.selectbox(key="_colour").value == "cluster"
    assert page.text_input(key="_gene").value == "CD3E"
    assert page.text_area(key="_list_text").value == "GCG"
    assert page.selectbox(key="_named_chosen").options == ["T cell (n = 6)"]
    assert [item.value for item in page.subheader][-1] == "Selection: 6 genes in context"
    assert "on another atlas" in alerts(page)
    assert page.query_params["colour"] == "cluster"
    assert page.query_params["list"] == "GCG"
    assert page.query_params["selection"].startswith("~")
    page.button(key="undo").click().run()
    assert [item.value for item in page.subheader] == ["CD3E: 6 genes in context"]


def test_a_loaded_session_opens_its_page_and_says_what_came_back(open_page, atlas):
    data = save_session(atlas, fields={"gene": "CD3E"}, gene_list="GCG INS", page="Gene")
    page = load(open_page("3_Gene"), data)
    assert "the gene `CD3E`" in alerts(page)
    assert "a list of 2 names" in alerts(page)
    other = load(open_page("1_Home"), data)
    assert not other.exception
    # a page that runs alone says where it would go
    assert any("This page runs alone" in item.value for item in other.info)
    assert other.session_state["carried_messages"][1].startswith("Brought back: the gene")


def test_a_session_of_an_older_version_loads_on_any_page(open_page):
    page = load(open_page("3_Gene"), OLD.read_bytes())
    assert page.subheader[0].value.startswith("CD3E in Blood, human")
    assert "no context `another_context`" in alerts(page)


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG", b"{}", json.dumps({"format": "musegnn-session", "version": 99}).encode()],
)
def test_a_file_that_is_no_session_leaves_everything_as_it_was(open_page, data):
    page = load(open_page("3_Gene", query={"gene": "INS", "dataset": "pancreas_human"}), data)
    assert not page.exception
    assert "The session was not loaded. Expected" in alerts(page)
    assert page.subheader[0].value.startswith("INS in Pancreas, human")


def test_load_without_a_file_asks_for_one(open_page):
    page = open_page("1_Home")
    page.button(key="load_session_button").click().run()
    assert "Choose a session file first" in alerts(page)


def test_a_note_is_about_what_is_in_view_and_can_be_deleted(open_page):
    page = open_page("3_Gene", query={"gene": "INS", "dataset": "pancreas_human"})
    page.text_area(key="_note_text").set_value("near GCG, *why*?")
    page.text_input(key="_note_author").set_value("A. B.")
    page.button(key="keep_note").click().run()
    table = next(item.value for item in page.dataframe if "author" in item.value)
    assert table.loc[0, ["about", "author", "text"]].tolist() == [
        "INS in Pancreas, human, 10x 3' v2, 2,126 cells",
        "A. B.",
        "near GCG, *why*?",
    ]
    page.button(key="keep_note").click().run()
    assert "found 0" in page.error[0].value
    page.button(key="delete_note").click().run()
    assert "delete_note" not in [button.key for button in page.button]


def test_a_selection_that_cannot_be_stored_is_said_to_be_missing_in_the_link(
    open_page, atlas, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MUSEGNN_LINKS", str(tmp_path / "file"))
    page = open_page("2_Atlas", query={"gene": "INS"})
    rows = np.sort(np.random.default_rng(0).choice(len(atlas.genes), 400, replace=False))
    page.session_state["history"] = SelectionHistory((Selection(rows),))
    page.run()
    assert not page.exception
    assert not page.error
    assert "The selection is not part of the link" in alerts(page)
    assert "selection" not in page.query_params
