"""Long work of a page that is found again after a reload, when the file it read is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from musegnn.runs.finding import of_kind
from musegnn.runs.record import RunRecord, record_of

JUST: Final = 600  # seconds for which work has just ended
EARLIER: Final = 20  # pieces of work that are offered again


def newest_work(root: Path, kind: str) -> RunRecord | None:
    """Return the newest own work of a kind, where it goes on or has just ended.

    Parameters
    ----------
    root
        Folder of all runs.
    kind
        Kind of run.

    Returns
    -------
    The run; None when there is none, or it ended more than `JUST` seconds ago.
    """
    newest = of_kind(root, kind, is_own=True)[-1:]
    found = [record for record in map(record_of, newest) if _is_fresh(record)]
    return found[0] if found else None


def _is_fresh(record: RunRecord) -> bool:
    """True for work that goes on, or ended so lately that whoever reloads comes for it."""
    if record.is_active:
        return True
    ended = record.ended or record.created  # what could not be started never ended
    return ended is not None and (datetime.now(UTC) - ended).total_seconds() < JUST


def finished_work(root: Path, kind: str, *, but: str = "") -> dict[str, RunRecord]:
    """Return own work of a kind that has a result by its id, newest first, at most `EARLIER`.

    Parameters
    ----------
    root, kind
        As in `newest_work`.
    but
        Id of a run that is left out.
    """
    folders = of_kind(root, kind, is_own=True)[: -EARLIER - 1 : -1]
    return {
        record.run_id: record
        for record in map(record_of, folders)
        if record.state == "finished" and record.run_id != but
    }
