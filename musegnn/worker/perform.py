"""Perform one run: what its folder asks for, whatever was done of it before."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from musegnn.errors import DataFileError, MuseGNNError, RunError, Stopped
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.io.atomic import is_full_disk, remove_leftovers, replacing
from musegnn.launchers.batch_job import requeue_job
from musegnn.launchers.file_lock import locked
from musegnn.progress import PlainLines, Progress
from musegnn.runs import files
from musegnn.runs.config import read_run_config
from musegnn.runs.files import RunFolder
from musegnn.runs.identifiers import check_run_id
from musegnn.runs.kind import find_kind, load
from musegnn.runs.launches import describe_launch
from musegnn.runs.result import find_damage, look_at_result, remember
from musegnn.worker.provenance import describe_run, write_manifest
from musegnn.worker.report import Report
from musegnn.worker.task import Done, Task

CHECKPOINT_SECONDS = 30.0
Work = Callable[[Task], Done]
_PATIENCE = 10.0  # seconds for a process that is about to end to give its lock back


def perform(
    folder: Path,
    *,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    listen: Callable[[Report], None] | None = None,
) -> int:
    """Perform a run, from its checkpoint where there is one.

    Parameters
    ----------
    folder
        Folder of the run, as `musegnn.runs.submit` makes it.
    checkpoint_seconds
        Least time between two checkpoints; 0 writes one after each epoch.
    listen
        Given the report, so that signals can ask it to stop.

    Returns
    -------
    Exit code: 0 when it finished or was stopped, 1 when it failed, 2 when the folder is no run or
    another process is at work on it; nothing is changed then.
    """
    run = RunFolder(Path(folder).absolute())
    with ExitStack() as held:
        try:
            check_run_id(run.path.name)
            if not run.config.is_file():
                msg = f"Expected the folder of a run, found none at {run.path}."
                raise RunError(msg, "`musegnn runs list` shows the runs.")
            lock = run.path / files.RUN_LOCK
            held.enter_context(locked(lock, patience=_PATIENCE, makes_folder=False))
        except MuseGNNError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        try:
            carry_out(run, checkpoint_seconds=checkpoint_seconds, listen=listen)
        except Exception:  # noqa: BLE001 - the folder tells of it
            traceback.print_exc()
            return 1
    return 0


def carry_out(
    folder: RunFolder,
    *,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    listen: Callable[[Report], None] | None = None,
    graphs: list[GeneGraph] | None = None,
    console: Progress | None = None,
    work: Work | None = None,
) -> None:
    """Do what there is to do of a run whose lock is held, and note whatever comes of it.

    Parameters
    ----------
    folder
        The run.
    checkpoint_seconds, listen
        As in `perform`.
    graphs
        Its gene graphs, where they have been read already.
    console
        Told about steps; None writes lines to the log.
    work
        In place of the work of its kind.

    Raises
    ------
    Exception
        What the work raised, once it is noted.
    """
    attempt = files.whole_number(files.read_json(folder.request), "attempt", 1)
    if files.whole_number(files.read_json(folder.launch), "attempt") < attempt:
        launch = describe_launch(attempt, executor="inprocess", device="")
        files.write_json(folder.launch, launch)
    report = Report(folder.path, attempt=attempt, epochs=0, has_own_process=listen is not None)
    if listen is not None:
        listen(report)
    try:
        remove_leftovers(folder.path, files.OWN)
        folder.error.unlink(missing_ok=True)
        report.start()
        files.reserve_space(folder.path)
        if look_at_result(folder.path) != "whole":
            console = console or PlainLines(sys.stderr)
            shutil.rmtree(folder.staged, ignore_errors=True)  # of one that was killed
            folder.staged.mkdir()
            config = read_run_config(folder.path)
            task = Task(folder, config, folder.staged, report, console, graphs, checkpoint_seconds)
            done = _work(task, work)
            with replacing(folder.result, makes_folder=False) as temporary:
                folder.staged.rename(temporary)
            if done.sentence:
                console.say(done.sentence)
        _check_result(folder)
    except Stopped as stop:
        _stop(report, stop)
    except (KeyboardInterrupt, SystemExit):
        report.end("stopped", message="Interrupted.")
        raise
    except Exception as error:
        _note_failure(report, _describe_error(error, folder.path))
        raise
    else:
        folder.reserve.unlink(missing_ok=True)
        report.end("finished", message="")
    finally:
        shutil.rmtree(folder.staged, ignore_errors=True)


def _work(task: Task, work: Work | None) -> Done:
    """Let the work be done, and write the manifest of what it left."""
    config, kind = task.config, find_kind(task.config.kind)
    task.report.say(epochs=config.epochs)
    files.write_json(task.folder.provenance, describe_run(task.folder.path, config))
    work = work or load(kind.work)
    done = work(task)
    missing = [name for name in kind.makes if not (task.result / name).is_file()]
    if missing or not any(task.result.iterdir()):
        msg = f"Expected the work to leave {missing[0] if missing else 'a file'}, found none."
        raise RunError(msg, "Its kind has to be mended: it writes into `task.result`.")
    write_manifest(task.result, done.facts)
    return done


def _note_failure(report: Report, error: dict[str, Any]) -> None:
    """Say what went wrong, where there is a place to say it."""
    try:
        report.fail(error)
    except (MuseGNNError, OSError) as silence:
        sys.stderr.write(f"{error['message']} It could not be noted: {silence}\n")


def _check_result(folder: RunFolder) -> None:
    """Compare the result with its manifest before anybody is told that it is there."""
    problem = find_damage(folder.result)
    if problem:
        raise DataFileError(problem, "Take the run up again; look at the disk.")
    remember(folder.path)


def _stop(report: Report, stop: Stopped) -> None:
    """End a run that was asked to stop; give it back to the cluster when only its time is over."""
    job = os.environ.get("SLURM_JOB_ID", "")
    if report.goes_on and job.isdigit() and not report.is_cancelled:
        report.end("requeued", message="Goes on when the cluster has room again.")
        requeue_job(job)
    else:
        report.end("stopped", message=stop.message)


def listen_to_signals(report: Report) -> None:
    """Let the signals by which machines and people end processes ask for a stop."""

    def ask(number: int, _frame: FrameType | None) -> None:
        # by this one a cluster says that the time of the job, not of the run, is nearly over
        report.ask_stop(goes_on=number == signal.SIGUSR1)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, ask)


def _describe_error(error: Exception, folder: Path) -> dict[str, Any]:
    """What `error.json` says."""
    trace = traceback.format_exc()
    if is_full_disk(error):
        error = DataFileError(
            f"Expected free space on the disk of {folder.parent}, found none.",
            "Make room, for example by emptying the trash, then resume the run.",
        )
    told = {"type": type(error).__name__, "traceback": trace[-8000:]}
    if isinstance(error, MuseGNNError):
        return {**told, "message": error.message, "hint": error.hint}
    detail = " ".join(f"{type(error).__name__}: {error}".split())[:500].rstrip(".")
    msg = f"Expected the run to finish, found an error nobody foresaw: {detail}."
    return {**told, "message": msg, "hint": "Its log tells where."}
