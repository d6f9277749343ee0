"""Perform one background run: what its folder asks for, whatever was done of it before."""

from __future__ import annotations

import errno
import os
import platform
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from musegnn.errors import DataFileError, MuseGNNError, RunError
from musegnn.graphs.gene_graph import read_gene_graph
from musegnn.io.atomic import remove_leftovers
from musegnn.launchers.batch_job import requeue_job
from musegnn.launchers.file_lock import try_lock
from musegnn.progress import PlainLines
from musegnn.runs import files
from musegnn.runs.config import RunConfig, read_run_config
from musegnn.runs.graph_sources import check_seal
from musegnn.runs.identifiers import check_run_id
from musegnn.runs.metrics import read_metrics
from musegnn.runs.result import find_damage, look_at_result, remember
from musegnn.runs.submission import describe_launch
from musegnn.training.loop import (
    Checkpointing,
    Encode,
    EpochRecord,
    TrainingStopped,
    check_graphs,
    train,
)
from musegnn.training.presets import config_from_dict
from musegnn.worker.live_map import LiveMapFeed
from musegnn.worker.mirror import Mirror
from musegnn.worker.report import Report
from musegnn.worker.result import finish, write_json
from musegnn.worker.training_run import describe_training, drop_later_epochs, hide, log_to

CHECKPOINT_SECONDS = 30.0
FULL = {errno.ENOSPC, errno.EDQUOT}
FULL_WORDS = ("No space left on device", "Disk quota exceeded")
_OWN_FILES = (
    *(files.STATUS, files.ERROR, files.PROVENANCE, files.METRICS),
    *(files.CHECKPOINT, files.BEST, files.RESULT),
)
_PATIENCE = 10.0  # seconds for a process that is about to end to give its lock back


def perform_as_program(folder: Path, *, checkpoint_seconds: float = CHECKPOINT_SECONDS) -> int:
    """Perform a run as a process of its own, which signals may ask to stop; see `perform`.

    Returns
    -------
    Exit code: 0 when it finished or was stopped, 1 when it failed, 2 when the folder is no run.
    """
    return perform(folder, checkpoint_seconds=checkpoint_seconds, listen=_listen)


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
    folder = Path(folder).absolute()
    try:
        check_run_id(folder.name)
        lock = _take_lock(folder)
    except MuseGNNError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        return _perform(folder, checkpoint_seconds, listen)
    finally:
        os.close(lock)


def _take_lock(folder: Path) -> int:
    """Make sure that no other process works on the run."""
    if not (folder / files.CONFIG).is_file():
        msg = f"Expected the folder of a run, found none at {folder}."
        raise RunError(msg, "`musegnn runs list` shows the runs.")
    deadline = time.monotonic() + _PATIENCE
    while (lock := try_lock(folder / files.RUN_LOCK)) is None:
        if time.monotonic() > deadline:
            msg = f"Expected no other process at work on {folder.name}, found one."
            raise RunError(msg, "Wait until it has ended.")
        time.sleep(0.05)
    return lock


def _perform(
    folder: Path, checkpoint_seconds: float, listen: Callable[[Report], None] | None
) -> int:
    """Perform a run whose lock is held."""
    attempt = files.whole_number(files.read_json(folder / files.REQUEST), "attempt", 1)
    if files.whole_number(files.read_json(folder / files.LAUNCH), "attempt") < attempt:
        launch = describe_launch(attempt, executor="inprocess", device="")
        files.write_json(folder / files.LAUNCH, launch)
    report = Report(folder, attempt=attempt, epochs=0, has_own_process=listen is not None)
    if listen is not None:
        listen(report)
    try:
        remove_leftovers(folder, _OWN_FILES)
        (folder / files.ERROR).unlink(missing_ok=True)
        report.start()
        files.reserve_space(folder)
        if look_at_result(folder) != "whole":
            _train(folder, report, checkpoint_seconds)
        _check_result(folder)
    except TrainingStopped as stop:
        return _stop(report, stop)
    except (KeyboardInterrupt, SystemExit):
        report.end("stopped", message="Interrupted.")
        raise
    except Exception as error:  # noqa: BLE001 - whatever happened is told
        traceback.print_exc()
        return _fail(report, _describe_error(error, folder))
    (folder / files.RESERVE).unlink(missing_ok=True)
    report.end("finished", message="")
    return 0


def _fail(report: Report, error: dict[str, Any]) -> int:
    """Say what went wrong, where there is a place to say it."""
    try:
        report.fail(error)
    except (MuseGNNError, OSError) as silence:
        sys.stderr.write(f"{error['message']} It could not be noted: {silence}\n")
    return 1


