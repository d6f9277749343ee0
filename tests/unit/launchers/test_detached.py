"""What is started detached goes on without whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from musegnn.errors import RunError
from musegnn.launchers.detached import (
    BACKGROUND,
    child_environment,
    module_command,
    start_leader,
    start_orphan,
)
from musegnn.settings import REPOSITORY

STARTER = """
import sys
from pathlib import Path
from musegnn.launchers.detached import start_orphan
folder = Path(sys.argv[1])
code = "import os, time, pathlib; pathlib.Path('told').write_text(str(os.getpid())); time.sleep(60)"
start_orphan([sys.executable, "-c", code], folder=folder, log=folder / "log")
print("started", flush=True)
sys.stdin.read()
"""


def wait_for(path):
    deadline = time.monotonic() + 30
    while not (path.is_file() and path.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return path.read_text()


def test_a_process_survives_the_death_of_the_one_that_started_it(tmp_path):
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment({}),
        start_new_session=True,
    )
    assert starter.stdout.readline() == b"started\n"
    pid = int(wait_for(tmp_path / "told"))
    os.killpg(starter.pid, signal.SIGKILL)
    starter.communicate()
    os.kill(pid, 0)  # still there
    assert os.getsid(pid) not in {starter.pid, os.getsid(0)}
    os.kill(pid, signal.SIGKILL)


def test_only_programs_on_the_list_are_started_and_as_lists_of_words(tmp_path):
    command = module_command("musegnn.worker", tmp_path / "a; rm -rf $(x) `y`")
    assert command[:4] == [sys.executable, "-P", "-m", "musegnn.worker"]
    assert command[4] == str(tmp_path / "a; rm -rf $(x) `y`")
    assert len(command) == 5
    for other in ("os", "musegnn.cli.main", "musegnn.worker; id", ""):
        with pytest.raises(RunError, match="one of the programs"):
            module_command(other, tmp_path)


def test_a_program_that_cannot_be_started_is_told(tmp_path):
    with pytest.raises(RunError, match="Expected to start"):
        start_orphan(["x"], folder=tmp_path / "none", log=tmp_path / "log")


def test_children_find_the_package_and_a_file_in_a_run_is_no_library(tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('taken for a library')")
    environment = child_environment({"OMP_NUM_THREADS": "3"})
    assert str(REPOSITORY) in environment["PYTHONPATH"].split(os.pathsep)
    assert environment["OMP_NUM_THREADS"] == "3"
    done = subprocess.run(
        [sys.executable, "-P", "-c", "import json; print(json.dumps(1))"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "1\n"


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_log_that_is_no_plain_file_is_refused_and_waited_for_by_nobody(tmp_path, make):
    make(tmp_path / "log")
    with pytest.raises(RunError, match="Expected to start"):
        start_leader(["/bin/true"], folder=tmp_path, log=tmp_path / "log", environment={})


def test_what_is_started_lets_others_pass(tmp_path):
    code = (
        "import os, sys; sys.stdout.write(str(os.getpid())); sys.stdout.flush(); sys.stdin.read()"
    )
    command = [sys.executable, "-c", f"{code}; import time; time.sleep(30)"]
    child = start_leader(
        command, folder=tmp_path, log=tmp_path / "log", environment=child_environment({})
    )
    try:
        wait_for(tmp_path / "log")
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == max(own, BACKGROUND)
    finally:
        child.kill()
        child.wait()
