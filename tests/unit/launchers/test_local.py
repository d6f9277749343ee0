"""Jobs in processes: all outcomes, one failure at a time, nothing left running."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from musegnn.errors import InputError
from musegnn.launchers import Job, LocalLauncher, Outcome
from tests import launcher_jobs as work


@pytest.fixture(scope="module")
def launcher() -> Iterator[LocalLauncher]:
    launcher = LocalLauncher(2)
    yield launcher
    launcher.close()


def run(launcher: LocalLauncher, jobs: list[Job]) -> dict[str, Outcome]:
    return {job.name: outcome for job, outcome in launcher.submit(jobs)}


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_job_has_its_outcome(launcher):
    outcomes = run(launcher, [Job(str(n), work.square, n) for n in range(7)])
    assert {name: outcome.value for name, outcome in outcomes.items()} == {
        str(n): n * n for n in range(7)
    }
    assert all(outcome.error == outcome.trace == "" for outcome in outcomes.values())
    assert run(launcher, []) == {}


def test_a_failed_or_killed_job_leaves_the_others_alone(launcher):
    jobs = [Job(str(n), work.square, n) for n in range(4)]
    jobs[1:1] = [Job("killed", work.die, 0), Job("gone", work.leave, 0)]
    jobs[2:2] = [Job("refused", work.refuse, 0), Job("stumbled", work.stumble, 0)]
    outcomes = run(launcher, jobs)
    assert [outcomes[str(n)].value for n in range(4)] == [0, 1, 4, 9]
    assert outcomes["refused"].error == (
        "Expected an even number, found an odd one. Choose another."
    )
    assert outcomes["refused"].trace == ""
    assert outcomes["stumbled"].error.endswith(
        "ZeroDivisionError: integer division or modulo by zero."
    )
    assert "in stumble" in outcomes["stumbled"].trace
    assert "killed by SIGKILL. Often this means too little memory" in outcomes["killed"].error
    assert "ended with exit code 7." in outcomes["gone"].error


def test_processes_serve_again_and_know_their_number_of_threads(launcher):
    before = os.environ.get("OMP_NUM_THREADS")
    first = run(launcher, [Job(str(n), work.tell_process, n) for n in range(6)])
    again = run(launcher, [Job("again", work.tell_process, 0)])
    pids = {outcome.value for outcome in first.values()}
    assert len(pids) <= 2
    assert again["again"].value in pids
    threads = run(launcher, [Job("threads", work.tell_threads, 0)])["threads"].value
    assert threads == {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_closing_early_ends_what_runs(tmp_path: Path):
    launcher = LocalLauncher(2)
    jobs = [Job("quick", work.square, 3), Job("slow", work.sleep, str(tmp_path))]
    outcomes = launcher.submit(jobs)
    assert next(outcomes)[1].value == 9
    deadline = time.monotonic() + 20
    while not (marks := list(tmp_path.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.05)
    pid = int(marks[0].name)
    assert is_running(pid)
    outcomes.close()
    launcher.close()
    assert not is_running(pid)


def test_a_number_of_processes_below_one_is_refused():
    with pytest.raises(InputError, match="Expected `jobs` to be greater than 0"):
        LocalLauncher(0)
