"""A lock has one holder and comes back when its holder is killed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from musegnn.errors import InputError, RunError
from musegnn.launchers.detached import child_environment
from musegnn.launchers.file_lock import locked, try_lock

HOLDER = """
import sys
from pathlib import Path
from musegnn.launchers.file_lock import try_lock
print(try_lock(Path(sys.argv[1])) is not None, flush=True)
sys.stdin.read()
"""


def test_a_killed_holder_gives_its_lock_back(tmp_path):
    path = tmp_path / "a" / "x.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment({}),
    )
    assert holder.stdout.readline() == b"True\n"
    assert try_lock(path) is None
    with pytest.raises(RunError, match="found it taken"), locked(path, patience=0.1):
        pytest.fail("two holders")
    holder.kill()
    holder.communicate()
    with locked(path):
        assert try_lock(path) is None
    descriptor = try_lock(path)
    assert descriptor is not None
    os.close(descriptor)


def test_a_lock_goes_on_in_a_process_that_inherits_it(tmp_path):
    path = tmp_path / "x.lock"
    descriptor = try_lock(path)
    heir = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[descriptor]
    )
    os.close(descriptor)
    assert try_lock(path) is None
    heir.communicate(b"\n")
    descriptor = try_lock(path)
    assert descriptor is not None
    os.close(descriptor)


def test_a_place_where_nothing_can_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Expected to be able to write"):
        try_lock(tmp_path / "file" / "x.lock")
