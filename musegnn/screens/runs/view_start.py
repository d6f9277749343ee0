"""Start runs from a page, so that nothing starts twice that was asked for once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from musegnn.launchers.file_lock import locked
from musegnn.runs.config import Executor
from musegnn.runs.identifiers import LOCKS
from musegnn.runs.listing import list_runs
from musegnn.runs.record import RunRecord
from musegnn.runs.request import RunRequest, resolve
from musegnn.runs.submission import runs_root, submit

_LOCK: Final = "page.lock"
PATIENCE: Final = 60.0  # seconds that one start waits for another; graphs are hashed meanwhile


@dataclass(frozen=True)
class Started:
    """What came of a start.

    Parameters
    ----------
    runs
        The new runs; empty when the same ones go on already.
    same
        Ids of runs that go on with the same settings, graphs and device.
    """

    runs: tuple[RunRecord, ...]
    same: tuple[str, ...] = ()


def start(
    request: RunRequest, *, executor: Executor, root: Path, is_repeated: bool = False
) -> Started:
    """Start the runs of a request unless the same ones wait or go on already.

    Two tabs that press the button at the same moment come here one after the other, and the second
    finds the runs of the first.

    Parameters
    ----------
    request
        What is asked for.
    executor
        What starts it.
    root
        Folder of all runs.
    is_repeated
        Start also what goes on already, because that was asked for.

    Raises
    ------
    InputError, DataFileError, RunError
        If the request cannot be met or the folder cannot be written; no run is made then.
    """
    root = runs_root(root)
    with locked(root / LOCKS / _LOCK, patience=PATIENCE):
        if not is_repeated:
            wanted = {config.config_hash for config in resolve(request, executor=executor)}
            same = find_same(wanted, list_runs(root))
            if same:
                return Started((), same)
        return Started(tuple(submit(request, executor=executor, root=root)))


def find_same(hashes: set[str], records: Sequence[RunRecord]) -> tuple[str, ...]:
    """Return the ids of the runs that wait or go on with one of these configurations."""
    return tuple(r.run_id for r in records if r.is_active and r.config_hash in hashes)
