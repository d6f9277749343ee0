"""A map of molecules: another package brings it, and the shell knows nothing of them."""

from __future__ import annotations

import base64
import gzip
import io
import json
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from musegnn import extensions
from musegnn.embeddings.neighbours import nearest_neighbours
from musegnn.embeddings.vector_set import VectorSet, read_vector_set, write_vector_set
from musegnn.screens.shell import needs, permalink, screen
from musegnn.screens.shell.named_selections import NamedSelections, gmt_bytes
from musegnn.screens.shell.selection import Selection, SelectionHistory
from musegnn.screens.shell.session_file import read_session
from musegnn.screens.shell.session_restore import restore
from tests.page_visits import texts
from tests.toy_molecules import CLASSES, ENTRY_POINTS, FILE, make_molecules

PAGE = "from musegnn.screens.shell.frame import show; show('Toys')"
CACHED = (needs.needs, permalink.fields, screen.screens)


@pytest.fixture(scope="module")
def molecules() -> VectorSet:
    return make_molecules()


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, Any]]:
    """Keep name and content of what the page offers to download, by key."""
    offered, show = {}, st.download_button

    def record(label: str, data: Any, file_name: str, **rest: Any) -> bool:
        offered[rest["key"]] = file_name, data
        return show(label, data=data, file_name=file_name, **rest)

    monkeypatch.setattr(st, "download_button", record)
    return offered


@pytest.fixture
def page(
    files: dict[str, tuple[str, Any]],
    molecules: VectorSet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[AppTest]:
    """Open the page in a folder that holds molecules and no atlas."""

    def entry_points(group: str) -> list[metadata.EntryPoint]:
        own = [entry for entry in ENTRY_POINTS if entry.group == group]
        return [*own, *metadata.entry_points(group=group)]

    monkeypatch.setattr(extensions, "entry_points", entry_points)
    monkeypatch.setenv("MUSEGNN_ATLAS", str(tmp_path))
    monkeypatch.setenv("MUSEGNN_LINKS", str(tmp_path / "links"))
    monkeypatch.chdir(tmp_path)
    write_vector_set(molecules, tmp_path / FILE)
    for cached in CACHED:
        cached.cache_clear()
    page = AppTest.from_string(PAGE, default_timeout=60).run()
    assert not page.exception
    yield page
    for cached in CACHED:
        cached.cache_clear()


def parts(page: AppTest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the two parts of the map as the browser gets them: points, and what changes."""
    assert not page.exception
    assert not page.error
    sent = {item.proto.component_name: item.proto for item in page.get("bidi_component")}
    packed = sent["gene_map_points"].bytes
    points = json.loads(gzip.decompress(packed[16:]))
    assert packed[:16].decode() == points["id"]
    return points, json.loads(sent["gene_map"].json)


def choose(page: AppTest, *rows: int) -> AppTest:
    """Select some molecules as a gesture does."""
    selection = Selection(np.array(rows, dtype=np.int64), "by hand")
    page.session_state["history"] = SelectionHistory((selection,))
    return page.run()


def test_the_map_names_molecules_and_their_class(page: AppTest, molecules: VectorSet) -> None:
    points, view = parts(page)
    assert (points["n"], points["id"], view["points_id"]) == (300, molecules.id, molecules.id)
    name, kind = points["labels"]
    assert (name["title"], kind["title"]) == ("", "class")
    assert kind["names"] == list(CLASSES)
    place = np.frombuffer(base64.b64decode(name["codes"]["bdata"]), dtype="<u2")
    assert [name["names"][i] for i in place] == molecules.table["molecule"].tolist()
    counts = molecules.table["class"].value_counts()
    assert {entry["label"]: entry["n"] for entry in view["legend"]} == counts.to_dict()
    assert "configuration `c0ffee`" in texts(page)


def test_what_is_selected_is_lit_listed_linked_and_taken_home(
    page: AppTest, files: dict[str, tuple[str, Any]], molecules: VectorSet
) -> None:
    rows = [4, 17, 250]
    choose(page, *rows)
    _, view = parts(page)
    assert (view["n_selected"], view["lit"]) == (3, [4])
    assert view["lit_labels"] == [molecules.table["molecule"][4]]
    near = nearest_neighbours(molecules, 4, k=5)
    listed = next(item.value for item in page.dataframe if "cosine" in item.value)
    assert listed["molecule"].tolist() == molecules.table["molecule"].iloc[near["row"]].tolist()
    name, content = files["rows"]
    assert name.endswith("_toy-molecules_c0ffee_rows.csv")
    table = pd.read_csv(io.BytesIO(content()))
    assert table["molecule"].tolist() == molecules.table["molecule"].iloc[rows].tolist()
    assert set(table["atlas"]) == {"toy-molecules"}
    Path("part.h5ad").write_bytes(files["h5ad"][1]())
    part = read_vector_set(Path("part.h5ad"), VectorSet)
    assert part.table["atlas_row"].tolist() == rows
    assert part.provenance["selection"] == {"label": "by hand", "n": 3, "of": 300}
    # the link of the page leads back to the same molecules
    again = AppTest.from_string(PAGE, default_timeout=60)
    again.query_params["selection"] = page.query_params["selection"]
    assert parts(again.run())[1]["n_selected"] == 3


def test_undo_a_saved_selection_and_its_sets(page: AppTest, molecules: VectorSet) -> None:
    choose(page, 4, 17)
    page.text_input(key="_selection_name").input("two")
    page.button(key="save_selection_button").click().run()
    page.button(key="undo").click().run()
    assert parts(page)[1]["n_selected"] == 0
    page.button(key="named_replace").click().run()
    assert parts(page)[1]["n_selected"] == 2
    named = page.session_state[f"named:{molecules.id}"]
    assert named.get("two").rows.tolist() == [4, 17]
    label, about, *members = gmt_bytes(named, molecules).decode().strip().split("\t")
    assert (label, about) == ("two", "2 molecules of toy-molecules, configuration c0ffee")
    assert sorted(members) == sorted(molecules.table["molecule"].iloc[[4, 17]])


def test_a_session_finds_the_same_molecules_in_another_set(
    page: AppTest, files: dict[str, tuple[str, Any]], molecules: VectorSet
) -> None:
    choose(page, 4, 17, 250)
    session = read_session(files["save_session"][1]())
    assert session.atlas.id == molecules.id
    other = molecules.part(np.arange(200)[::-1])
    back = restore(session, vectors=other, named=NamedSelections(), known={})
    assert other.row_names[back.selection.rows].tolist() == molecules.row_names[[17, 4]].tolist()
    text = "\n".join(back.messages)
    assert "molecules were looked up by name" in text
    assert "The selection: 2 of 3 molecules are in this atlas" in text


def test_methods_open_molecules_and_cite_what_made_them(
    page: AppTest, files: dict[str, tuple[str, Any]], molecules: VectorSet
) -> None:
    space: dict[str, Any] = {}
    exec(page.code[-1].value, space)  # reads the file of the folder the test stands in
    assert space["table"]["molecule"].tolist() == molecules.table["molecule"].tolist()
    text = files["methods_text"][1]()
    for words in ("made up", "three centres", "## Cite\n\n- Nobody, made up."):
        assert words in text
    assert "MuSe-GNN" not in text
    assert "MUSEGNN_ATLAS" not in files["methods_script"][1]()
