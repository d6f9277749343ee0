"""Watch: starts the worker, gives it files, and ends it when it takes too long or too much."""

from __future__ import annotations

import json
import os
import selectors
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HANG_SECONDS: Final = 10.0
PATIENCE: Final = 300.0  # by the clock: a machine that has other work lets a reader wait long
LARGEST_MEMORY: Final = 2 << 30
_EVERY: Final = 0.1
_QUIET: Final = 0.3  # seconds in which nobody can fill two gigabytes
_PROC: Final = Path("/proc")


@dataclass(frozen=True)
class Outcome:
    """What came of a file.

    Parameters
    ----------
    kind
        "taken", "refused", "traceback", "crash", "hang" or "memory".
    text
        Sentence of a refusal, or how it failed.
    seconds
        Time without that spent in waiting for a processor.
    memory
        Bytes that it took at most, of all processes together.
    is_outside
        True when text that lies outside was shown.
    poison
        What stayed of a file that was not taken.
    """

    kind: str
    text: str = ""
    seconds: float = 0.0
    memory: int = 0
    is_outside: bool = False
    poison: str = ""


class Watch:
    """A worker and its measures; a worker that ended is replaced.

    Parameters
    ----------
    work
        Folder for rooms.
    atlas
        Result that is open.
    token
        Text that nothing may show.
    """

    def __init__(self, work: Path, atlas: Path, token: str) -> None:
        self._work, self._atlas, self._token = work, atlas, token
        self._pid = 0
        self._ask = self._answer = -1

    def give(self, door: str, path: Path) -> Outcome:
        """Have a file given to a door."""
        if not self._pid:
            self._start()
        started, idle = time.monotonic(), _usage(self._pid)
        os.write(self._ask, (json.dumps({"door": door, "path": str(path)}) + "\n").encode())
        largest, waited = 0, 0.0
        while True:
            line = self._read(_QUIET if time.monotonic() - started < _QUIET else _EVERY)
            took = time.monotonic() - started
            if line is not None:
                break
            usage = _usage(self._pid)
            largest = max(largest, usage.memory - idle.memory)
            waited = max(waited, usage.waited - idle.waited)
            if largest > LARGEST_MEMORY or took - waited > HANG_SECONDS or took > PATIENCE:
                self.close()
                kind = "memory" if largest > LARGEST_MEMORY else "hang"
                return Outcome(kind, "", took - waited, largest)
        seconds = took - waited
        if not line:
            return Outcome("crash", self._end(), seconds, largest)
        told: dict[str, Any] = json.loads(line)
        largest = max(largest, told["memory"])
        kind = told["outcome"]
        if largest > LARGEST_MEMORY or seconds > HANG_SECONDS:
            kind = "memory" if largest > LARGEST_MEMORY else "hang"
        return Outcome(kind, told["text"], seconds, largest, told["outside"], told["poison"])

    def close(self) -> None:
        """End the worker."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self._end()

    def _start(self) -> None:
        """Fork a worker and wait until it is ready."""
        theirs, self._ask = os.pipe()
        self._answer, told = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._become_worker(theirs, told)
        os.close(theirs)
        os.close(told)
        self._pid = pid
        self._rest = b""
        ready = self._read(120)
        if not ready:
            msg = f"the worker did not start ({self._end()})"
            raise RuntimeError(msg)

    def _become_worker(self, asked: int, told: int) -> None:
        """Serve until there is nothing more; never returns."""
        code = 70
        try:
            for name in (self._ask, self._answer):
                os.close(name)
            silent = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(silent, number)
            os.environ["MUSEGNN_CANARY"] = self._token
            from benchmarks.hostile.worker import serve  # noqa: PLC0415 - loads the product

            serve(asked, told, work=self._work, atlas=self._atlas, token=self._token)
            code = 0
        finally:
            os._exit(code)

    def _read(self, seconds: float) -> bytes | None:
        """Return the next answer, b"" when the worker ended, None when there is none in time."""
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as chosen:
            chosen.register(self._answer, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not chosen.select(max(0.0, until - time.monotonic())):
                    return None
                part = os.read(self._answer, 1 << 16)
                if not part:
                    return b""
                self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _end(self) -> str:
        """Wait for the worker; how it ended."""
        _, status = os.waitpid(self._pid, 0)
        os.close(self._ask)
        os.close(self._answer)
        self._pid = 0
        return f"exit code {os.waitstatus_to_exitcode(status)}"


@dataclass(frozen=True)
class _Usage:
    """Memory in bytes, and seconds spent in waiting for a processor."""

    memory: int
    waited: float


def _usage(pid: int) -> _Usage:
    """Usage of a process and all that it started."""
    memory, waited, found = 0, 0.0, [pid]
    for process in found:
        try:
            for task in (_PROC / str(process) / "task").iterdir():
                found += map(int, (task / "children").read_text("ascii").split())
            text = (_PROC / str(process) / "smaps_rollup").read_text("ascii")
            memory += next(int(x.split()[1]) << 10 for x in text.splitlines() if x[:4] == "Pss:")
            delay = (_PROC / str(process) / "schedstat").read_text("ascii").split()[1]
            waited += int(delay) / 1e9
        except (OSError, StopIteration, IndexError):  # it has ended meanwhile
            continue
    return _Usage(memory, waited)
