"""One process starts what waits, never more than there is room for, and ends what does not stop."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from musegnn import runs
from musegnn.errors import InputError, RunError
from musegnn.launchers.processes import BADGE, start_mark
from musegnn.runs import control, dispatcher, files, submission
from musegnn.runs.dispatcher import Dispatcher, describe_end, dispatch
from musegnn.runs.launches import badge_of, describe_launch
from musegnn.runs.record import record_of
from tests.process_group import list_group, wait_until_born
from tests.toy_runs import new_run, toy_request, write_launch, write_status

# stands for a training: notes when it begins and ends, and goes on while it is held
STAND_IN = """
import pathlib, sys, time
marks = pathlib.Path(sys.argv[1]).parent / "marks"
with marks.open("a") as stream: stream.write("+")
time.sleep(0.4)
while marks.with_name("hold").exists(): time.sleep(0.02)
with marks.open("a") as stream: stream.write("-")
sys.exit(3)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def stand_in(monkeypatch):
    """Start a stand-in in place of a training."""
    monkeypatch.setattr(
        dispatcher,
        "module_command",
        lambda _, folder: [sys.executable, "-S", "-c", STAND_IN, str(folder)],
    )


def new_local_run(root, graphs, **changes):
    folder = new_run(root, graphs, **changes)
    request = json.loads((folder / files.REQUEST).read_text())
    (folder / files.REQUEST).write_text(json.dumps({**request, "executor": "local"}))
    return folder


def most_at_once(marks):
    now = most = 0
    for sign in marks:
        now += 1 if sign == "+" else -1
        most = max(most, now)
    return most


