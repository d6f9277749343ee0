"""The Molecules page on the molecules that ship: asked, chosen, coloured, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from musegnn.molecules import shipped
from musegnn.screens.molecules import COLOURS
from musegnn.screens.shell.selection import Selection, SelectionHistory
from tests.page_visits import labels, texts, visit_page
from tests.small_molecules import write_hub

PAGE = "17_Molecules"


@pytest.fixture
def open_page(atlas_folder, monkeypatch):
    def run(query=None, session=None, knowledge=None):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
        monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
        if knowledge is not None:
            monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(knowledge))
        page = visit_page(PAGE, query=query, session=session)
        assert not page.exception
        return page

    return run


def choose(page, *rows):
    """Select some molecules as a lasso does."""
    chosen = Selection(np.array(sorted(rows), dtype=np.int64), "by hand")
    page.session_state["history"] = SelectionHistory((chosen,))
    return page.run()


def sent(page):
    """What the map gets that changes."""
    parts = {item.proto.component_name: item.proto for item in page.get("bidi_component")}
    return json.loads(parts["gene_map"].json)


def test_the_page_says_what_the_map_is_and_what_it_was_measured_to_be_good_for(open_page):
    page = open_page()
    assert not page.error
    said = texts(page)
    assert "is a molecule of public tables of assays and profiles" in said
    assert "by Morgan fingerprints" in said
    assert "Try `aspirin`" in said
    assert "Targets, mechanisms and phases need annotation" in said
    view = sent(page)
    assert sum(entry["n"] for entry in view["legend"]) > 10_000


def test_aspirin_is_asked_by_the_link_and_two_ways_of_likeness_stand_side_by_side(open_page):
    page = open_page({"mol_asked": "CC(=O)Oc1ccccc1C(=O)O"})
    assert not page.error
    assert "Like aspirin" in [item.value for item in page.subheader]
    assert "nearest to aspirin by vector" in texts(page)
    table = page.dataframe[0].value
    assert set(table["near by"]) <= {"vector", "structure", "both"}
    assert table["cosine"].max() <= 1.0001
    assert sent(page)["lit_labels"][0] == "aspirin"
    assert "All as CSV" in [button.label for button in page.get("download_button")]
    assert {"Its targets", "Profiles it would leave"} <= set(labels(page))


def test_a_structure_that_nobody_measured_gets_a_vector_now(open_page):
    page = open_page({"mol_asked": "FC(F)(F)CCNC(=O)c1ccc2[nH]c(C3CC3)nc2c1"})
    assert not page.error
    assert "its vector was computed now" in texts(page)


@pytest.mark.parametrize("chosen", COLOURS)
def test_each_colour_is_shown_or_told_why_not(open_page, chosen):
    page = open_page({"mol_colour": chosen, "mol_asked": "aspirin"})
    assert not page.error
    assert sent(page)["legend"]
    if chosen in {"phase", "assay"}:
        assert any("annotation" in item.value for item in page.info)


def test_likeness_without_a_molecule_asks_for_one(open_page):
    page = open_page({"mol_colour": "vector"})
    assert any("Type a molecule above" in item.value for item in page.info)
    assert sent(page)["kind"] == "category"


def test_chosen_molecules_are_drawn_24_at_a_time_when_asked_for(open_page):
    page = choose(open_page(), *range(30))
    assert not page.error
    assert "30 molecules are chosen" in texts(page)
    assert not page.number_input
    page.toggle(key="molecule_grid").set_value(True).run()
    assert len(page.get("image")) == 24
    page.number_input(key="molecule_page").set_value(2).run()
    assert len(page.get("image")) == 6
    names = [button.label for button in page.get("download_button")]
    assert {"Molecules as CSV", "Scaffolds as CSV", "Vectors as h5ad"} <= set(names)


def test_one_chosen_molecule_is_drawn_and_can_be_asked_about(open_page):
    table = shipped.read_reference().molecules.table
    row = list(table["inchikey"]).index("NBJSNAGTUCWQRO")
    assert table["molecule"].iloc[row] == "NBJSNAGTUCWQRO"  # it has no other, and the link takes it
    page = choose(open_page(), row)
    assert "C6H9N3O2S, no name" in [item.value for item in page.subheader]
    page.button(key="molecule_like").click().run()
    assert any(item.value.startswith("Like ") for item in page.subheader)


def test_annotation_names_targets_that_stand_out(open_page, tmp_path):
    knowledge = write_hub(tmp_path / "knowledge")
    rows = shipped.read_reference().row_of
    page = open_page(knowledge=knowledge)
    choose(page, rows["aspirin"], rows["ygsdefsmjlzeoe"])
    assert not page.error
    assert "No targets stand out among the 2 whose targets are known" in texts(page)
    assert "Targets, mechanisms and phases need annotation" not in texts(page)
    assert any("PTGS1" in str(item.value.get("term")) for item in page.dataframe)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("aspirine", "Did you mean aspirin"),
        ("CCO", "heavy atoms, found 3"),
        ("[Pt]", "Expected a compound with carbon"),
        ("C" * 300, "4 to 200 heavy atoms, found 300"),
        ("no:material/delete: molecule", "or the name of a molecule that ships"),
        ("CCCCO; CCCCCO", "Expected one molecule, found 2"),
    ],
)
def test_what_is_no_molecule_is_one_sentence_and_the_map_stays(open_page, asked, said):
    page = open_page({"mol_asked": asked})
    assert said in page.error[0].value.replace("\\", "")
    assert sent(page)["legend"]


@pytest.mark.parametrize(
    "asked",
    ["CC(=O)Oc1ccccc1C(=O)O aspirin", '"OC(=O)c1ccccc1OC(C)=O"', "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"],
)
def test_a_molecule_is_found_however_it_is_written(open_page, asked):
    assert "Like aspirin" in [item.value for item in open_page({"mol_asked": asked}).subheader]


def test_a_molecule_of_another_name_on_the_map_is_called_as_it_was_asked(open_page):
    page = open_page({"mol_asked": "Dexamethasone"})
    assert "Like dexamethasone" in [item.value for item in page.subheader]
    assert "structure of betamethasone, which stands for it here" in texts(page)


def test_signs_that_no_link_carries_leave_the_page_as_it_is(open_page):
    page = open_page()
    page.text_input(key="_mol_asked").set_value("<b>x`</b>").run()
    assert not page.exception
    assert "or the name of a molecule that ships" in page.error[0].value
    assert page.text_input(key="_mol_asked").value == " b x  /b "
    assert sent(page)["legend"]


def test_missing_molecules_say_how_to_get_them(open_page, monkeypatch, tmp_path):
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    page = open_page()
    assert page.subheader[0].value == "No molecules are here"
    assert "build_molecules.py" in texts(page)
