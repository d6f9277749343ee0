"""What the Server page tells: sessions, queue, processes, memory, disk, limits, log."""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from musegnn.access.log import last_lines
from musegnn.access.owners import Owner
from musegnn.access.settings import AccessSettings
from musegnn.access.visitor import Visitor
from musegnn.launchers.process_table import Process
from musegnn.runs.disk import Taken
from musegnn.runs.record import RunRecord
from musegnn.screens.server.columns import DISK, ERRORS, QUEUE, SESSIONS
from musegnn.screens.server.view_limits import list_limits
from musegnn.screens.server.view_machine import Look, list_children, look_at, machine_facts
from musegnn.screens.shell.words import NOTHING, memory, moment

LINES = 200  # of the log that are shown
_SEARCHED = 5_000  # lines of the log in which errors are looked for
_MOST_ERRORS = 20
_LIBRARIES = ("streamlit", "numpy", "scipy", "torch", "anndata")
_ERROR = re.compile(
    r"(?P<time>[\d-]{10} [\d:]{8})\S* \w+ [\w.]+: Error (?P<number>[0-9A-F]{8}), (.*)"
)
_LINE = re.compile(r"\d{4}-\d\d-\d\d [\d:]{8}")


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
    sessions, queue, processes
        One row an open session, the one seen last first; one row a run that goes on or waits, in
        the order of the queue; one row a process of the server.
    people
        Number of different accounts among the sessions.
    disk, limits, errors
        One row for each who takes any; one a limit, of all and of members; one an error number of
        the log, newest first.
    machine, versions
        Label and value.
    log
        Last lines of the log; "" without one.
    look
        What the processors had done; the next view tells how many were busy since.
    """

    opened: str
    sessions: pd.DataFrame
    queue: pd.DataFrame
    processes: pd.DataFrame
    people: int
    disk: pd.DataFrame
    machine: tuple[tuple[str, str], ...]
    limits: tuple[pd.DataFrame, pd.DataFrame]
    versions: tuple[tuple[str, str], ...]
    errors: pd.DataFrame
    log: str
    look: Look


def build(
    sessions: Sequence[Seen],
    records: Sequence[RunRecord],
    settings: AccessSettings,
    *,
    root: Path,
    log: Path,
    upload_mb: int,
    taken: Sequence[Taken] = (),
    held: Sequence[tuple[Visitor, int]] = (),
    processes: Mapping[int, Process] | None = None,
    before: Look | None = None,
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
    taken
        What everybody takes of the disk.
    held
        Who has given each upload that sessions hold, and its bytes.
    processes
        Those of the machine.
    before
        Look of the view before.
    """
    active = [record for record in records if record.is_active]
    active.sort(key=lambda record: (record.queue_place, record.run_id))
    table = processes or {}
    look = look_at(table)
    lines = last_lines(log, _SEARCHED)
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
        processes=list_children(table, active, root=root, now=look, before=before),
        people=len({session.visitor.id for session in sessions} - {""}),
        disk=_disk(taken, held, settings),
        machine=machine_facts(root, look, before),
        limits=list_limits(settings, upload_mb),
        versions=_versions(),
        errors=list_errors(lines),
        log="\n".join(lines[-LINES:]),
        look=look,
    )


def _queue_row(record: RunRecord) -> tuple[str, ...]:
    """One line of the queue."""
    return (
        f"{record.queue_place}." if record.queue_place else NOTHING,
        record.name,
        record.owner_name,
        record.state,
        record.device or NOTHING,
        memory(record.memory_mib),
        moment(record.created),
    )


def _disk(
    taken: Sequence[Taken], held: Sequence[tuple[Visitor, int]], settings: AccessSettings
) -> pd.DataFrame:
    """Say what everybody takes of the disk, the most first."""
    uploads: Counter[str] = Counter()
    names = {}
    for visitor, size in held:
        uploads[visitor.id] += size
        names[visitor.id] = visitor.name
    others = sorted(uploads.keys() - {one.owner.id for one in taken})
    listed = [*taken, *(Taken(Owner(account, names[account])) for account in others)]
    most = settings.shares.disk_mib * 2**20
    rows = [
        (
            one.owner.name,
            one.n_runs,
            *(memory(size / 2**20) for size in (one.runs, one.trash, one.graphs, one.inputs)),
            memory(uploads[one.owner.id] / 2**20),
            memory(one.total / 2**20),
            f"{100 * one.total / most:.1f} %" if settings.is_public else NOTHING,
        )
        for one in listed
    ]
    return pd.DataFrame(rows, columns=[column.name for column in DISK])


def list_errors(lines: Sequence[str]) -> pd.DataFrame:
    """Return the errors of a log that visitors were told the number of, newest first.

    Parameters
    ----------
    lines
        Of the log, oldest first.
    """
    rows = []
    for place, line in enumerate(lines):
        found = _ERROR.match(line)
        if found is None:
            continue
        last = ""
        for told in lines[place + 1 :]:  # all that belongs to it, until the next message
            if _LINE.match(told):
                break
            last = told.strip() or last
        rows.append((found["number"], found["time"], found[3], last))
    newest = rows[::-1][:_MOST_ERRORS]
    return pd.DataFrame(newest, columns=[column.name for column in ERRORS])


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


def _versions() -> tuple[tuple[str, str], ...]:
    """Return the versions of what computes here."""
    found = [("Python", platform.python_version()), ("system", platform.platform())]
    for name in ("musegnn", *_LIBRARIES):
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, "not installed"))
    return tuple(found)
