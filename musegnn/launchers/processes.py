"""Who a process is, told so that a number that was given out again is not taken for it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from functools import cache
from pathlib import Path

PROC = Path("/proc")
GRACE = 10.0  # seconds between a request to end and the end by force
_GONE_STATES = {"Z", "X", "x"}  # ended, only its entry in the table is left


@cache
def this_machine() -> str:
    """Name under which this start of this machine is known: host, boot, namespace of processes.

    Two names are equal where a process number means the same process. Containers have namespaces of
    their own; a number from before a restart means nothing any more.
    """
    return "/".join([socket.gethostname(), boot_id(), _namespace()])


@cache
def boot_id() -> str:
    """Random name of this start of the machine; "" where the system gives none."""
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _namespace() -> str:
    """Namespace of process numbers, such as `4026531836`; "" where there is but one."""
    try:
        return Path(PROC / "self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        return ""


def start_mark(pid: int) -> str | None:
    """Return when a process started, as a text to compare; None when there is no such process.

    Parameters
    ----------
    pid
        Number of a process of this machine.

    Notes
    -----
    Linux counts clock ticks since the machine started, so setting the clock changes nothing.
    """
    if pid <= 0:
        return None
    try:
        line = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None if PROC.is_dir() and (PROC / "self").exists() else _ask_ps(pid)
    fields = line.rpartition(")")[2].split()  # a name may hold spaces and brackets
    return None if fields[0] in _GONE_STATES else fields[19]


def _ask_ps(pid: int) -> str | None:
    """Start of a process where there is no /proc, as on macOS."""
    done = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = done.stdout.strip().partition(" ")
    return None if done.returncode or state.startswith("Z") else started.strip()


def is_running(pid: int, mark: str) -> bool:
    """True when the process of that number still is the one that started at `mark`."""
    found = start_mark(pid)
    return found is not None and found == mark


def signal_group(pid: int, mark: str, number: signal.Signals) -> bool:
    """Send a signal to the group that a process leads.

    Returns
    -------
    False when the process is gone; nothing is sent then, for the number may belong to another.
    """
    if not is_running(pid, mark):
        return False
    try:
        # never the group of whoever asks, should the process not lead one of its own
        if os.getpgid(pid) != pid or pid == os.getpgrp():
            os.kill(pid, number)
        else:
            os.killpg(pid, number)
    except ProcessLookupError:
        return False
    return True


def kill_group(pid: int, mark: str, *, patience: float = GRACE) -> bool:
    """End the group of a process by force and wait until none of it is left.

    Returns
    -------
    True when all are gone.
    """
    signal_group(pid, mark, signal.SIGKILL)
    deadline = time.monotonic() + patience
    while is_running(pid, mark):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def monotonic() -> float:
    """Seconds since the machine started, equal for all its processes, whatever the clock is set to.

    Time that the machine slept does not count: a run is not late for a closed lid.
    """
    return time.monotonic()
