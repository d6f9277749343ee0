"""Processes that go on when the one that started them ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from musegnn.errors import RunError
from musegnn.launchers.processes import PROC
from musegnn.settings import REPOSITORY

# all that may be started, as `python -m`; their only argument is a folder
MODULES = ("musegnn.worker", "musegnn.runs.dispatcher", "musegnn.runs.map_maker")
BACKGROUND = 5  # niceness: of a processor that a page wants too they take a quarter
# between the asking process and the new one stands this, gone at once: the new one has no parent
# that would have to wait for it, and a server that never waits leaves no remains of it
_STEP_ASIDE = """
import os, sys
if os.fork() == 0:
    os.setsid()
    os.execv(sys.argv[1], sys.argv[1:])
"""


def module_command(module: str, folder: Path) -> list[str]:
    """Return the command line that runs one of `MODULES` on a folder, as a list, never a text.

    Raises
    ------
    RunError
        If the module is not on the list.
    """
    if module not in MODULES:
        msg = f"Expected one of the programs {', '.join(MODULES)}, found {module!r}."
        raise RunError(msg, "Nothing else is ever started.")
    # -P: a file in the folder of a run is never taken for a library
    return [sys.executable, "-P", "-m", module, str(Path(folder).absolute())]


def child_environment(changes: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a child: ours, with changes, and able to find this package."""
    paths = [str(REPOSITORY), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    unique = dict.fromkeys(path for path in paths if path)
    return {**os.environ, **changes, "PYTHONPATH": os.pathsep.join(unique)}


def start_leader(
    command: Sequence[str],
    *,
    folder: Path,
    log: Path,
    environment: Mapping[str, str],
    kept_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a process that leads a session of its own, and lets pages of a server go before it.

    Parameters
    ----------
    command
        As returned by `module_command`.
    folder
        Its working folder.
    log
        What it says is appended here.
    environment
        As returned by `child_environment`.
    kept_open
        File descriptors it inherits, such as locks that it holds from its first moment.

    Raises
    ------
    RunError
        If it cannot be started.
    """
    try:
        with open(log, "ab", opener=_open_log) as stream:
            child = subprocess.Popen(
                list(command),
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                pass_fds=tuple(kept_open),
            )
    except OSError as error:
        msg = f"Expected to start {command[0]}, found: {error.strerror or error}."
        raise RunError(msg, "Check the free space, the free memory and the permissions.") from error
    _let_others_pass(child.pid)
    return child


def _let_others_pass(pid: int) -> None:
    """Give a process what others leave of the processors; where that cannot be, it takes its share.

    Linux may weigh sessions against each other before the processes in them: then a niceness counts
    that the session has.
    """
    with suppress(OSError, AttributeError):  # gone already; Windows
        niceness = max(BACKGROUND, os.getpriority(os.PRIO_PROCESS, pid))
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
        (PROC / str(pid) / "autogroup").write_text(f"{niceness}\n", encoding="ascii")


def _open_log(path: str, flags: int) -> int:
    """Open a log; a link is refused, and a pipe, which would wait for a reader for ever."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)


def start_orphan(command: Sequence[str], *, folder: Path, log: Path) -> None:
    """Start a process that has no parent and survives everyone.

    Raises
    ------
    RunError
        If it cannot be started.
    """
    # -S: the step aside needs no installed package
    step = [sys.executable, "-S", "-c", _STEP_ASIDE, *command]
    starter = start_leader(step, folder=folder, log=log, environment=child_environment({}))
    if starter.wait() != 0:
        msg = f"Expected to start {command[0]}, found exit code {starter.returncode}."
        raise RunError(msg, f"What it said stands in {log}.")
