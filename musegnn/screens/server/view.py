"""What the Server page tells: sessions, queue, memory, disk, limits, log."""

from __future__ import annotations

import os
import platform
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from musegnn.access.log import last_lines
from musegnn.access.settings import AccessSettings
from musegnn.access.visitor import Visitor
from musegnn.runs.graph_sources import ALLOWED
from musegnn.runs.record import RunRecord
from musegnn.runs.shares import MOST_WAITING, USUAL_WAITING
from musegnn.screens.server.columns import QUEUE, SESSIONS
from musegnn.screens.shell.words import NOTHING, memory, moment

LINES = 200  # of the log
_PROC = Path("/proc")
_LIBRARIES = ("streamlit", "numpy", "scipy", "torch", "anndata")


class Seen(NamedTuple):
    """A session that is open."""

    visitor: Visitor
    page: str
    since: datetime
    seen: datetime


@dataclass(frozen=True)
class ServerView:
    """What the Server page shows.

    Parameters
    ----------
    opened
        How the server is opened, a sentence.
    sessions, queue
        One row an open session, the one seen last first; one row a run that waits or goes on.
    people
        Number of different accounts among the sessions.
    owners
        How many runs each has, a line each.
    machine
        Label and value: memory, disk, processor.
    limits
        Label and value of what is in force.
    versions
        Label and value.
    log
        Last lines of the log; "" without one.
    """

    opened: str
    sessions: pd.DataFrame
    queue: pd.DataFrame
    people: int
    owners: tuple[tuple[str, int], ...]
    machine: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    log: str


def build(
    sessions: Sequence[Seen],
    records: Sequence[RunRecord],
    settings: AccessSettings,
    *,
    root: Path,
    log: Path,
    upload_mb: int,
) -> ServerView:
    """Describe the server.

    Parameters
    ----------
    sessions
        Those that are open.
    records
        All runs.
    settings
        How the server is opened.
    root
        Folder of all runs.
    log
        File of the log.
    upload_mb
        Largest file that may be given, in MB.
    """
    active = [record for record in records if record.is_active]
    active.sort(key=lambda record: (record.queue_place, record.run_id))
    counts = Counter(record.owner_name for record in records)
    return ServerView(
        opened=_say_opened(settings),
        sessions=pd.DataFrame(
            [
                (s.visitor.name, s.visitor.role, s.page, moment(s.since), moment(s.seen))
                for s in sessions
            ],
            columns=[column.name for column in SESSIONS],
        ),
        queue=pd.DataFrame(
            [_queue_row(record) for record in active], columns=[column.name for column in QUEUE]
        ),
        people=len({session.visitor.id for session in sessions} - {""}),
        owners=tuple(counts.most_common()),
        machine=machine_facts(root),
        limits=_limits(settings, upload_mb),
        versions=_versions(),
        log="\n".join(last_lines(log, LINES)),
    )


def _queue_row(record: RunRecord) -> tuple[str, ...]:
    """One line of the queue."""
    place = f" ({record.queue_place}.)" if record.queue_place else ""
    return (
        record.name,
        record.owner_name,
        f"{record.state}{place}",
        record.device or NOTHING,
        memory(record.memory_mib),
        moment(record.created),
    )


def _say_opened(settings: AccessSettings) -> str:
    """Say in a sentence who reaches the server."""
    if not settings.is_public:
        return "Open to this machine alone, without sign-in; whoever sits at it may do everything."
    ways = {
        "oidc": "at an OpenID Connect provider",
        "proxy": "at a proxy before this server",
        "password": "by a password",
    }
    others = settings.roles.others
    rest = "nobody else is let in" if others == "nobody" else f"all others are {others}s"
    runs = "hidden from" if settings.others_runs == "hidden" else "read by"
    return (
        f"Open to others, who sign in {ways[settings.sign_in]}; {rest}. Runs are {runs} those "
        "whom they do not belong to."
    )


def machine_facts(root: Path) -> tuple[tuple[str, str], ...]:
    """Return what the machine has and what is taken of it."""
    facts = [("memory of this server", memory(_own_memory_mib()))]
    free, total = _machine_memory_mib()
    facts.append(("memory that is free", f"{memory(free)} of {memory(total)}"))
    try:
        disk = shutil.disk_usage(root)
        told = f"{memory(disk.free / 2**20)} of {memory(disk.total / 2**20)}"
    except OSError:
        told = NOTHING
    facts.append(("disk that is free for runs", told))
    busy = f"{os.getloadavg()[0]:.1f} of {os.cpu_count() or 1}" if hasattr(os, "getloadavg") else ""
    facts.append(("cores busy", busy or NOTHING))
    return tuple(facts)


def _own_memory_mib() -> float | None:
    """Resident memory of this process; None where the system does not tell."""
    try:
        pages = int((_PROC / "self" / "statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _machine_memory_mib() -> tuple[float | None, float | None]:
    """Memory that is free, and all of it; None where the system does not tell."""
    try:
        text = (_PROC / "meminfo").read_text(encoding="ascii")
        lines = (line.split() for line in text.splitlines())
        kib = {words[0].rstrip(":"): int(words[1]) for words in lines}
    except (OSError, ValueError, IndexError):
        return None, None
    return kib.get("MemAvailable", 0) / 1024, kib.get("MemTotal", 0) / 1024


def _limits(settings: AccessSettings, upload_mb: int) -> tuple[tuple[str, str], ...]:
    """Return what is in force for everybody, and for one member of a public server."""
    waiting = os.environ.get(MOST_WAITING, "").strip() or str(USUAL_WAITING)
    limits = [
        ("runs in the queue, of all", waiting),
        ("a file that is given", f"{upload_mb:,} MB"),
        ("folders that graphs may come from", os.environ.get(ALLOWED, "") or "any"),
    ]
    if settings.is_public:
        shares = settings.shares
        limits += [
            ("runs in the queue, of a member", f"{shares.waiting_runs:,}"),
            ("runs at work, of a member", f"{shares.running_runs:,}"),
            ("memory of a run of a member", memory(shares.memory_mib)),
            ("disk of a member", memory(shares.disk_mib)),
            ("hours until the next sign-in", f"{settings.sign_in_hours:g}"),
        ]
    return tuple(limits)


def _versions() -> tuple[tuple[str, str], ...]:
    """Return the versions of what computes here."""
    found = [("Python", platform.python_version()), ("system", platform.platform())]
    for name in ("musegnn", *_LIBRARIES):
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, "not installed"))
    return tuple(found)
