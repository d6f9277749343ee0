"""What is selected, listed and lit stands above the map; a new list is never hidden."""

from types import SimpleNamespace

import numpy as np

from musegnn.screens.atlas.panel import _in_front
from musegnn.screens.shell.selection import Selection, SelectionHistory


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
    assert shown(rows, "tissue") == {*rows}
    assert shown(rows[:0], "my gene list", lit=rows[:1]) == {*listed}  # a lit gene hides none
    assert shown(rows[:0], "my gene list") == set()  # nothing steps back
