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
GRACE = 8.0  # seconds between a request to end and the end by force: over within ten
PERFORMER = "musegnn.worker"  # the program that performs a run
BADGE = "MUSEGNN_LAUNCH"  # variable by which a process tells which launch it comes from
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
        return None if _has_proc() else _ask_ps(pid)
    fields = line.rpartition(")")[2].split()  # a name may hold spaces and brackets
    return None if fields[0] in _GONE_STATES else fields[19]


def _ask_ps(pid: int) -> str | None:
    """Start of a process where there is no /proc, as on macOS."""
    state, _, started = _from_ps(pid, "stat", "lstart").partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def _from_ps(pid: int, *columns: str) -> str:
    """What `ps` says of a process; "" when there is none."""
    asked = ",".join(f"{column}=" for column in columns)
    command = ["ps", "-ww", "-o", asked, "-p", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode else done.stdout.strip()


def is_running(pid: int, mark: str) -> bool:
    """True when the process of that number still is the one that started at `mark`."""
    found = start_mark(pid)
    return found is not None and found == mark


def wears(pid: int, badge: str) -> bool | None:
    """True when the environment that a process was started with holds a badge.

    Returns
    -------
    None where that cannot be read: on a system without /proc, or of somebody else's process.
    """
    try:
        content = (PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return None
    return bool(badge) and f"{BADGE}={badge}".encode() in content.split(b"\0")


def is_command_on(pid: int, folder: Path) -> bool:
    """True when the command line of a process says that it performs the run in a folder."""
    if _has_proc():
        try:
            content = (PROC / str(pid) / "cmdline").read_bytes()
        except OSError:
            return False
        words = content.decode("utf-8", errors="surrogateescape").rstrip("\0").split("\0")
        return words[-2:] == [PERFORMER, str(folder)]
    return _from_ps(pid, "command").endswith(f" {PERFORMER} {folder}")


def is_unnamed(pid: int) -> bool:
    """True for a process that shows neither command line nor environment, as while it is born."""
    try:
        shown = [(PROC / str(pid) / name).read_bytes() for name in ("environ", "cmdline")]
    except OSError:
        return False
    return not any(shown)


def find_wearer(badge: str) -> int:
    """Number of the process that was started with a badge and leads its group; 0 without one."""
    for entry in PROC.iterdir() if _has_proc() and badge else ():
        pid = int(entry.name) if entry.name.isdigit() else 0
        if pid and wears(pid, badge) and _leads(pid) and start_mark(pid) is not None:
            return pid
    return 0


def signal_group(pid: int, mark: str, number: signal.Signals, *, badge: str, folder: Path) -> bool:
    """Send a signal to the group that a process of ours leads.

    Parameters
    ----------
    pid, mark
        The process: its number and its start.
    number
        The signal.
    badge
        What the launch put into its environment; "" is that of no process. Numbers and starts can
        be read of every process of the machine, this only by whoever may signal it anyway.
    folder
        Folder of the run. Where no environment can be read (there is no /proc), the command line
        must name it.

    Returns
    -------
    False when the process is gone or another one; nothing is sent then.
    """
    if not (badge and is_running(pid, mark)):
        return False
    is_ours = wears(pid, badge) if _has_proc() else is_command_on(pid, folder)
    if not is_ours:
        return False
    try:
        # never the group of whoever asks, should the process not lead one of its own
        if os.getpgid(pid) != pid or pid == os.getpgrp():
            os.kill(pid, number)
        else:
            os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def kill_group(pid: int, mark: str, *, badge: str, folder: Path, patience: float = GRACE) -> bool:
    """End the group of a process of ours by force and wait until none of it is left.

    Returns
    -------
    True when all are gone; False at once when the process is not ours.
    """
    if not signal_group(pid, mark, signal.SIGKILL, badge=badge, folder=folder):
        return not is_running(pid, mark)
    deadline = time.monotonic() + patience
    while is_running(pid, mark):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _has_proc() -> bool:
    """True on a system that shows its processes as files."""
    return (PROC / "self").exists()


def _leads(pid: int) -> bool:
    """True for the first process of a group."""
    try:
        return os.getpgid(pid) == pid
    except OSError:
        return False


def monotonic() -> float:
    """Seconds since the machine started, equal for all its processes, whatever the clock is set to.

    Time that the machine slept does not count: a run is not late for a closed lid.
    """
    return time.monotonic()
