"""Molecules of large tables in one form: left out at first, brought by a run, then part of it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from musegnn import runs
from musegnn.knowledge.store import open_store
from musegnn.molecules import forms
from musegnn.runs.kinds.forms import FORMS_FILE, STRUCTURES
from musegnn.screens.context_graph import view
from musegnn.targets import context_tables
from musegnn.targets.context_tables import read_at_hand
from musegnn.worker.perform import perform
from tests.page_visits import texts, visit_page

pytest_plugins = ("tests.run_fixtures",)

# more of them than the profiles that ship, which are never waited for
CHAINS = [f"{'C' * (size % 40)}{tail}" for size in range(110) for tail in ("O", "N", "Cl")]
N_SHIPPED = 301


@pytest.fixture
def folder(tmp_path, monkeypatch, root):
    folder = tmp_path / "knowledge"
    folder.mkdir()
    active = np.arange(len(CHAINS)) % 2
    table = pd.DataFrame({"smiles": CHAINS, "assay": active})
    table.to_csv(folder / "chembl2k_assays.csv", index=False)
    monkeypatch.setattr(context_tables, "_FEW", 302)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(folder))
    monkeypatch.setenv("MUSEGNN_RUNS", str(root))
    return folder


def ask(root, path):
    source = runs.FileSource(role=STRUCTURES, name=path.name, path=str(path))
    request = runs.make_request(
        settings={"method": "forms"}, files=[source], name="forms", device="cpu"
    )
    (record,) = runs.submit(request, executor="inprocess", root=root, perform=perform)
    return record


def test_what_waits_is_left_out_until_a_run_has_brought_it(folder, root, tmp_path):
    found = read_at_hand(open_store(folder), is_patient=False)
    assert [(one.table, len(one.structures)) for one in found.waiting] == [
        ("chembl2k_assays", len(CHAINS))
    ]
    assert len(found.tables.keys) == N_SHIPPED
    path = tmp_path / "structures.json"
    path.write_bytes(view.open_context(folder).question)
    record = ask(root, path)
    assert record.state == "finished", record.message
    told = json.loads((runs.result_folder(record.folder) / FORMS_FILE).read_text())
    too_small = sum(size % 40 < 3 for size in range(110)) * 3
    assert told == {"chembl2k_assays": {"structures": 330, "without a form": too_small}}
    whole = read_at_hand(open_store(folder), is_patient=False)
    assert not whole.waiting
    # of 40 lengths and three ends, those of four heavy atoms or more, but one that ships
    assert len(set(whole.tables.keys) - set(found.tables.keys)) == 3 * 37 - 1
    patient = read_at_hand(open_store(folder))
    assert patient.tables.keys == whole.tables.keys


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "Expected structures by table"),
        ('{"tables": {"a": [1]}}', "found something else in odd.json"),
        ('{"tables": {"a": ["CCO"]}, "forms": "of another release"}', "forms that molecules have"),
        ("{", "Expected structures by table"),
    ],
)
def test_another_file_is_refused_in_a_sentence(root, tmp_path, content, said):
    path = tmp_path / "odd.json"
    path.write_text(content)
    record = ask(root, path)
    assert record.state == "failed"
    assert said in record.message


def test_the_page_shows_all_else_offers_the_run_and_takes_what_it_brought(
    folder, atlas_folder, monkeypatch
):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    page = visit_page("18_Context")
    assert not page.exception
    (said,) = page.info
    assert "chembl2k_assays (330)" in said.value
    assert "301 molecules stand in a graph" in texts(page)
    assert page.button(key="context_add").label == "Add them"
    forms.open_forms(CHAINS)  # another run, or the command line
    page.run()
    assert not page.exception
    assert not page.info
    assert "411 molecules stand in a graph" in texts(page)


def test_all_who_look_share_one_run_and_are_told_how_long_it_takes(folder):
    first, second = (view.open_context(folder) for _ in range(2))
    assert view.work_of(first) == view.work_of(second)
    assert json.loads(first.question)["tables"] == {"chembl2k_assays": CHAINS}
    assert not view.is_prepared(first)
    said = view.say_waiting(first)
    assert "Each of these 330 structures" in said
    assert "in the background. The graph below is of all else" in said
