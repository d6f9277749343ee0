"""What is selected, listed and lit stands above the map; a new list is never hidden."""

from types import SimpleNamespace

import numpy as np
import pytest

from musegnn.embeddings.gene_search import GeneSearch
from musegnn.screens.atlas.panel import _in_front
from musegnn.screens.parts.selection_bar import MOST_COPIED, BarSet, bar_sets, gmt_of, names_of
from musegnn.screens.shell.screen import screens
from musegnn.screens.shell.selection import NOTHING, Selection, SelectionHistory


def chips(page):
    return {b.key: b.label for b in page.button if str(b.key).startswith("chip_")}


def test_each_chip_takes_away_what_it_names(open_page):
    history = SelectionHistory((Selection(np.arange(40), "brain"),))
    page = open_page("2_Atlas", query={"gene": "CD3E"}, session={"list_text": "INS GCG"})
    page.session_state["history"] = history
    page.run()
    shown = chips(page)
    assert shown["chip_selected"] == "Selected: brain (40)"
    assert shown["chip_listed"] == "List: 2 genes"
    assert shown["chip_lit"] == "Lit: CD3E"
    page.button(key="chip_selected").click().run()
    page.button(key="chip_listed").click().run()
    page.button(key="chip_lit").click().run()
    assert not page.exception
    assert chips(page) == {}
    assert page.text_input(key="_gene").value == ""
    page.button(key="undo").click().run()
    assert set(chips(page)) == {"chip_selected"}


def test_a_pasted_list_is_not_hidden_by_an_older_selection(open_page, atlas):
    page = open_page("2_Atlas")
    rows = np.flatnonzero(atlas.genes["gene"] == "ALB")
    page.session_state["history"] = SelectionHistory((Selection(rows, "albumin"),))
    page.run()
    page.text_area(key="_list_text").set_value("INS GCG").run()
    assert set(chips(page)) == {"chip_listed", "chip_selected"}
    assert page.selectbox(key="_colour").value == "my gene list"
    listed = np.flatnonzero(atlas.genes["gene"] == "GCG")
    view = SimpleNamespace(list_rows=listed, lit=rows[:0])

    def shown(selection, colour, lit=rows[:0]):
        state = SimpleNamespace(selection=Selection(selection), colour=colour)
        view.lit = lit
        return set(_in_front(SimpleNamespace(state=state), view))

    assert shown(rows, "my gene list") == {*rows, *listed}
    assert shown(rows, "tissue") == {*rows, *listed}  # whatever the map is coloured by
    assert shown(rows[:0], "my gene list", lit=rows[:1]) == {*listed}  # a lit gene hides none
    assert shown(rows[:0], "my gene list") == set()  # nothing steps back


@pytest.fixture
def full_page(open_page):
    """The Atlas with something selected, listed and lit."""
    history = SelectionHistory((Selection(np.arange(40), "brain"),))
    session = {"list_text": "INS GCG", "history": history, "history_of": ""}
    page = open_page("2_Atlas", query={"gene": "CD3E"}, session=session)
    page.session_state["history"] = history
    return page.run()


def take(page, source):
    page.selectbox(key="bar_set").set_value(source).run()
    return page


def test_what_is_copied_and_written_is_found_again_by_its_names(atlas):
    rows = np.flatnonzero(atlas.genes["dataset"] == "liver_human")[:30]
    one = BarSet("selection", "liver", rows)
    names = names_of(one, atlas)
    assert list(names) == sorted(set(atlas.genes["gene"].iloc[rows]))
    search = GeneSearch(atlas)
    matches = search.find_list("\n".join(names))
    assert len(matches.found) == len(names)
    assert set(matches.genes) == set(search.ortholog_groups[rows])
    label, about, *members = gmt_of(one, atlas).decode().rstrip("\n").split("\t")
    assert (label, tuple(members)) == ("liver", names)
    assert about.startswith("30 genes in context of ")


def test_sets_that_hold_nothing_are_not_offered():
    none = np.empty(0, dtype=np.int64)
    assert bar_sets(NOTHING, list_rows=none, gene="CD3E", lit=none) == ()
    (only,) = bar_sets(NOTHING, list_rows=np.array([3]), gene="CD3E", lit=none)
    assert (only.source, only.label) == ("list", "my gene list")


@pytest.mark.parametrize(
    ("source", "kind", "saved", "n"),
    [
        ("selection", "selection", "brain", 40),
        ("list", "list", "my gene list", None),
        ("lit", "neighbours", "CD3E", None),
    ],
)
def test_each_set_is_saved_and_sent_under_its_own_name(full_page, atlas, source, kind, saved, n):
    page = take(full_page, source)
    page.button(key="bar_save_button").click().run()
    (kept,) = page.session_state[f"named:{atlas.id}"].selections
    assert kept.label == saved
    genes = {"selection": None, "list": {"INS", "Ins1", "Ins2", "GCG", "Gcg"}}
    genes["lit"] = {"CD3E", "Cd3e"}
    if genes[source] is None:
        assert len(kept) == n
    else:
        assert set(atlas.genes["gene"].iloc[kept.rows]) == genes[source]
    page.button(key="send_Enrichment").click().run()
    assert not page.exception
    assert page.session_state["field:enrichment_kind"] == kind


def test_a_name_that_is_taken_is_told_above_the_bar(full_page):
    for _ in range(2):
        full_page.text_input(key="_bar_name").set_value("mine")
        full_page.button(key="bar_save_button").click().run()
    assert not full_page.exception
    assert any("taken" in item.value for item in full_page.error)


def test_every_page_that_takes_genes_is_offered_and_drugs_gets_names(full_page):
    offered = {b.key for b in full_page.button if str(b.key).startswith("send_")}
    assert offered == {f"send_{screen.name}" for screen in screens() if screen.on_selection}
    assert {"send_Enrichment", "send_Causal", "send_Labels", "send_Drugs"} <= offered
    page = take(full_page, "list")
    page.button(key="send_Drugs").click().run()
    assert page.session_state["drugs_up"].split() == ["GCG", "Gcg", "INS", "Ins1", "Ins2"]
    assert page.session_state["field:drugs_ask"] == "signature"


def test_too_many_names_are_not_put_on_the_clipboard(full_page, monkeypatch):
    assert not full_page.button(key="copy_genes").disabled
    place = "musegnn.screens.parts.selection_bar_panel.MOST_COPIED"
    monkeypatch.setattr(place, 3)
    full_page.run()
    assert full_page.button(key="copy_genes").disabled
    assert MOST_COPIED > 3
