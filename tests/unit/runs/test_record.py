"""What a folder says is read with distrust: nothing in it can make a run look better than it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from musegnn import runs
from musegnn.errors import InputError, RunError
from musegnn.launchers import processes
from musegnn.launchers.processes import monotonic, start_mark, this_machine
from musegnn.runs import files
from musegnn.runs.record import record_of
from tests.process_group import wait_until_born
from tests.toy_runs import new_run, write_launch, write_status

GARBAGE = (b"", b"{", b"null", b"[1]", b"\xff\xfe\x00", b'{"a": ' * 3000, b'{"state": "running"}')


@pytest.fixture
def running(waiting):
    """A run that this process seems to perform."""
    write_launch(waiting)
    write_status(waiting, loss=0.5, best=0.4, best_name="loss", best_epoch=2, seconds_left=7.0)
    return waiting


def test_a_run_that_goes_on_tells_where_it_stands(running):
    record = record_of(running)
    assert (record.state, record.epoch, record.epochs) == ("running", 3, 8)
    assert (record.loss, record.best, record.best_name, record.best_epoch) == (0.5, 0.4, "loss", 2)
    assert record.seconds_left == 7.0
    assert record.progress == pytest.approx(3 / 8)
    assert record.process == os.getpid()
    assert record.can_cancel
    assert [record.can_delete, record.can_resume, record.can_open] == [False] * 3
    assert (datetime.now(UTC) - record.created).total_seconds() < 60


def test_a_number_that_was_given_to_another_process_is_not_taken_for_the_run(running):
    write_status(running, mark="1")
    write_launch(running, mark="1")
    record = record_of(running)
    assert record.state == "lost"
    assert record.process == 0  # so nobody ever sends it a signal
    assert "Resume" in record.hint
    assert record.can_resume


def test_a_process_is_not_called_lost_in_the_moment_of_its_birth(running, monkeypatch, tmp_path):
    child = subprocess.Popen(["sleep", "60"])
    try:
        wait_until_born(child.pid)
        known = {"pid": child.pid, "mark": start_mark(child.pid), "executor": "local"}
        (running / files.STATUS).unlink()
        write_launch(running, **known, token="7" * 32)
        assert record_of(running).state == "lost"  # somebody else's
        # a process shows its environment only some time after its parent knows its number
        space = tmp_path / "proc"
        (space / str(child.pid)).mkdir(parents=True)
        (space / "self").mkdir()
        stat = (processes.PROC / str(child.pid) / "stat").read_text()
        (space / str(child.pid) / "stat").write_text(stat)
        for name in ("environ", "cmdline"):
            (space / str(child.pid) / name).touch()
        monkeypatch.setattr(processes, "PROC", space)
        assert record_of(running).state == "starting"
        write_launch(running, **known, token="7" * 32, launched_steady=monotonic() - 100)
        assert record_of(running).state == "lost"
    finally:
        child.kill()
        child.wait()


def test_the_end_of_a_process_shows_at_once(running):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    known = {"pid": child.pid, "mark": start_mark(child.pid)}
    write_status(running, **known)
    assert record_of(running).state == "running"
    child.kill()
    # its parent has not waited for it yet: an entry in the table is no process
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert record_of(running).state == "lost"
    child.communicate()
    assert record_of(running).state == "lost"


@pytest.mark.parametrize("shift", [-86400.0, 86400.0])
def test_a_clock_that_jumps_makes_no_run_lost(running, monkeypatch, shift):
    write_status(running, heartbeat_time=time.time(), heartbeat_steady=monotonic())
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + shift)
    assert record_of(running).state == "running"


def test_a_process_that_is_there_but_silent_is_lost_and_can_be_cancelled(running):
    write_status(running, heartbeat_steady=monotonic() - 100)
    assert record_of(running).state == "running"  # a full machine may have no time for it
    write_status(running, heartbeat_steady=monotonic() - 400)
    record = record_of(running)
    assert record.state == "lost"
    assert "silent for 400 s" in record.message
    assert record.can_cancel
    assert not record.can_delete
    assert not record.can_resume
    with pytest.raises(RunError, match="cancel it first"):
        runs.resume(running.parent, running.name)


def test_a_heartbeat_from_another_machine_counts_by_the_calendar(running):
    away = {"machine": "elsewhere/0-0/1", "pid": 1, "mark": "1"}
    write_status(running, **away, heartbeat_time=time.time() - 5, heartbeat_steady=0.0)
    record = record_of(running)
    assert (record.state, record.process) == ("running", 0)
    write_status(running, **away, heartbeat_time=time.time() - 70, heartbeat_steady=0.0)
    assert record_of(running).state == "lost"


def test_a_restart_of_the_machine_ends_its_runs(running):
    host, _, space = this_machine().split("/")
    before = {"machine": f"{host}/another-boot/{space}", "heartbeat_time": time.time()}
    write_status(running, **before)
    write_launch(running, **before)
    assert record_of(running).state == ("lost" if processes.boot_id() else "running")


@pytest.mark.parametrize("name", [files.STATUS, files.LAUNCH, files.REQUEST, files.LABEL])
@pytest.mark.parametrize("content", GARBAGE)
def test_a_file_changed_by_hand_never_makes_a_run_finished(running, name, content):
    (running / name).write_bytes(content)
    record = record_of(running)
    assert record.state in {"starting", "running", "queued", "lost"}
    write_launch(running, pid=1, mark="0")
    write_status(running, pid=1, mark="0")
    (running / name).write_bytes(content)
    assert record_of(running).state in {"lost", "queued"}


@pytest.mark.parametrize("content", GARBAGE)
def test_a_garbled_configuration_is_told_and_not_run(waiting, content):
    (waiting / files.CONFIG).write_bytes(content)
    record = record_of(waiting)
    assert record.state == "failed"
    assert record.config is None
    assert "config" in record.message
    assert (record.method, record.seed) == ("aligned", 0)  # the id still tells
    with pytest.raises(RunError, match="Expected a run that ended without a result"):
        runs.resume(waiting.parent, waiting.name)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("settings", "learning_rate"), 0.5),
        (("settings", "epochs"), 999),
        (("graphs", 0, "sha256"), "0" * 64),
        (("threads",), 7),
        (("settings", "seed"), 1),
    ],
)
def test_a_configuration_changed_by_hand_does_not_fit_its_id(waiting, path, value):
    config = json.loads((waiting / files.CONFIG).read_text())
    place = config
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (waiting / files.CONFIG).write_text(json.dumps(config))
    record = record_of(waiting)
    assert record.state == "failed"
    assert "changed by hand" in record.message


@pytest.mark.parametrize("value", [-1, 2**70, 1e400, "3", None, True, [], {"a": 1}])
def test_numbers_that_make_no_sense_are_left_out(running, value):
    keys = ("epoch", "loss", "best", "seconds", "seconds_left", "memory_mib", "pid", "attempt")
    for key in keys:
        write_status(running, **{key: value})
        record = record_of(running)
        assert record.epoch >= 0
        assert 0 <= record.progress < 1
    write_status(running, started_time=value, heartbeat_steady=value, heartbeat_time=value)
    record_of(running)


def test_what_an_attempt_before_said_does_not_count(running):
    write_status(running, state="failed", pid=1, mark="0")
    assert record_of(running).state == "failed"
    (running / files.REQUEST).write_text(json.dumps({"attempt": 2, "requested_time": 1.0}))
    assert record_of(running).state == "queued"
    write_launch(running, attempt=2)
    record = record_of(running)
    assert (record.state, record.attempt, record.epoch) == ("starting", 2, 3)


def test_a_name_can_change_and_the_id_stays(waiting):
    record = runs.rename(waiting.parent, waiting.name, "  Heart, second try ")
    assert (record.name, record.run_id) == ("Heart, second try", waiting.name)
    for bad in ("", "  ", "a\x1b[31m", "x" * 101, "a\u202eb"):
        with pytest.raises(InputError, match="Expected a name"):
            runs.rename(waiting.parent, waiting.name, bad)


def test_two_runs_of_one_second_get_two_ids(root, graphs):
    first, second = new_run(root, graphs), new_run(root, graphs)
    assert first.name != second.name
    assert first.name[-6:] == second.name[-6:]


def test_there_is_no_run_of_that_id(root):
    with pytest.raises(RunError, match="found none"):
        runs.read_record(root, "20261121T061144Z-heart-aligned-s0-3f9a2c")
