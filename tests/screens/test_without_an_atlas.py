"""From raw counts to the form of a run where no atlas is, as a person goes who brings the first."""

import anndata
import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from musegnn.screens.runs.view_graphs import own_graphs
from musegnn.screens.shell.named_selections import NamedSelections
from musegnn.screens.shell.notes import write_note
from musegnn.screens.shell.selection import Selection
from musegnn.screens.shell.session_file import read_session, save_session
from musegnn.screens.shell.session_restore import restore
from tests.page_visits import PAGES_FOLDER, TIMEOUT, texts, visit_page
from tests.toy_counts import gamma_poisson

GENES = [f"RPL{i}" for i in range(3, 43)]


@pytest.fixture
def runs(monkeypatch, tmp_path, work_here):
    """A machine with neither an atlas nor annotation nor runs."""
    monkeypatch.setenv("MUSEGNN_ATLAS", str(tmp_path / "no_atlas"))
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    return work_here


@pytest.fixture
def counts(tmp_path):
    """Bytes of a file of counts of 40 genes."""
    matrix = gamma_poisson(120, len(GENES), seed=3, module=8)[0].astype("float32")
    anndata.AnnData(matrix, var=pd.DataFrame(index=GENES)).write_h5ad(tmp_path / "counts.h5ad")
    return (tmp_path / "counts.h5ad").read_bytes()


def test_a_graph_is_built_and_handed_to_the_form_of_a_run(runs, counts):
    page = AppTest.from_file(
        str(PAGES_FOLDER.parent / "dashboard.py"), default_timeout=TIMEOUT
    ).run()
    assert page.subheader[0].value == "No atlas is loaded"
    page.switch_page("pages/4_Data.py").run()
    page.file_uploader(key="_data_file").set_value(("cells.h5ad", counts, "")).run()
    page.text_input(key="_data_tissue").set_value("liver").run()
    page.button(key="data_build").click().run()
    assert not page.exception
    assert not page.error
    train = page.button(key="data_to_runs")
    assert train.label.startswith("Train on ")
    assert "atlas" not in train.label
    train.click().run()
    assert not page.exception
    assert not page.error
    assert page.title[0].value == "Runs"
    assert "40 genes, liver, kept." in "\n".join(item.value for item in page.success)
    assert page.button_group(key="_runs_form:sources").value == ["your own graphs"]
    assert "1 of 1 datasets chosen" in "\n".join(item.label for item in page.expander)
    assert len(own_graphs(runs)) == 1
    page.run()  # what was handed over was taken once
    assert len(page.success) <= 1


def test_notes_and_what_a_session_holds_are_there_without_an_atlas(runs, atlas):
    page = visit_page("9_Runs", query={"map": "nothing"})
    assert "The map of a run was left out" in page.warning[0].value
    assert "No run yet" in texts(page)
    page.text_area(key="_note_text").set_value("first steps")
    page.button(key="keep_note").click().run()
    selection = Selection(np.arange(5), "five")
    saved = save_session(
        atlas,
        fields={"gene": "INS", "colour": "cluster"},
        gene_list="GCG",
        selection=selection,
        named=NamedSelections().save("five", selection),
        notes=write_note((), about="INS", text="from the other machine", author=""),
    )
    page.file_uploader(key="_session_file").set_value(("session.json", saved, "application/json"))
    page.button(key="load_session_button").click().run()
    assert not page.exception
    said = page.warning[0].value
    assert "made on `synthetic-atlas`, loaded without an atlas." in said
    assert "The selection was left out: no atlas is loaded." in said
    assert "`five` was left out: no atlas is loaded." in said
    notes = next(item.value for item in page.dataframe if "author" in item.value)
    assert notes["text"].tolist() == ["from the other machine", "first steps"]
    assert page.session_state["field:gene"] == "INS"
    assert page.session_state["list_text"] == "GCG"


def test_a_session_saved_without_an_atlas_opens_on_one(atlas):
    notes = write_note((), about="", text="before the first map", author="")
    data = save_session(None, fields={"gene": "INS"}, gene_list="GCG", notes=notes)
    back = restore(read_session(data), vectors=atlas, named=NamedSelections(), known={})
    assert back.fields == {"gene": "INS"}
    assert (back.gene_list, back.notes) == ("GCG", notes)
    assert not len(back.selection)
    assert len(back.messages) == 2
    assert "made without an atlas, loaded on synthetic-atlas." in back.messages[0]
