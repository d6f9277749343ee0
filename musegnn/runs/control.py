"""Stop a run, take it up again, make another like it, give it another name."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from musegnn.access.visitor import acting
from musegnn.errors import InputError, RunError
from musegnn.launchers.batch_job import JobState, end_job, job_states, signal_job
from musegnn.launchers.processes import signal_group
from musegnn.runs import files
from musegnn.runs.config import Executor, clean_name
from musegnn.runs.graph_sources import check_seal
from musegnn.runs.identifiers import folder_of
from musegnn.runs.owning import check_owned
from musegnn.runs.record import RunRecord, read_record, record_of
from musegnn.runs.shares import check_room
from musegnn.runs.staging import refuse
from musegnn.runs.submission import (
    Perform,
    asking,
    begin,
    changing,
    ensure_dispatcher,
    look_again,
    make_run,
    write_request,
)


def cancel(root: Path, run_id: str) -> RunRecord:
    """Ask a run to stop, and return at once.

    It writes a checkpoint after the epoch it is in and ends; after 8 s it is ended by force, and
    its last checkpoint stays. It counts as stopped when its process is gone, not before.

    Raises
    ------
    AccessError
        If it belongs to somebody else; so do all that change a run.
    RunError
        If there is no such run, or nothing of it to stop.
    DataFileError
        If the folder cannot be written.
    """
    with changing(folder_of(root, run_id)):
        check_owned(folder_of(root, run_id))
        record = read_record(root, run_id, jobs=job_states_of(root, run_id))
        if not record.can_cancel:
            msg = f"Expected a run that goes on or waits, found {run_id} {record.state}."
            raise RunError(msg, "There is nothing to stop.")
        asked = {"attempt": record.attempt, "cancelled_time": time.time()}
        if not (record.folder / files.CANCEL).exists() or record.state != "stopping":
            files.write_json(record.folder / files.CANCEL, asked)
        if record.executor == "slurm" and record.job:
            if record.state == "queued":
                end_job(record.job, name=run_id)
            else:
                signal_job(record.job, name=run_id)
        if record.executor != "inprocess" and record.process:
            signal_group(
                record.process,
                record.mark,
                signal.SIGTERM,
                badge=record.badge,
                folder=record.folder,
            )
        told = read_record(root, run_id, jobs=job_states_of(root, run_id))
    if record.state != "queued" and record.executor != "inprocess":
        ensure_dispatcher(root)  # which ends it by force when its time is over
    return told


def wait_until_over(root: Path, run_id: str, *, patience: float = 20.0) -> RunRecord:
    """Return when a run is no longer active, or after some time.

    Parameters
    ----------
    root, run_id
        The run.
    patience
        Seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        record = read_record(root, run_id, jobs=job_states_of(root, run_id))
        if not record.is_active or time.monotonic() > deadline:
            return record
        time.sleep(0.1)


def resume(
    root: Path,
    run_id: str,
    *,
    executor: Executor | None = None,
    perform: Perform | None = None,
) -> RunRecord:
    """Take a run up again from its last checkpoint; it ends as one that was never stopped.

    Parameters
    ----------
    root, run_id
        The run: one that was stopped, failed, got lost or was cancelled.
    executor
        What starts it this time; default: what started it before.
    perform
        As in `musegnn.runs.submission.submit`.

    Raises
    ------
    RunError
        If there is no such run, or it goes on, waits or is finished.
    DataFileError, InputError
        If a graph is no longer what it was, or the folder cannot be written.
    """
    with changing(folder_of(root, run_id)):
        check_owned(folder_of(root, run_id))
        record = read_record(root, run_id, jobs=job_states_of(root, run_id))
        if record.config is None or not record.can_resume:
            why = record.message if record.config is None else f"it is {record.state}"
            if record.state == "lost" and record.can_cancel:
                why = "it is silent, but its process or job is there; cancel it first"
            msg = f"Expected a run that ended without a result, found {run_id}: {why.rstrip('.')}."
            raise RunError(msg, "A finished run can be duplicated, to run it again.")
        for source in (*record.config.graphs, *record.config.files):
            check_seal(source, is_imported=files.RunFolder(record.folder).is_imported)
        chosen = executor or record.config.executor
        with asking(Path(root)):
            check_room(Path(root), [record.config])
            write_request(record.folder, _next_attempt(record.folder), executor=chosen)
        _forget_stop(record.folder)
        told = read_record(root, run_id)
    begin(record.folder, executor=chosen, perform=perform)
    return look_again(told)


def _forget_stop(folder: Path) -> None:
    """Remove the wish to stop an attempt before; one that cannot be read would stop this too."""
    try:
        (folder / files.CANCEL).unlink(missing_ok=True)
    except OSError as error:
        refuse(error, "remove", folder / files.CANCEL)


def _next_attempt(folder: Path) -> int:
    """Number that no attempt before had, whatever of the folder can still be read."""
    told = (files.read_json(folder / name) for name in (files.REQUEST, files.LAUNCH, files.STATUS))
    return max(1, *(files.whole_number(values, "attempt") for values in told)) + 1


def duplicate(
    root: Path, run_id: str, *, executor: Executor | None = None, perform: Perform | None = None
) -> RunRecord:
    """Start a new run with the settings and graphs of another.

    Raises
    ------
    RunError
        If there is no such run or its configuration cannot be used.
    DataFileError, InputError
        If a graph is no longer what it was, or the folder cannot be written.
    """
    acting().check_may("run")
    record = read_record(root, run_id)
    if record.config is None:
        msg = f"Expected a run with a sound configuration, found {run_id}: {record.message}"
        raise RunError(msg, "Start a new run.")
    for source in (*record.config.graphs, *record.config.files):
        check_seal(source, is_imported=files.RunFolder(record.folder).is_imported)
    chosen = executor or record.config.executor
    changes = {"created": datetime.now(UTC), "executor": chosen, "name": record.name}
    config = record.config.model_copy(update=changes)
    with changing(folder_of(root, run_id)), asking(Path(root)):
        check_room(Path(root), [config])
        folder = make_run(root, config)
        told = record_of(folder)
    begin(folder, executor=chosen, perform=perform)
    return look_again(told)


def rename(root: Path, run_id: str, name: str) -> RunRecord:
    """Give a run another name for people; its id and configuration stay.

    Raises
    ------
    InputError
        If the name is empty, too long, or has control characters.
    """
    try:
        cleaned = clean_name(name)
    except ValueError as error:
        msg = f"Expected a name for the run, found {name[:40]!r}: {error}."
        raise InputError(msg, "Choose another name.") from error
    with changing(folder_of(root, run_id)):
        check_owned(folder_of(root, run_id))
        files.write_json(folder_of(root, run_id) / files.LABEL, {"name": cleaned})
        return read_record(root, run_id)


def job_states_of(root: Path, run_id: str) -> Mapping[str, JobState] | None:
    """Ask the cluster when the run has a job there."""
    launch = files.read_json(Path(root) / run_id / files.LAUNCH)
    return job_states() if files.text(launch, "job") else None
