"""A process is known by its number and its start, and is gone when it is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from musegnn.launchers import processes
from musegnn.launchers.processes import (
    BADGE,
    find_wearer,
    is_running,
    kill_group,
    signal_group,
    start_mark,
    this_machine,
)
from tests.process_group import list_group, wait_until_born

STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    time.sleep(600)
print("ready", flush=True)
time.sleep(600)
"""


HERE = Path("/nowhere")
OURS = {"badge": "a-badge", "folder": HERE}


@pytest.fixture
def stubborn():
    """A process that leads a group of two, ignores requests to end, and wears a badge."""
    child = subprocess.Popen(
        [sys.executable, "-c", STUBBORN],
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, BADGE: "a-badge"},
    )
    assert child.stdout.readline() == b"ready\n"
    yield child
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.communicate()


def wait_until_gone(group):
    deadline = time.monotonic() + 10
    while list_group(group):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_force_ends_a_whole_group_that_ignores_a_request(stubborn):
    mark = start_mark(stubborn.pid)
    assert len(list_group(stubborn.pid)) == 2
    assert signal_group(stubborn.pid, mark, signal.SIGTERM, **OURS)
    time.sleep(0.1)
    assert is_running(stubborn.pid, mark)
    assert kill_group(stubborn.pid, mark, **OURS)
    wait_until_gone(stubborn.pid)
    assert not is_running(stubborn.pid, mark)
    assert start_mark(stubborn.pid) is None  # ended, though nobody has waited for it


def test_a_number_that_belongs_to_another_now_gets_no_signal(stubborn):
    assert not signal_group(stubborn.pid, "12345", signal.SIGKILL, **OURS)
    assert kill_group(stubborn.pid, "12345", **OURS)
    assert len(list_group(stubborn.pid)) == 2


def test_a_process_in_our_own_group_is_ended_alone():
    command = [sys.executable, "-c", "input()"]
    environment = {**os.environ, BADGE: "a-badge"}
    child = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    wait_until_born(child.pid)
    assert find_wearer("a-badge") == 0  # it leads no group
    assert signal_group(child.pid, start_mark(child.pid), signal.SIGKILL, **OURS)
    assert child.wait(10) == -signal.SIGKILL
    child.communicate()


@pytest.mark.parametrize("badge", ["", "another", "a-badg", "a-badge-and-more"])
def test_a_process_without_the_badge_gets_no_signal_whatever_else_is_right(stubborn, badge):
    mark = start_mark(stubborn.pid)
    assert not signal_group(stubborn.pid, mark, signal.SIGKILL, badge=badge, folder=HERE)
    assert not kill_group(stubborn.pid, mark, badge=badge, folder=HERE)
    assert len(list_group(stubborn.pid)) == 2
    assert find_wearer(badge) == 0


def test_a_process_is_found_by_its_badge(stubborn):
    assert find_wearer("a-badge") == stubborn.pid


def test_without_proc_the_command_line_has_to_name_the_run(monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "PROC", tmp_path / "none")
    words = [sys.executable, "-c", "input()", "-m", "musegnn.worker", str(HERE)]
    child = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)
    mark = start_mark(child.pid)
    assert mark
    other = {"badge": "a-badge", "folder": HERE / "another"}
    assert not signal_group(child.pid, mark, signal.SIGKILL, **other)
    assert child.poll() is None
    assert signal_group(child.pid, mark, signal.SIGKILL, **OURS)
    assert child.wait(10) == -signal.SIGKILL
    child.communicate()


def test_marks_tell_processes_apart():
    assert start_mark(os.getpid()) == start_mark(os.getpid())
    assert start_mark(os.getpid()) != start_mark(1)
    for number in (0, -1, 2**30):
        assert start_mark(number) is None
    assert len(this_machine().split("/")) == 3
