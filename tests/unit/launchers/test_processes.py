"""A process is known by its number and its start, and is gone when it is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from musegnn.launchers.processes import (
    is_running,
    kill_group,
    signal_group,
    start_mark,
    this_machine,
)
from tests.process_group import list_group

STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    time.sleep(600)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def stubborn():
    """A process that leads a group of two and ignores requests to end."""
    child = subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, start_new_session=True
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
    assert signal_group(stubborn.pid, mark, signal.SIGTERM)
    time.sleep(0.1)
    assert is_running(stubborn.pid, mark)
    assert kill_group(stubborn.pid, mark)
    wait_until_gone(stubborn.pid)
    assert not is_running(stubborn.pid, mark)
    assert start_mark(stubborn.pid) is None  # ended, though nobody has waited for it


def test_a_number_that_belongs_to_another_now_gets_no_signal(stubborn):
    assert not signal_group(stubborn.pid, "12345", signal.SIGKILL)
    assert kill_group(stubborn.pid, "12345")
    assert len(list_group(stubborn.pid)) == 2


def test_a_process_in_our_own_group_is_ended_alone():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert signal_group(child.pid, start_mark(child.pid), signal.SIGKILL)
    assert child.wait(10) == -signal.SIGKILL
    child.communicate()


def test_marks_tell_processes_apart():
    assert start_mark(os.getpid()) == start_mark(os.getpid())
    assert start_mark(os.getpid()) != start_mark(os.getppid())
    for number in (0, -1, 2**30):
        assert start_mark(number) is None
    assert len(this_machine().split("/")) == 3
