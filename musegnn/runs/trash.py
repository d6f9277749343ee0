"""Deleted runs: moved aside, so that they can come back until the trash is emptied."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from musegnn.access.visitor import acting
from musegnn.errors import DataFileError, RunError
from musegnn.launchers.file_lock import locked
from musegnn.runs import files
from musegnn.runs.control import job_states_of
from musegnn.runs.identifiers import LOCKS, RUN_ID, TRASH, check_run_id, folder_of, time_of
from musegnn.runs.inputs import sweep_inputs
from musegnn.runs.listing import list_run_folders
from musegnn.runs.owning import check_owned, read_owner
from musegnn.runs.record import RunRecord, read_record
from musegnn.runs.submission import changing

_TRASH_LOCK = "trash.lock"


@dataclass(frozen=True)
class DeletedRun:
    """A run in the trash.

    Parameters
    ----------
    run_id
        Its id.
    name
        Name for people.
    deleted
        When it was deleted.
    size
        Bytes that emptying the trash gives back.
    """

    run_id: str
    name: str
    deleted: datetime
    size: int


def delete(root: Path, run_id: str) -> None:
    """Move a run to the trash.

    Raises
    ------
    RunError
        If there is no such run, or it still waits or goes on.
    DataFileError
        If the folder cannot be written.
    """
    with changing(folder_of(root, run_id)):
        check_owned(folder_of(root, run_id))
        record = read_record(root, run_id, jobs=job_states_of(root, run_id))
        if not record.can_delete:
            msg = f"Expected a run that has ended, found {run_id} {record.state}."
            raise RunError(msg, "Cancel it first.")
        noted = {"name": record.name, "deleted_time": time.time()}
        files.write_json(record.folder / files.DELETED, noted)
        with locked(Path(root) / LOCKS / _TRASH_LOCK):
            trash = Path(root) / TRASH
            _set_aside(trash / run_id)
            _move(record.folder, trash / run_id)


def undelete(root: Path, run_id: str) -> RunRecord:
    """Take a run out of the trash, as it was.

    Raises
    ------
    RunError
        If it is not there, or a run of this id has been imported since.
    """
    with locked(Path(root) / LOCKS / _TRASH_LOCK):
        folder = folder_of(Path(root) / TRASH, run_id)
        check_owned(folder)
        if (Path(root) / run_id).exists():
            msg = f"Expected no run {run_id} beside the one in the trash, found one."
            raise RunError(msg, "Delete that one first, or export it.")
        _move(folder, Path(root) / run_id)
        (Path(root) / run_id / files.DELETED).unlink(missing_ok=True)
    return read_record(root, run_id)


def list_deleted(root: Path) -> list[DeletedRun]:
    """Return the runs in the trash that whoever acts may take out, the one deleted last first."""
    found = []
    for folder in _own(Path(root) / TRASH):
        noted = files.read_json(folder / files.DELETED)
        moment = files.number(noted, "deleted_time") or 0.0
        name = files.text(noted, "name", longest=100) or folder.name
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        found.append(DeletedRun(folder.name, name, datetime.fromtimestamp(moment, UTC), size))
    return sorted(found, key=lambda run: (run.deleted, run.run_id), reverse=True)


def empty_trash(root: Path, run_ids: list[str] | None = None) -> int:
    """Remove deleted runs for ever.

    Parameters
    ----------
    root
        Folder of all runs.
    run_ids
        Which; None removes all that belong to whoever acts, of an administrator all there are.

    Returns
    -------
    How many were removed.

    Raises
    ------
    RunError
        If an id is not in the trash.
    """
    with locked(Path(root) / LOCKS / _TRASH_LOCK):
        trash = Path(root) / TRASH
        chosen = (
            _own(trash)
            if run_ids is None
            else [folder_of(trash, check_run_id(run_id)) for run_id in run_ids]
        )
        for folder in chosen:
            check_owned(folder)
        for folder in chosen:
            shutil.rmtree(folder, ignore_errors=True)
        sweep_inputs(Path(root))
    return len(chosen)


def _own(trash: Path) -> list[Path]:
    """Folders in the trash that whoever acts may change, oldest first."""
    visitor = acting()
    return [f for f in list_run_folders(trash) if visitor.may_act_on(read_owner(f).id)]


def _set_aside(older: Path) -> None:
    """Give a deleted run another id when one of the same id is about to join it: nothing is lost.

    A run that was imported again after it was deleted may be deleted again. The older one gets the
    time of the next free second.
    """
    if not older.exists():
        return
    match = RUN_ID.fullmatch(older.name)
    moment = time_of(older.name)
    if match is None or moment is None:
        return
    rest = older.name.removeprefix(match["time"])
    while (other := older.with_name(f"{moment:%Y%m%dT%H%M%SZ}{rest}")).exists():
        moment += timedelta(seconds=1)
    _move(older, other)


def _move(source: Path, target: Path) -> None:
    """Move a folder at once."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(source, target)  # noqa: PTH104 - never a copy
    except OSError as error:
        msg = f"Expected to be able to move {source}, found: {error.strerror or error}."
        raise DataFileError(msg, "Check the folder, its permissions and the free space.") from error
