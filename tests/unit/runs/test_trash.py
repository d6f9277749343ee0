"""Deleted runs can come back until the trash is emptied."""

from __future__ import annotations

import shutil
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from musegnn import runs
from musegnn.errors import RunError
from musegnn.runs import trash
from tests.toy_runs import write_launch, write_status


def test_a_deleted_run_comes_back_as_it_was(finished, root):
    files_before = sorted(p.name for p in finished.rglob("*") if p.is_file())
    runs.delete(root, finished.name)
    assert runs.list_runs(root) == []
    (deleted,) = runs.list_deleted(root)
    assert (deleted.run_id, deleted.name) == (finished.name, "Toy")
    assert deleted.size > 1000
    record = runs.undelete(root, finished.name)
    assert record.state == "finished"
    after = sorted(p.name for p in finished.rglob("*") if p.is_file())
    assert set(after) - {"control.lock"} == set(files_before) - {"control.lock"}
    assert runs.list_deleted(root) == []


def test_a_run_that_waits_or_goes_on_is_not_deleted(waiting, root):
    with pytest.raises(RunError, match="Cancel it first"):
        runs.delete(root, waiting.name)
    write_launch(waiting)
    write_status(waiting)
    with pytest.raises(RunError, match=r"found .* running"):
        runs.delete(root, waiting.name)


def test_the_trash_is_emptied_for_ever(finished, root):
    runs.delete(root, finished.name)
    with pytest.raises(RunError, match="Expected the id of a run"):
        runs.empty_trash(root, ["../.."])
    assert runs.empty_trash(root, [finished.name]) == 1
    assert runs.list_deleted(root) == []
    with pytest.raises(RunError, match="found none"):
        runs.undelete(root, finished.name)
    assert runs.empty_trash(root) == 0


def test_a_run_imported_since_is_not_overwritten(finished, root, tmp_path):
    path = runs.export_run(root, finished.name, tmp_path)
    runs.delete(root, finished.name)
    runs.import_run(root, path)
    with pytest.raises(RunError, match="Expected no run"):
        runs.undelete(root, finished.name)


def test_a_run_deleted_twice_keeps_the_older_one(finished, root, tmp_path):
    path = runs.export_run(root, finished.name, tmp_path)
    for _ in range(3):
        runs.delete(root, finished.name)
        runs.import_run(root, path)
    runs.delete(root, finished.name)
    deleted = runs.list_deleted(root)
    assert len({run.run_id for run in deleted}) == 4
    for run in deleted:
        assert runs.undelete(root, run.run_id).state == "finished"
    assert len(runs.list_runs(root)) == 4


def test_a_full_trash_goes_on_counting_and_removes_nothing(finished, root, tmp_path):
    path = runs.export_run(root, finished.name, tmp_path)
    runs.delete(root, finished.name)
    stamp, _, rest = finished.name.partition("-")
    moment = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    for seconds in range(1, 40):
        taken = root / ".trash" / f"{moment + timedelta(seconds=seconds):%Y%m%dT%H%M%SZ}-{rest}"
        taken.mkdir()
        (taken / "note").write_text("the only copy")
    runs.import_run(root, path)
    runs.delete(root, finished.name)
    assert len(list((root / ".trash").iterdir())) == 41
    assert len(list((root / ".trash").glob("*/note"))) == 39
    fresh = root / ".trash" / f"{moment + timedelta(seconds=40):%Y%m%dT%H%M%SZ}-{rest}"
    assert runs.undelete(root, fresh.name).state == "finished"


@pytest.mark.parametrize("stamp", ["99991231T235959Z", "20269999T999999Z"])
def test_a_time_that_leads_nowhere_keeps_no_run_from_the_trash(finished, root, stamp):
    rest = finished.name.partition("-")[2]
    odd = root / f"{stamp}-{rest}"
    for _ in range(3):
        shutil.copytree(finished, odd)
        runs.delete(root, odd.name)
    assert len(runs.list_deleted(root)) == 3
    assert runs.undelete(root, odd.name).state == "finished"


def test_who_is_killed_while_the_trash_is_emptied_leaves_no_half_of_a_run(
    finished, root, monkeypatch
):
    runs.delete(root, finished.name)
    monkeypatch.setattr(trash.shutil, "rmtree", lambda *_, **__: sys.exit("killed"))
    with pytest.raises(SystemExit, match="killed"):
        runs.empty_trash(root)
    monkeypatch.undo()
    assert runs.list_deleted(root) == []
    assert len(list((root / ".trash").iterdir())) == 1
    assert runs.empty_trash(root) == 0  # what was left goes with the next
    assert list((root / ".trash").iterdir()) == []


@pytest.mark.parametrize("moment", [-5.0, 0.0, 1e9, 1e10, 1e12, 1e200])
def test_a_clock_that_jumps_costs_no_run(finished, root, tmp_path, monkeypatch, moment):
    path = runs.export_run(root, finished.name, tmp_path)
    runs.delete(root, finished.name)
    monkeypatch.setattr(time, "time", lambda: moment)
    runs.import_run(root, path)
    runs.delete(root, finished.name)
    assert len(runs.list_deleted(root)) == 2
    assert runs.list_runs(root) == []
    record = runs.undelete(root, finished.name)
    assert record.state == "finished"
    assert runs.rename(root, record.run_id, "again").name == "again"
    assert runs.empty_trash(root) == 1
    assert [run.state for run in runs.list_runs(root)] == ["finished"]
