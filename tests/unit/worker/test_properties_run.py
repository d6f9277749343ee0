"""Properties of a file as a run: every good row, in parts, stopped, and seen by the page."""

from __future__ import annotations

import pandas as pd
import pytest

from musegnn import runs
from musegnn.molecules import foretelling
from musegnn.runs.kinds.properties import MOLECULES, REFUSED_FILE, TABLE_FILE
from musegnn.screens.parts.uploads import Upload
from musegnn.screens.properties import view_file
from musegnn.worker import properties as work
from musegnn.worker.perform import perform
from musegnn.worker.report import Report

pytest_plugins = ("tests.run_fixtures",)

CHAINS = [f"{'C' * size}O chain{size}" for size in range(3, 20)]


@pytest.fixture
def given(tmp_path, monkeypatch):
    monkeypatch.setattr(foretelling, "BATCH", 6)
    monkeypatch.setattr(work, "BATCH", 6)
    path = tmp_path / "chains.smi"
    path.write_text("\n".join([*CHAINS, "nonsense x", CHAINS[0]]) + "\n", encoding="utf-8")
    return path


def ask(root, path):
    source = runs.FileSource(role=MOLECULES, name=path.name, path=str(path))
    request = runs.make_request(
        settings={"method": "properties"}, files=[source], name="Chains", device="cpu"
    )
    (record,) = runs.submit(request, executor="inprocess", root=root, perform=perform)
    return record


def test_a_run_says_of_each_molecule_what_the_library_says(given, root):
    record = ask(root, given)
    assert record.state == "finished", record.message
    folder = runs.result_folder(record.folder)
    table = pd.read_csv(folder / TABLE_FILE)
    assert table["molecule"].tolist() == [line.split()[1] for line in CHAINS]
    read = foretelling.foretell_wide(
        work.read_heads(), work.read_molecules("\n".join(CHAINS)).molecules
    )
    whole = pd.concat(read, ignore_index=True)
    assert list(table) == list(whole)
    pd.testing.assert_series_equal(
        table["ChEMBL2K KCNH2"], whole["ChEMBL2K KCNH2"].astype(float), rtol=1e-4
    )
    refused = pd.read_csv(folder / REFUSED_FILE)
    assert refused["row"].tolist() == [18, 19]
    view = view_file.read_many(folder)
    assert view.sentence.startswith("17 molecules are foretold, 2 rows are left out")
    assert view.molecules["molecule"].tolist() == table["molecule"].tolist()


def test_a_run_stops_between_two_parts_and_leaves_nothing(given, root, monkeypatch):
    asked = iter([False, False, False, True])
    monkeypatch.setattr(Report, "is_stop_asked", property(lambda _: next(asked, True)))
    record = ask(root, given)
    assert record.state == "stopped"
    assert not (record.folder / "result").exists()


def test_a_file_without_molecules_fails_in_one_sentence(given, root):
    given.write_text("nonsense\n", encoding="utf-8")
    record = ask(root, given)
    assert record.state == "failed"
    assert "found 'nonsense'" in record.message


def test_few_rows_are_looked_at_and_too_many_refused(monkeypatch):
    few = Upload.of("few.smi", "\n".join(CHAINS).encode())
    assert view_file.look(few, most=20).text
    assert view_file.look(few, most=5) == view_file.FileView(len(CHAINS), "")
    monkeypatch.setattr(view_file, "MOST_MOLECULES", 10)
    with pytest.raises(view_file.InputError, match="at most 10 molecules, found more rows"):
        view_file.look(few, most=20)
