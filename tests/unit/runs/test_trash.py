"""Deleted runs can come back until the trash is emptied."""

from __future__ import annotations

import pytest

from benchmarks.races import PAIRS, play
from musegnn import runs
from musegnn.errors import RunError
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


@pytest.mark.parametrize("names", PAIRS, ids="-".join)
def test_two_who_decide_at_once_lose_nothing_and_are_told_the_truth(names, tmp_path):
    for number in range(8):
        root = tmp_path / str(number)
        root.mkdir()
        assert play(root, names) == {"lost": 0, "ghosts": 0, "false_words": 0}


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
