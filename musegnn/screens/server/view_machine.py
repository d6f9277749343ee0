"""What the machine has, and what processes of the server take of it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pandas as pd

from musegnn.launchers.local import count_cores
from musegnn.launchers.process_table import Process, busy_seconds, family
from musegnn.launchers.processes import PROC
from musegnn.runs.record import RunRecord
from musegnn.screens.server.columns import PROCESSES
from musegnn.screens.shell.words import NOTHING, memory

_READERS: Final = "musegnn.border.zygote"
_OTHERS: Final = {
    "musegnn.runs.dispatcher": "starts runs that wait",
    "musegnn.runs.map_maker": "draws live maps of trainings",
}


@dataclass(frozen=True)
class Look:
    """What the processors had done at a moment; two of them tell how many are busy.

    Parameters
    ----------
    busy
        Seconds of work of all processors; None where that is not told.
    spent
        Processor time in seconds by number and start of a process.
    moment
        Seconds of a clock that is never set.
    """

    busy: float | None
    spent: Mapping[tuple[int, str], float] = field(default_factory=dict)
    moment: float = 0.0


def look_at(table: Mapping[int, Process]) -> Look:
    """Note what the processes of this machine have done so far."""
    spent = {(one.number, one.started): one.cpu_seconds for one in table.values()}
    return Look(busy_seconds(), spent, time.monotonic())


def machine_facts(
    root: Path, now: Look | None = None, before: Look | None = None
) -> tuple[tuple[str, str], ...]:
    """Return what the machine has and what is taken of it.

    Parameters
    ----------
    root
        Folder of all runs.
    now, before
        Two looks at the processors; without them nothing is told of what they do.
    """
    free, total = _machine_memory_mib()
    facts = [("memory that is free", f"{memory(free)} of {memory(total)}")]
    try:
        disk = shutil.disk_usage(root)
        told = f"{memory(disk.free / 2**20)} of {memory(disk.total / 2**20)}"
    except OSError:
        told = NOTHING
    facts.append(("disk that is free for runs", told))
    cores = os.cpu_count() or 1
    busy = NOTHING
    if now is not None and before is not None and None not in (now.busy, before.busy):
        seconds = max(now.moment - before.moment, 0.1)
        work = float(now.busy or 0) - float(before.busy or 0)
        busy = f"{min(max(work / seconds, 0), cores):.1f} of {cores}"
    facts.append(("processors at work since last drawn", busy))
    usable = count_cores()
    facts.append(("processors that this server may use", str(usable)))
    if hasattr(os, "getloadavg"):
        load = f"{os.getloadavg()[0]:.1f}, for {cores} processors"
        facts.append(("tasks at work or waiting, last minute", load))
    return tuple(facts)


def _machine_memory_mib() -> tuple[float | None, float | None]:
    """Memory that is free, and all of it; None where the system does not tell."""
    try:
        text = (PROC / "meminfo").read_text(encoding="ascii")
        lines = (line.split() for line in text.splitlines())
        kib = {words[0].rstrip(":"): int(words[1]) for words in lines}
    except (OSError, ValueError, IndexError):
        return None, None
    return kib.get("MemAvailable", 0) / 1024, kib.get("MemTotal", 0) / 1024


def list_children(
    table: Mapping[int, Process],
    records: Sequence[RunRecord],
    *,
    root: Path,
    now: Look,
    before: Look | None = None,
    own: int | None = None,
) -> pd.DataFrame:
    """Describe the processes of this server: itself, its readers, its runs and who starts them.

    Parameters
    ----------
    table
        Processes of the machine.
    records
        Runs that wait or go on.
    root
        Folder of all runs.
    now, before
        Two looks at the processors.
    own
        Number of the process of the server; default: this one.

    Returns
    -------
    One row a process, `PROCESSES`.
    """
    own = os.getpid() if own is None else own
    children = [one for one in table.values() if one.parent == own]
    readers = [one for one in children if one.module == _READERS]
    named = {own: ("this server", "", False)}
    for one in readers:
        busy = len(family(one.number, table)) - 1
        files = f"{busy} file{'s' if busy != 1 else ''} now" if busy else "no file now"
        named[one.number] = (f"readers of files, {files}", "", True)
    for record in records:
        process = table.get(record.process)
        if process is not None and process.started == record.mark:
            named[process.number] = (f"run {record.name}", record.owner_name, True)
    for one in table.values():
        if one.module in _OTHERS and one.command[-1] == str(root):
            named.setdefault(one.number, (_OTHERS[one.module], "", False))
    for one in children:
        named.setdefault(one.number, ("another process of the server", "", True))
    rows = []
    for number, (what, owner, is_family) in named.items():
        if number not in table:
            continue
        parts = family(number, table) if is_family else [table[number]]
        both = memory(sum(part.memory_mib for part in parts)) if len(parts) > 1 else NOTHING
        cores = _cores(parts, now, before)
        rows.append((what, owner, memory(table[number].memory_mib), both, cores))
    return pd.DataFrame(rows, columns=[column.name for column in PROCESSES])


def _cores(parts: Sequence[Process], now: Look, before: Look | None) -> str:
    """Processors that some processes kept busy between two looks."""
    if before is None:
        return NOTHING
    keys = [(part.number, part.started) for part in parts]
    work = sum(now.spent.get(key, 0.0) - before.spent.get(key, 0.0) for key in keys)
    return f"{max(work, 0) / max(now.moment - before.moment, 0.1):.1f}"