@pytest.mark.parametrize("limit", [1, 3])
def test_two_dispatchers_never_start_more_than_there_is_room_for(
    root, graphs, stand_in, monkeypatch, limit
):
    monkeypatch.setenv("MUSEGNN_RUNS_AT_ONCE", str(limit))
    monkeypatch.setattr(dispatcher, "LOOK", 0.02)
    for _ in range(5):
        new_local_run(root, graphs)
    threads = [
        threading.Thread(target=dispatch, args=(root,), kwargs={"linger": 0.2}) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    marks = (root / "marks").read_text()
    assert (marks.count("+"), marks.count("-")) == (5, 5)  # each started once
    assert most_at_once(marks) == limit
    found = runs.list_runs(root)
    assert {run.state for run in found} == {"lost"}
    assert all("exit code 3" in run.message for run in found)


def test_runs_are_started_in_the_order_they_were_asked_for(root, graphs, stand_in, monkeypatch):
    monkeypatch.setenv("MUSEGNN_RUNS_AT_ONCE", "1")
    first, second = (new_local_run(root, graphs) for _ in range(2))
    (root / "hold").touch()
    watcher = Dispatcher(root)
    watcher.look()
    assert record_of(first).state == "starting"
    assert record_of(first).process > 0
    assert record_of(second).state == "queued"
    watcher.look()
    assert record_of(second).state == "queued"
    (root / "hold").unlink()
    deadline = time.monotonic() + 60
    while record_of(second).state == "queued":
        assert time.monotonic() < deadline
        watcher.look()
        time.sleep(0.05)
    assert record_of(first).state == "lost"
    while watcher.look():
        time.sleep(0.05)


def test_a_run_that_was_cancelled_in_the_queue_is_never_started(root, graphs, stand_in):
    folder = new_local_run(root, graphs)
    assert runs.cancel(root, folder.name).state == "cancelled"
    assert not Dispatcher(root).look()
    assert not (folder / files.LAUNCH).exists()
    with pytest.raises(RunError, match=r"found .* cancelled"):
        runs.cancel(root, folder.name)


@pytest.mark.parametrize("change", ["config", "method", "path"])
def test_what_was_changed_by_hand_is_never_started(root, graphs, stand_in, change):
    folder = new_local_run(root, graphs)
    if change == "config":
        text = (folder / files.CONFIG).read_text().replace('"epochs": 8', '"epochs": 9')
        (folder / files.CONFIG).write_text(text)
    elif change == "method":
        folder = folder.rename(root / folder.name.replace("-aligned-", "-published-"))
    else:
        folder = folder.rename(root / "a; touch evil")
    assert not Dispatcher(root).look()
    assert not (folder / files.LAUNCH).exists()
    assert not (root / "marks").exists()
    # what does not have the name of a run is not listed as one
    expected = [] if change == "path" else ["failed"]
    assert [run.state for run in runs.list_runs(root)] == expected


def test_a_gpu_that_is_gone_is_told(root, graphs, stand_in, monkeypatch):
    from musegnn.runs import request

    monkeypatch.setattr(request, "list_gpus", lambda: [object()])
    monkeypatch.setattr(request, "torch_uses_gpus", lambda: True)
    folder = new_local_run(root, graphs, device="cuda")
    monkeypatch.setattr(dispatcher, "list_gpus", list)
    assert Dispatcher(root).look()
    record = record_of(folder)
    assert record.state == "failed"
    assert "Expected a GPU for this run" in record.message
    assert not Dispatcher(root).look()


def test_a_run_that_does_not_stop_is_ended_by_force(root, graphs, monkeypatch):
    monkeypatch.setattr(dispatcher, "GRACE", 600.0)
    monkeypatch.setattr(control, "ensure_dispatcher", lambda _: False)
    folder = new_local_run(root, graphs)
    launch = describe_launch(1, executor="local", device="CPU")
    child = subprocess.Popen(
        [sys.executable, "-c", STUBBORN],
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, BADGE: badge_of(folder, launch)},
    )
    try:
        child.stdout.readline()
        known = {"pid": child.pid, "mark": start_mark(child.pid), "token": launch["token"]}
        write_launch(folder, **known, executor="local")
        write_status(folder, **known)
        (folder / files.CHECKPOINT).write_bytes(b"x")
        assert runs.cancel(root, folder.name).state == "stopping"
        watcher = Dispatcher(root)
        for _ in range(5):
            assert watcher.look()
            # it never counts as stopped while its process is there, which is given time to end
            assert list_group(child.pid)
            assert record_of(folder).state == "stopping"
        monkeypatch.setattr(dispatcher, "GRACE", 0.0)
        deadline = time.monotonic() + 30
        while watcher.look():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        ended = record_of(folder)
        assert ended.state == "stopped"
        assert abs(ended.ended.timestamp() - time.time()) < 60  # though it said no last word
        assert child.wait(10) == -signal.SIGKILL
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def test_nobody_is_ended_for_a_number_that_was_given_out_again(root, graphs, monkeypatch):
    monkeypatch.setattr(dispatcher, "GRACE", 0.0)
    folder = new_local_run(root, graphs)
    other = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    )
    write_launch(folder, pid=other.pid, mark="12345")
    write_status(folder, pid=other.pid, mark="12345")
    (folder / files.CANCEL).write_text(json.dumps({"attempt": 1}))
    watcher = Dispatcher(root)
    for _ in range(3):
        watcher.look()
    assert other.poll() is None
    assert record_of(folder).state == "cancelled"
    other.communicate(b"\n")
    assert other.returncode == 0


