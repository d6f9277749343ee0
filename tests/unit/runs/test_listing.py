"""Hundreds of runs are listed in a fraction of a second."""

from __future__ import annotations

import json
import shutil
import time

import pytest

from musegnn import runs
from musegnn.runs import files, result
from musegnn.runs.identifiers import make_run_id
from tests.operations import count_calls
from tests.toy_runs import new_run, toy_config, write_launch, write_status


def test_200_finished_runs_and_3_active_ones_are_listed_without_hashing(
    finished, root, graphs, monkeypatch
):
    config = toy_config(graphs)
    for number in range(199):
        moment = config.created.replace(year=2020, month=1 + number // 20, day=1 + number % 20)
        run_id = make_run_id(
            name="x", kind="aligned", seed=0, config_hash=config.config_hash, time=moment
        )
        copy = root / run_id
        (copy / "result" / "graphs").mkdir(parents=True)
        for path in finished.rglob("*"):
            if path.is_file():
                target = copy / path.relative_to(finished)
                target.parent.mkdir(exist_ok=True)
                shutil.copy2(path, target)
    active = [new_run(root, graphs) for _ in range(3)]
    for folder in active[:2]:
        write_launch(folder)
        write_status(folder)
    monkeypatch.setattr(result, "hash_file", lambda _: pytest.fail("a file was hashed again"))
    found = runs.list_runs(root)
    calls = count_calls(lambda: runs.list_runs(root))
    assert len(found) == 203
    assert [run.state for run in found].count("finished") == 200
    assert [run.state for run in found].count("running") == 2
    assert calls < 3000 * len(found)
    assert [run.created for run in found[:4]] == sorted(
        (run.created for run in found[:4]), reverse=True
    )


def test_what_is_no_run_is_not_listed(waiting, root, tmp_path):
    (root / ".trash" / waiting.name).mkdir(parents=True)
    (root / "notes").mkdir()
    (root / "20261121T061144Z-heart-aligned-s0-3f9a2c").write_text("a file")
    (root / "20261121T061144Z-liver-aligned-s0-3f9a2c").symlink_to(tmp_path)
    assert [run.run_id for run in runs.list_runs(root)] == [waiting.name]
    assert runs.list_runs(tmp_path / "none") == []


def test_the_queue_has_an_order(root, graphs):
    first, second, third = (new_run(root, graphs) for _ in range(3))
    # one that is taken up again stands behind
    request = {"attempt": 2, "executor": "local", "requested_time": time.time() + 1}
    (first / files.REQUEST).write_text(json.dumps(request))
    places = {run.run_id: run.queue_place for run in runs.list_runs(root)}
    assert places == {second.name: 1, third.name: 2, first.name: 3}
