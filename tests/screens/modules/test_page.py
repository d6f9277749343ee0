"""The Modules page on the synthetic atlas: words, picture, chosen cell, own genes."""

import dataclasses
import json

import numpy as np
import pytest

from musegnn import keys
from musegnn.embeddings.context_names import context_labels
from musegnn.embeddings.embedding_set import write_embedding_set
from musegnn.screens.shell.selection import Selection, SelectionHistory
from tests.page_visits import labels, picture_file, texts
from tests.ui_fixtures import MODULES

PAGE = "12_Modules"
OWN = {"modules_own": "yes", "modules_kind": "list", "list": ",".join(MODULES["heart"].split())}


def clean(page):
    return not page.exception and not page.error


def picture(page):
    return json.loads(page.get("plotly_chart")[0].proto.spec)


def test_it_answers_in_words_then_shows_the_picture_and_its_numbers(open_page):
    page = open_page(PAGE)
    assert clean(page)
    assert "Where they act, textbook modules hold together in **" in texts(page)
    assert picture_file(page, "modules_plot")["format"] == "svg"
    clicked = picture(page)["data"][-1]["customdata"]
    assert len(clicked) == 29 * 6
    members, by_module, pairs = (table.value for table in page.dataframe)
    assert by_module["module"].tolist()[0] == "S phase"
    assert len(by_module) == 29
    assert {"module", "context", "auroc", "q"} <= set(pairs)
    assert pairs["auroc"].notna().all()
    assert members["auroc"].is_monotonic_decreasing
    assert "All 174 pairs as CSV" in [b.label for b in page.get("download_button")]
    assert "sets of like expression and degree" in texts(page)


def test_the_link_chooses_module_context_and_colour(open_page, atlas):
    query = {"module": "T cell", "module_context": "spleen_mouse", "module_value": "near"}
    page = open_page(PAGE, query=query)
    assert clean(page)
    assert f"members of *T cell* in {context_labels(atlas.datasets)['spleen_mouse']}" in texts(page)
    assert "(share)" in json.dumps(picture(page))
    known = {gene.capitalize() for gene in MODULES["t_cell"].split()}
    assert set(page.dataframe[0].value["gene"]) <= known
    assert page.query_params["module"] == "T cell"
    page.selectbox(key="_module_chosen").select("B cell").run()
    assert clean(page)
    assert page.query_params["module"] == "B cell"
    assert page.query_params["module_context"] == "spleen_mouse"


def test_a_module_that_is_not_there_is_said_and_another_one_shown(open_page):
    page = open_page(PAGE, query={"module": "phlogiston"})
    assert clean(page)
    assert "There is no module `phlogiston` here" in page.info[0].value


def test_a_cell_with_too_few_members_says_so(open_page):
    page = open_page(PAGE, query={"module": "myelin", "module_context": "heart_mouse"})
    assert clean(page)
    assert "too few to say whether they find each other" in texts(page)


def test_own_genes_are_one_more_module(open_page):
    page = open_page(PAGE, query=OWN)
    assert clean(page)
    assert "Your genes hold together in **6 of 6** pairs" in texts(page)
    assert page.dataframe[1].value["module"].tolist()[0] == "your genes"
    assert len(picture(page)["data"][-1]["customdata"]) == 30 * 6
    assert "by where they lie" not in texts(page)
    few = open_page(PAGE, query={**OWN, "list": "INS,nothing"})
    assert clean(few)
    assert "No context has 5 of your genes." in texts(few)


def test_a_selection_is_asked_from_the_start_and_its_circle_is_told(open_page, atlas):
    rows = np.flatnonzero(atlas.genes["common_gene"].isin(MODULES["heart"].split()))
    history = SelectionHistory((Selection(rows, "heart"),))
    page = open_page(PAGE, session={"history": history})
    page.session_state["history"] = history
    page.run()
    assert clean(page)
    assert page.toggle[0].value is True
    assert "Your genes hold together" in texts(page)
    assert "near to each other there by choice" in texts(page)


def test_members_are_lit_and_the_context_compared(open_page):
    page = open_page(PAGE, query={"module": "T cell", "module_context": "blood_human"})
    names = labels(page)
    assert "Light on the Atlas" in names
    page.button(key="light_module").click().run()
    current = page.session_state["history"].current
    assert "T cell" in current.label
    assert len(current) == len(page.dataframe[0].value)
    page = open_page(PAGE, query={"module": "T cell", "module_context": "blood_human"})
    page.button(key="module_compare").click().run()
    assert page.session_state["field:left"] == "blood_human"
    assert page.session_state["field:right"] not in {"", "blood_human"}
    assert page.button(key="module_gene").disabled


def test_an_atlas_of_unknown_genes_says_what_to_do(open_page, atlas, tmp_path):
    genes = atlas.genes.copy()
    names = [f"XQ{i}" for i in range(len(genes))]
    for column in (keys.GENE, keys.COMMON_GENE, keys.ORTHOLOG):
        genes[column] = names
    odd = dataclasses.replace(atlas, table=genes.assign(**{keys.GENE_ID: ""}))
    write_embedding_set(odd, tmp_path / keys.EMBEDDING_FILE)
    page = open_page(PAGE, folder=tmp_path)
    assert clean(page)
    assert "No textbook module has 5 members" in texts(page)
    assert not page.get("plotly_chart")


def test_the_program_of_the_methods_gives_the_table(open_page, atlas_folder, monkeypatch):
    page = open_page(PAGE, query=OWN)
    code = next(item.value for item in page.code if "score_modules" in item.value)
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    space: dict = {}
    exec(code, space)
    shown, made = page.dataframe[2].value, space["table"]
    assert made["module"].tolist() == shown["module"].tolist()
    for column in ("auroc", "q", "near", "near_q"):
        assert made[column].tolist() == pytest.approx(shown[column].tolist())
