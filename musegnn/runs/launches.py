"""What `launch.json` says, and which process it means: one that this folder started, or none."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

from musegnn.launchers.processes import (
    boot_id,
    find_wearer,
    is_command_on,
    is_running,
    is_unnamed,
    monotonic,
    start_mark,
    this_machine,
    wears,
)
from musegnn.runs import files
from musegnn.runs.states import BIRTH, Process


def describe_launch(attempt: int, *, executor: str, device: str) -> dict[str, object]:
    """Return what `launch.json` says before a process is known."""
    return {
        "attempt": attempt,
        "executor": executor,
        "device": device,
        "machine": this_machine(),
        "launched_time": time.time(),
        "launched_steady": monotonic(),
        "token": secrets.token_hex(16),
    }


def badge_of(folder: Path, launch: dict[str, Any] | None) -> str:
    """Return what a launch puts into the environment of its process; "" when it has no token.

    The folder belongs to it: a copy of it, or another one that names the same token, has another
    badge, and so no process.
    """
    token = files.text(launch, "token", longest=64)
    try:
        place = folder.stat()
    except OSError:
        return ""
    return f"{token}-{place.st_dev:x}-{place.st_ino:x}" if token else ""


def find_process(
    folder: Path, launch: dict[str, Any] | None, status: dict[str, Any] | None
) -> tuple[Process, int, str]:
    """Look up the process of a run: whether it is there, its number and start.

    Parameters
    ----------
    folder
        Of the run.
    launch, status
        What whoever started it, and the run itself, said in this attempt.
    """
    said = status or {}
    told = said if files.whole_number(said, "pid") else (launch or {})
    pid, mark = files.whole_number(told, "pid"), files.text(told, "mark", longest=100)
    machine = files.text(told, "machine", longest=300)
    if not pid or not mark:
        return _find_unnoted(folder, launch) if status is None else ("unknown", 0, "")
    if machine == this_machine():
        is_there = is_running(pid, mark) and _is_meant(pid, folder, launch)
        return ("alive" if is_there else "gone"), pid, mark
    here, there = this_machine().split("/"), machine.split("/")
    if here[0] == there[0] and boot_id() and len(there) == 3 and there[1] != boot_id():
        return "gone", pid, mark  # this machine was started anew since
    return "unknown", pid, mark


def _is_meant(pid: int, folder: Path, launch: dict[str, Any] | None) -> bool:
    """True when a process is the one that a launch made, not any other whose number stands there.

    One that performs a run in itself ("inprocess") may be any process, and never gets a signal.
    """
    if files.text(launch, "executor", longest=20) == "inprocess":
        return True
    if wears(pid, badge_of(folder, launch)) or is_command_on(pid, folder.absolute()):
        return True
    # the system makes a process first and tells who it is a moment later
    begun = files.number(launch, "launched_steady")
    return begun is not None and abs(monotonic() - begun) < BIRTH and is_unnamed(pid)


def _find_unnoted(folder: Path, launch: dict[str, Any] | None) -> tuple[Process, int, str]:
    """Look for a process whose number was not noted: whoever started it was killed before."""
    told = launch or {}
    is_here = files.text(launch, "machine", longest=300) == this_machine()
    is_born_here = is_here and told.get("executor") == "local" and "problem" not in told
    pid = find_wearer(badge_of(folder, launch)) if is_born_here else 0
    mark = start_mark(pid) if pid else None
    return ("alive", pid, mark) if mark else ("unknown", 0, "")