def _train(folder: Path, report: Report, checkpoint_seconds: float) -> None:
    """Train and write the result."""
    config = read_run_config(folder)
    report.say(epochs=config.settings.epochs, message="Reads the graphs.")
    torch.set_num_threads(config.threads)
    paths = [check_seal(graph) for graph in config.graphs]
    graphs = sorted((read_gene_graph(path) for path in paths), key=lambda graph: graph.name)
    check_graphs(graphs)
    settings = config_from_dict(config.settings.model_dump(), source=files.CONFIG)
    provenance = describe_training(graphs, settings, config.device, config.name) | {
        "run_id": folder.name,
        "run_config_hash": config.config_hash,
    }
    seen = hide(graphs, config.hold_out, provenance)
    write_json(folder / files.PROVENANCE, {**provenance, **_describe_process(config)})
    checkpoint = folder / files.CHECKPOINT
    done = drop_later_epochs(folder / files.METRICS, checkpoint)
    _recall_best(folder, report)
    log = log_to(folder / files.METRICS)

    def note(record: EpochRecord) -> None:
        log(record)
        report.note_epoch(record)
        mirror.note(record)

    report.say(state="running", epoch=done, message="Trains.")
    with (
        Mirror(folder.name, config.settings.model_dump(), done=done) as mirror,
        LiveMapFeed(folder, graphs, every=config.live_map_every, done=done) as live_map,
    ):
        progress = PlainLines(sys.stderr)
        trained = train(
            seen,
            settings,
            device=config.device,
            progress=progress,
            on_epoch=note,
            checkpointing=Checkpointing(checkpoint, checkpoint_seconds),
            watch=_Watch(report, live_map),
        )
        if trained.history:
            live_map.offer_last(trained.history[-1].epoch, trained.vectors)
        report.say(message="Makes the map of the result.", seconds_left=None)
        finish(folder, graphs, trained, provenance, progress)


class _Watch:
    """Looks at each epoch for the live map, and passes a wish to stop on."""

    def __init__(self, report: Report, live_map: LiveMapFeed) -> None:
        self._report, self._live_map = report, live_map

    def is_stop_asked(self) -> bool:
        """True when the training is to end before the next epoch."""
        return self._report.is_stop_asked

    def after_epoch(self, record: EpochRecord, encode: Encode) -> None:
        """Offer the vectors for a frame when it is time."""
        self._live_map.offer(record.epoch, record.seconds / record.epoch, encode)


def _recall_best(folder: Path, report: Report) -> None:
    """Take the best value up from the epochs that are done."""
    for row in read_metrics(folder).rows:
        epoch, loss, auroc = int(row["epoch"] or 0), row.get("loss"), row.get("validation_auroc")
        if loss is not None:
            report.note_value("loss", float(loss), epoch)
            report.say(loss=float(loss), seconds=float(row.get("seconds") or 0.0))
        if auroc is not None:
            report.note_value("validation AUROC", float(auroc), epoch)


def _check_result(folder: Path) -> None:
    """Compare the result with its manifest before anybody is told that it is there."""
    problem = find_damage(folder / files.RESULT)
    if problem:
        raise DataFileError(problem, "Take the run up again; look at the disk.")
    remember(folder)


def _stop(report: Report, stop: TrainingStopped) -> int:
    """End a run that was asked to stop; give it back to the cluster when only its time is over."""
    job = os.environ.get("SLURM_JOB_ID", "")
    if report.goes_on and job.isdigit() and not report.is_cancelled:
        report.end("requeued", message="Goes on when the cluster has room again.")
        requeue_job(job)
    else:
        report.end("stopped", message=stop.message)
    return 0


def _listen(report: Report) -> None:
    """Let the signals by which machines and people end processes ask for a stop."""

    def ask(number: int, _frame: FrameType | None) -> None:
        # by this one a cluster says that the time of the job, not of the run, is nearly over
        report.ask_stop(goes_on=number == signal.SIGUSR1)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, ask)


def _describe_process(config: RunConfig) -> dict[str, Any]:
    """What `provenance.json` says beyond what the embedding carries."""
    return {
        "graphs": {graph.name: graph.sha256 for graph in config.graphs},
        "threads": config.threads,
        "command": [sys.executable, *sys.argv],
        "platform": platform.platform(),
        "gpu": torch.cuda.get_device_name() if config.device == "cuda" else "",
    }


def _describe_error(error: Exception, folder: Path) -> dict[str, Any]:
    """What `error.json` says."""
    trace = traceback.format_exc()
    if _is_full_disk(error):
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


def _is_full_disk(error: BaseException | None) -> bool:
    """True when an error, or what caused it, is a lack of space; libraries say so in words."""
    while error is not None:
        is_full = isinstance(error, OSError) and error.errno in FULL
        if is_full or any(words in str(error) for words in FULL_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False
