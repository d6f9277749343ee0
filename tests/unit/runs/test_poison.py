"""A run folder that cannot be read is one line of the list and keeps nothing else from its work."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from musegnn import runs
from musegnn.errors import MuseGNNError, RunError
from musegnn.runs import dispatcher, files, submission
from musegnn.runs.dispatcher import Dispatcher
from musegnn.runs.states import STATES
from musegnn.screens.runs import view_compare, view_detail, view_list
from musegnn.screens.runs.view_curves import CurveTable
from tests.command_line import musegnn
from tests.made_runs import write_run
from tests.poison import poison, poisons

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
POISONS = list(poisons())


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory):
    """A folder of one sound run and one for each poison."""
    place = tmp_path_factory.mktemp("poison")
    templates = {}
    for state in ("stopped", "finished", "queued", "failed"):
        (place / state).mkdir()
        templates[state] = write_run(place / state, state, graphs=()).folder
        if state != "queued":  # it was started long ago
            path = templates[state] / files.LAUNCH
            launch = json.loads(path.read_text())
            files.write_json(path, {**launch, "launched_steady": launch["launched_steady"] - 1000})
    root = place / "runs"
    root.mkdir()
    for number, (_, name, put) in enumerate(POISONS):
        template = list(templates.values())[number % len(templates)]
        rest = template.name.partition("-")[2]
        folder = root / f"{FIRST + timedelta(seconds=number):%Y%m%dT%H%M%SZ}-{rest}"
        shutil.copytree(template, folder)
        poison(folder, name, put)
    write_run(root, "stopped", name="sound", graphs=())
    return root


def test_every_folder_is_a_line_and_the_sound_run_is_as_it_was(poisoned):
    records = runs.list_runs(poisoned)
    assert len(records) == len(POISONS) + 1 > 200
    assert {record.state for record in records} <= set(STATES)
    (sound,) = (record for record in records if record.name == "sound")
    assert (sound.state, sound.can_resume) == ("stopped", True)
    for order in view_list.ORDERS:
        found = view_list.build(records, view_list.ListRequest(order=order, search="aligned"))
        assert len(found.table) == len(records)
    for record in records:
        if record.config is None:
            assert record.state in {"failed", "finished", "cancelled", "lost", "stopped"}, record
            assert record.run_id


def test_the_page_of_each_can_be_drawn(poisoned):
    records = runs.list_runs(poisoned)
    curves = {}
    for record in records:
        curves[record.run_id] = CurveTable().follow(record.folder)
        detail = view_detail.build(record, curves[record.run_id])
        assert detail is not None
        assert isinstance(runs.read_log_tail(record.folder), str)
        runs.read_live_map(record.folder)
    view_compare.build(records, curves)


def test_the_command_lists_them_as_well(poisoned, monkeypatch):
    monkeypatch.setattr(submission, "ensure_dispatcher", lambda _: False)  # none is to start
    answer = musegnn("runs", "list", "--json", "--runs", poisoned)
    assert len(json.loads(answer.out)) == len(POISONS) + 1


def test_no_poison_holds_the_dispatcher_up(poisoned, tmp_path, monkeypatch):
    root = tmp_path / "runs"
    shutil.copytree(poisoned, root, symlinks=True, ignore=lambda place, _: _pipes(place))
    for number, (_, name, put) in enumerate(POISONS):  # pipes cannot be copied
        folder = next(root.glob(f"{FIRST + timedelta(seconds=number):%Y%m%dT%H%M%SZ}-*"))
        if not (folder / name).exists() and not (folder / name).is_symlink():
            put(folder / name)
    good = write_run(root, "queued", name="good", graphs=())
    monkeypatch.setenv("MUSEGNN_RUNS_AT_ONCE", "64")
    monkeypatch.setattr(dispatcher, "module_command", lambda *_: ["/bin/true"])
    monkeypatch.setattr(submission, "ensure_dispatcher", lambda _: False)
    children, start = [], dispatcher.start_leader

    def begin(command, **options):
        children.append(start(command, **options))
        return children[-1]

    monkeypatch.setattr(dispatcher, "start_leader", begin)
    submission.tend(root)
    watcher = Dispatcher(root)
    deadline = datetime.now(UTC) + timedelta(seconds=60)
    while not (good.folder / files.LAUNCH).exists():
        assert datetime.now(UTC) < deadline
        watcher.look()
    assert len(children) > 10
    assert {child.wait(10) for child in children} == {0}


def test_each_can_be_exported_and_deleted_or_says_why_not(poisoned, tmp_path):
    exported, refusals = 0, []
    for record in runs.list_runs(poisoned):
        try:
            runs.export_run(poisoned, record.run_id, tmp_path / "run.zip")
            exported += 1
        except MuseGNNError as error:
            refusals.append(str(error))
        if record.is_active:
            with pytest.raises(RunError, match="Cancel it first"):
                runs.delete(poisoned, record.run_id)
            runs.cancel(poisoned, record.run_id)
        runs.delete(poisoned, record.run_id)
    assert exported > 100
    assert all(text.startswith("Expected") for text in refusals)
    deleted = runs.list_deleted(poisoned)
    assert len(deleted) == len(POISONS) + 1
    assert {len(run.name) <= 100 for run in deleted} == {True}
    assert runs.undelete(poisoned, deleted[7].run_id).run_id == deleted[7].run_id
    assert runs.empty_trash(poisoned) == len(POISONS)
    assert runs.list_deleted(poisoned) == []


def _pipes(place):
    """Names of the pipes in a folder."""
    done = subprocess.run(
        ["find", place, "-maxdepth", "1", "-type", "p", "-printf", "%f\n"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()
