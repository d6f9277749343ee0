"""Process table: memory and processor time of the processes of this machine, read at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from musegnn.launchers.processes import PROC


@dataclass(frozen=True)
class Process:
    """A process as the system lists it.

    Parameters
    ----------
    number, parent
        Its number, and that of the process that started it.
    memory_mib
        Resident memory; pages that it shares with others are counted in each.
    cpu_seconds
        Processor time so far.
    started
        When it started, as `musegnn.launchers.processes.start_mark` tells it.
    command
        Its command line; empty where that is not told.
    """

    number: int
    parent: int
    memory_mib: float
    cpu_seconds: float
    started: str
    command: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """Name of the module that Python runs there (`-m NAME`); "" for anything else."""
        words = self.command
        return words[words.index("-m") + 1] if "-m" in words[:-1] else ""


def list_processes() -> dict[int, Process]:
    """Return the processes of this machine by number; none where there is no /proc."""
    try:
        numbers = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    except OSError:
        return {}
    found = (_read(number) for number in numbers)
    return {process.number: process for process in found if process is not None}


def _read(number: int) -> Process | None:
    """Read a process; None when it has gone."""
    folder = PROC / str(number)
    try:
        fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        command = (folder / "cmdline").read_bytes()
        ticks = int(fields[11]) + int(fields[12])
        return Process(
            number=number,
            parent=int(fields[1]),
            memory_mib=int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20,
            cpu_seconds=ticks / os.sysconf("SC_CLK_TCK"),
            started=fields[19],
            command=tuple(command.decode("utf-8", "surrogateescape").rstrip("\0").split("\0")),
        )
    except (OSError, ValueError, IndexError):
        return None


def family(number: int, table: Mapping[int, Process]) -> list[Process]:
    """Return a process and all that it, or one of them, has started; none when it has gone."""
    children: dict[int, list[Process]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process)
    found = [table[number]] if number in table else []
    for process in found:  # grows while it is walked
        found += children.get(process.number, [])
    return found


def busy_seconds(path: Path = PROC / "stat") -> float | None:
    """Time in which the processors of this machine worked since it started; None if not told."""
    try:
        words = path.read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
        user, nice, system, _idle, _waiting, irq, softirq, _stolen = map(int, words)
    except (OSError, ValueError):
        return None
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
