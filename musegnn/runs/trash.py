"""Deleted runs: moved aside, so that they can come back until the trash is emptied."""

from __future__ import annotations

import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from musegnn.access.visitor import acting
from musegnn.errors import DataFileError, RunError
from musegnn.launchers.file_lock import locked
from musegnn.runs import files
from musegnn.runs.control import job_states_of
from musegnn.runs.identifiers import LOCKS, RUN_ID, TRASH, folder_of, time_of
from musegnn.runs.inputs import sweep_inputs
from musegnn.runs.listing import list_run_folders
from musegnn.runs.owning import check_owned, read_owner
from musegnn.runs.record import RunRecord, read_record
from musegnn.runs.staging import move, refuse, sweep
from musegnn.runs.submission import changing, deciding

_TRASH_LOCK = "trash.lock"
_GONE = ".gone-"  # name of a run in the trash that is being removed
_LAST_YEAR = 9999  # that a date can have


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
        with suppress(DataFileError):  # on a full disk it is how room is made
            files.write_json(record.folder / files.DELETED, noted)
        with locked(Path(root) / LOCKS / _TRASH_LOCK):
            trash = make_trash(root)
            _set_aside(trash / run_id)
            move(record.folder, trash / run_id)


def undelete(root: Path, run_id: str) -> RunRecord:
    """Take a run out of the trash, as it was.

    Raises
    ------
    RunError
        If it is not there, or a run of this id has been imported since.
    """
    with deciding(root, run_id) as target, locked(Path(root) / LOCKS / _TRASH_LOCK):
        folder = folder_of(Path(root) / TRASH, run_id)
        check_owned(folder)
        if target.exists():
            msg = f"Expected no run {run_id} beside the one in the trash, found one."
            raise RunError(msg, "Delete that one first, or export it.")
        move(folder, target)
        with suppress(OSError):
            (target / files.DELETED).unlink(missing_ok=True)
        return read_record(root, run_id)


def list_deleted(root: Path) -> list[DeletedRun]:
    """Return the runs in the trash that whoever acts may take out, the one deleted last first."""
    found = [_look_at(folder) for folder in _own(Path(root) / TRASH)]
    return sorted(found, key=lambda run: (run.deleted, run.run_id), reverse=True)


def _look_at(folder: Path) -> DeletedRun:
    """Return what is known of a run in the trash, whatever of it can be read."""
    noted = files.read_json(folder / files.DELETED)
    label = files.read_json(folder / files.LABEL)
    named = (files.text(values, "name", longest=100) for values in (noted, label))
    try:
        moved = folder.stat().st_ctime
    except OSError:
        moved = 0.0
    deleted = files.moment(noted, "deleted_time") or datetime.fromtimestamp(moved, UTC)
    return DeletedRun(
        folder.name, next(filter(None, named), folder.name), deleted, files.size_of(folder)
    )


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
    root, removed = Path(root), []
    trash = root / TRASH
    with locked(root / LOCKS / _TRASH_LOCK):
        chosen = (
            _own(trash)
            if run_ids is None
            else [folder_of(trash, run_id) for run_id in dict.fromkeys(run_ids)]
        )
        for folder in chosen:
            check_owned(folder)
        for folder in chosen:  # at once, and then apart: half of a run never comes back
            removed.append(trash / f"{_GONE}{secrets.token_hex(6)}")
            move(folder, removed[-1])
        left = [path for path in trash.glob(f"{_GONE}*") if path not in removed]
    for folder in (*removed, *left):  # those that somebody was killed over too
        shutil.rmtree(folder, ignore_errors=True)
    sweep_inputs(root)
    sweep(root)
    return len(removed)


def _own(trash: Path) -> list[Path]:
    """Folders in the trash that whoever acts may change, oldest first."""
    visitor = acting()
    return [f for f in list_run_folders(trash) if visitor.may_act_on(read_owner(f).id)]


def make_trash(root: Path) -> Path:
    """Return the folder of deleted runs, made when missing."""
    trash = Path(root) / TRASH
    try:
        trash.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(error, "make", trash)
    return trash


def _set_aside(older: Path) -> None:
    """Give a deleted run another id when one of the same id is about to join it: nothing is lost.

    A run that was imported again after it was deleted may be deleted again. The older one gets the
    time of the next second that is free there; one whose time makes no sense, of this second on.
    """
    if not older.exists():
        return
    match = RUN_ID.fullmatch(older.name)
    rest = older.name.removeprefix(match["time"]) if match else ""
    moment = time_of(older.name) or datetime.now(UTC)
    while (other := older.with_name(f"{moment:%Y%m%dT%H%M%SZ}{rest}")).exists():
        is_last = moment.year >= _LAST_YEAR
        moment = datetime.now(UTC) if is_last else moment + timedelta(seconds=1)
    move(older, other)