@pytest.mark.parametrize("token", [None, "0" * 32, 7, ""])
@pytest.mark.parametrize("reported", ["running", "stopping"])
def test_a_launch_written_by_hand_makes_nobody_signal_a_foreign_process(
    root, graphs, monkeypatch, token, reported
):
    monkeypatch.setattr(dispatcher, "GRACE", 0.0)
    monkeypatch.setattr(control, "ensure_dispatcher", lambda _: False)
    folder = new_local_run(root, graphs)
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        wait_until_born(other.pid)
        known = {"pid": other.pid, "mark": start_mark(other.pid), "token": token}
        write_launch(folder, **known, executor="local")
        write_status(folder, **known, state=reported)
        assert record_of(folder).state == "lost"  # nothing of it is there
        with suppress(RunError):
            runs.cancel(root, folder.name)
        (folder / files.CANCEL).write_text(json.dumps({"attempt": 1}))
        watcher = Dispatcher(root)
        for _ in range(3):
            watcher.look()
        runs.delete(root, folder.name)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_copy_of_a_run_does_not_reach_the_process_of_the_run(root, graphs, monkeypatch):
    monkeypatch.setattr(control, "ensure_dispatcher", lambda _: False)
    folder = new_local_run(root, graphs)
    launch = describe_launch(1, executor="local", device="CPU")
    child = subprocess.Popen(
        ["sleep", "60"],
        start_new_session=True,
        env={**os.environ, BADGE: badge_of(folder, launch)},
    )
    try:
        wait_until_born(child.pid)
        known = {"pid": child.pid, "mark": start_mark(child.pid), "token": launch["token"]}
        write_launch(folder, **known, executor="local")
        write_status(folder, **known)
        copied = root / "copies" / folder.name
        shutil.copytree(folder, copied)
        assert (record_of(folder).state, record_of(copied).state) == ("running", "lost")
        runs.delete(copied.parent, copied.name)
        assert child.poll() is None
        runs.cancel(root, folder.name)
        assert child.wait(10) == -signal.SIGTERM
    finally:
        child.kill()
        child.wait()


def test_a_dispatcher_killed_before_it_noted_a_process_loses_no_run(root, graphs, monkeypatch):
    folder = new_local_run(root, graphs)
    started = []

    def die(command, **options):
        started.append(subprocess.Popen(["sleep", "60"], start_new_session=True,
                                        env=dict(options["environment"])))  # fmt: skip
        sys.exit("killed")

    monkeypatch.setattr(dispatcher, "start_leader", die)
    with pytest.raises(SystemExit, match="killed"):
        Dispatcher(root).look()
    (child,) = started
    try:
        wait_until_born(child.pid)
        launch = json.loads((folder / files.LAUNCH).read_text())
        assert "pid" not in launch
        # libraries may load for longer than that; nobody may take it up or delete it meanwhile
        old = {"launched_steady": launch["launched_steady"] - 100}
        (folder / files.LAUNCH).write_text(json.dumps({**launch, **old}))
        record = record_of(folder)
        assert (record.state, record.process) == ("starting", child.pid)
        monkeypatch.setattr(control, "ensure_dispatcher", lambda _: False)
        runs.cancel(root, folder.name)
        assert child.wait(10) == -signal.SIGTERM
        assert record_of(folder).state == "cancelled"
    finally:
        child.kill()
        child.wait()


def test_a_queue_has_an_end(root, graphs, monkeypatch):
    monkeypatch.setenv("MUSEGNN_RUNS_WAITING", "2")
    monkeypatch.setattr(submission, "ensure_dispatcher", lambda _: False)
    with pytest.raises(InputError, match="at most 2 waiting runs, found 0 and 3 new ones"):
        runs.submit(toy_request(graphs, seeds=[0, 1, 2]), root=root)
    assert runs.list_runs(root) == []
    runs.submit(toy_request(graphs, seeds=[0, 1]), root=root)
    with pytest.raises(InputError, match="found 2 and 1 new"):
        runs.submit(toy_request(graphs), root=root)


@pytest.mark.parametrize(
    ("code", "words"), [(3, "exit code 3"), (-9, "SIGKILL. Often"), (-15, "SIGTERM."), (-99, "99")]
)
def test_the_end_of_a_process_is_told_in_words(code, words):
    assert words in describe_end(code)


def test_a_dispatcher_without_a_folder_is_refused(tmp_path):
    assert dispatcher.main([]) == 2
    assert dispatcher.main([str(tmp_path / "none")]) == 2
