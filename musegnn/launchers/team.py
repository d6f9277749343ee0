"""One command in several processes that work together, as torchrun starts them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from musegnn.errors import TrainingError
from musegnn.launchers.jobs import THREAD_VARIABLES
from musegnn.launchers.local import count_cores
from musegnn.validation import check_positive

GRACE = 10.0  # seconds for the others to end by themselves after one has failed


def is_member() -> bool:
    """True in a process that a launcher has started with others."""
    return "WORLD_SIZE" in os.environ


def run_team(arguments: Sequence[str], processes: int) -> int:
    """Run `musegnn` with the same arguments in several processes.

    Parameters
    ----------
    arguments
        What follows `musegnn`.
    processes
        How many. The first has the terminal; of the others only an error is shown.

    Returns
    -------
    Exit code of the first process.

    Raises
    ------
    InputError
        If `processes` is not positive.
    TrainingError
        If another process than the first failed; all others have been ended then.
    """
    check_positive(processes, name="processes")
    with _stopping_on_request(), tempfile.TemporaryDirectory() as folder:
        logs = [open(f"{folder}/{rank}", "w+", encoding="utf-8") for rank in range(processes)]  # noqa: PTH123, SIM115 - closed below
        members = [
            _start(arguments, rank, environment, logs[rank])
            for rank, environment in enumerate(_environments(processes))
        ]
        try:
            _wait(members)
            _check(members, logs)
            return members[0].returncode
        finally:
            _end(members)
            for log in logs:
                log.close()


@contextmanager
def _stopping_on_request() -> Iterator[None]:
    """Take a request to end as an interrupt, so that no process of the team is left behind."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _environments(processes: int) -> list[dict[str, str]]:
    """Variables by which the processes find each other and share the cores."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    threads = str(max(1, count_cores() // processes))
    shared = {**dict.fromkeys(THREAD_VARIABLES, threads), **os.environ}
    shared |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(processes)}
    return [{**shared, "RANK": str(r), "LOCAL_RANK": str(r)} for r in range(processes)]


def _start(
    arguments: Sequence[str], rank: int, environment: dict[str, str], log: TextIO
) -> subprocess.Popen:
    """Start one process; the first keeps the terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "musegnn.cli.main", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=None if rank == 0 else subprocess.DEVNULL,
        stderr=None if rank == 0 else log,
    )


def _wait(members: Sequence[subprocess.Popen]) -> None:
    """Return when all have ended, or some time after one has failed."""
    deadline = float("inf")
    while time.monotonic() < deadline:
        codes = [member.poll() for member in members]
        if all(code is not None for code in codes):
            return
        if any(codes) and deadline == float("inf"):
            deadline = time.monotonic() + GRACE
        time.sleep(0.05)


def _check(members: Sequence[subprocess.Popen], logs: Sequence[TextIO]) -> None:
    """Raise `TrainingError` with the words of a process that failed on its own account."""
    for rank, (member, log) in enumerate(zip(members, logs, strict=True)):
        if rank == 0 or not member.returncode:
            continue
        log.seek(0)
        said = log.read().strip().splitlines()
        reason = said[-1].rstrip(".") if said else f"exit code {member.returncode}"
        if member.returncode < 0:
            reason = f"signal {-member.returncode}, perhaps for want of memory"
        if "training processes that answer" in reason:  # it lost another one
            continue
        msg = (
            f"Expected {len(members)} processes to train, found that number {rank} ended "
            f"({reason})."
        )
        raise TrainingError(msg, "Mend that, then add `--resume`.")


def _end(members: Sequence[subprocess.Popen]) -> None:
    """End what still runs."""
    running = [member for member in members if member.poll() is None]
    for member in running:
        member.terminate()
    for member in running:
        try:
            member.wait(GRACE)
        except subprocess.TimeoutExpired:
            member.kill()
            member.wait()
