import numpy as np
import pytest

from musegnn.screens.shell.selection import Selection, SelectionHistory
from tests.page_visits import labels


@pytest.fixture
def with_selection(open_page, atlas):
    """The Atlas with the genes of CD3E selected."""
    page = open_page("2_Atlas")
    page.text_area(key="_list_text").set_value("CD3E").run()
    return page.button(key="select_list").click().run()


def save(page, name):
    page.text_input(key="_selection_name").set_value(name)
    return page.button(key="save_selection_button").click().run()


def title(page):
    return next(item.value for item in page.subheader if "elect" in item.value)


def panel(page):
    return next(item.label for item in page.expander if item.label.startswith("Saved"))


def test_nothing_can_be_saved_without_a_selection(open_page):
    page = open_page("2_Atlas")
    assert page.button(key="save_selection_button").disabled
    assert panel(page) == "Saved selections (0)"


def test_selection_is_saved_and_listed_with_its_size(with_selection):
    page = save(with_selection, "T cell")
    assert not page.exception
    assert panel(page) == "Saved selections (1)"
    assert page.selectbox(key="_named_chosen").value == "T cell"
    assert page.selectbox(key="_named_chosen").options == ["T cell (n = 6)"]
    assert {"All as GMT", "Selection as h5ad"} <= {b.label for b in page.get("download_button")}


def test_taken_name_is_refused_with_a_reason(with_selection):
    page = save(save(with_selection, "T cell"), "t CELL")
    assert "which is taken" in page.error[0].value
    assert panel(page) == "Saved selections (1)"


def test_saved_selection_is_combined_with_the_current_one(with_selection, atlas):
    page = save(with_selection, "T cell")
    page.text_area(key="_list_text").set_value("CD3E GCG").run()
    page.button(key="select_list").click().run()
    n_both = int(atlas.genes["gene"].str.upper().isin(["CD3E", "GCG"]).sum())
    assert title(page) == f"Selection: {n_both} genes in context"
    page.button(key="named_remove").click().run()
    assert title(page) == f"Selection: {n_both - 6} genes in context"
    page.button(key="named_add").click().run()
    assert title(page) == f"Selection: {n_both} genes in context"
    page.button(key="named_keep common").click().run()
    assert title(page) == "Selection: 6 genes in context"
    page.button(key="clear").click().run()
    page.button(key="named_replace").click().run()
    assert title(page) == "Selection: 6 genes in context"
    page.button(key="undo").click().run()
    assert title(page) == "Nothing selected yet"


def test_saved_selection_is_renamed_deleted_and_brought_back(with_selection):
    page = save(with_selection, "T cell")
    page.text_input(key="_new_name").set_value("lymphocytes").run()
    page.button(key="rename").click().run()
    assert page.selectbox(key="_named_chosen").value == "lymphocytes"
    page.button(key="delete_named").click().run()
    assert panel(page) == "Saved selections (0)"
    page.button(key="undo_named").click().run()
    assert panel(page) == "Saved selections (1)"
    assert page.selectbox(key="_named_chosen").value == "lymphocytes"
    page.button(key="undo_named").click().run()
    assert page.selectbox(key="_named_chosen").value == "T cell"
    page.button(key="undo_named").click().run()
    assert panel(page) == "Saved selections (0)"
    assert "Undo last change" not in labels(page)


def test_two_saved_selections_are_combined_into_a_third(with_selection, atlas):
    page = save(with_selection, "T cell")
    page.text_area(key="_list_text").set_value("CD3E GCG").run()
    page.button(key="select_list").click().run()
    page = save(page, "both")
    page.selectbox(key="_first_named").set_value("T cell")
    page.selectbox(key="_second_named").set_value("both")
    page.selectbox(key="_named_operation").set_value("keep different")
    page.text_input(key="_combined_name").set_value("islet")
    page.button(key="save_combined").click().run()
    n_islet = int(atlas.genes["gene"].str.upper().eq("GCG").sum())
    assert f"islet (n = {n_islet})" in page.selectbox(key="_named_chosen").options


def test_lit_gene_keeps_its_own_table_while_something_is_selected(open_page, atlas):
    rows = atlas.rows_of_dataset("liver_human")[:4]
    page = open_page("2_Atlas", query={"gene": "CD3E"})
    assert len(page.dataframe) == 3  # lit points, counts by tissue and species
    page.session_state["history"] = SelectionHistory((Selection(np.sort(rows)),))
    page.run()
    assert [item.value for item in page.subheader] == [
        "CD3E lit in 6 of 6 contexts",
        "Selection: 4 genes in context",
    ]
    assert set(page.dataframe[0].value["gene"].str.upper()) == {"CD3E"}
    assert page.button(key="open_lit").label.startswith("Neighbours of CD3E in")


@pytest.mark.parametrize(
    ("goal", "chosen"),
    [
        ("Enrichment", {"enrichment_kind": "selection"}),
        ("Causal", {"causal_kind": "selection"}),
        ("Labels", {"labels_kind": "selection"}),
        ("Compare", {"left": "blood_human", "right": "heart_mouse"}),
    ],
)
def test_selection_is_sent_on_to_a_page_that_asks_about_it(with_selection, goal, chosen):
    page = with_selection.button(key=f"send_{goal}").click().run()
    assert not page.exception
    for name, value in chosen.items():
        assert page.session_state[f"field:{name}"] == value
    assert "streamlit run app.py" in page.info[-1].value


def test_nothing_is_offered_without_a_selection(open_page):
    page = open_page("2_Atlas")
    assert not [button.key for button in page.button if button.key.startswith("send_")]
