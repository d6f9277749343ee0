"""The work of trainings: gene graphs in, an embedding with its map out."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from musegnn.border.documents import parse_json
from musegnn.graphs.gene_graph import check_graphs
from musegnn.io.atomic import replacing
from musegnn.progress import Progress
from musegnn.runs.files import RunFolder, read_lines, write_json
from musegnn.runs.identifiers import is_run_id
from musegnn.runs.kinds.training import TrainingSettings
from musegnn.runs.metrics import read_metrics
from musegnn.training.checkpoint import read_checkpoint
from musegnn.training.distributed import ALONE, Team, join_team
from musegnn.training.epoch import EpochRecord
from musegnn.training.loop import Checkpointing, Encode, choose_device, train
from musegnn.worker.here import open_here, perform_here
from musegnn.worker.live_map import LiveMapFeed
from musegnn.worker.mirror import Mirror
from musegnn.worker.provenance import describe_run
from musegnn.worker.report import Report
from musegnn.worker.result import describe_embedding, hide, write_embedding
from musegnn.worker.task import Done, Task

_LARGEST_METRICS = 1 << 30  # bytes; a million epochs write a third of it


def train_on_graphs(task: Task, *, team: Team = ALONE) -> Done:
    """Train, from the checkpoint of the run where there is one, and write the result.

    Parameters
    ----------
    task
        The run; its settings are those of a training.
    team
        The processes that train together, of which this is the first.
    """
    config, settings, report, folder = task.config, task.settings, task.report, task.folder
    report.say(message="Reads the graphs.")
    torch.set_num_threads(config.threads)
    check_graphs(task.graphs)
    provenance = describe_embedding(task)
    if team.size > 1:
        provenance["processes"] = team.size
    seen = hide(task.graphs, config.hold_out, provenance)
    gpu = torch.cuda.get_device_name() if config.device == "cuda" else ""
    write_json(folder.provenance, {**describe_run(folder.path, config), **provenance, "gpu": gpu})
    done = drop_later_epochs(folder.metrics, folder.checkpoint)
    recall_best(folder, report)

    def note(record: EpochRecord) -> None:
        _log(folder.metrics, record)
        report.note_epoch(record)
        mirror.note(record)

    run_id = folder.path.name if is_run_id(folder.path.name) else ""
    report.say(state="running", epoch=done, message="Trains.")
    team.wait()
    with (
        Mirror(run_id, settings.to_dict(), done=done) as mirror,
        LiveMapFeed(folder.path, task.graphs, every=config.live_map_every, done=done) as live_map,
    ):
        trained = train(
            seen,
            settings,
            device=config.device,
            progress=task.console,
            on_epoch=note,
            checkpointing=Checkpointing(folder.checkpoint, task.checkpoint_seconds),
            team=team,
            watch=_Watch(report, live_map) if team.size == 1 else None,
        )
        if trained.history:
            live_map.offer_last(trained.history[-1].epoch, trained.vectors)
        if trained.best:
            provenance["best_validation"] = trained.best
        told = write_embedding(task, trained.vectors, provenance, trained.network.state_dict())
    last = trained.history[-1].to_dict() if trained.history else None
    return replace(told, facts={**told.facts, "final_epoch": last})


def train_here(
    folder: Path,
    settings: TrainingSettings,
    graph_paths: Sequence[Path],
    *,
    device: str = "auto",
    is_resumed: bool = False,
    console: Progress | None = None,
    **asked: Any,
) -> None:
    """Train in this process, in a folder of one's own choice.

    Parameters
    ----------
    folder, settings, graph_paths, asked
        As in `musegnn.worker.here.open_here`.
    device
        "auto", "cpu" or "cuda".
    is_resumed, console
        As in `musegnn.worker.here.perform_here`; who resumes gives the settings, graphs and device
        of the run.

    Raises
    ------
    InputError, DataFileError, TrainingError
        If something cannot be used; no half-written result stays.

    Notes
    -----
    Where a launcher has started several processes, each calls this with the same arguments; only
    the first writes and reports.
    """
    chosen = choose_device(device)
    with join_team(chosen) as team:
        config, graphs = open_here(folder, settings, graph_paths, device=chosen.type, **asked)
        if team.is_first:
            work = partial(train_on_graphs, team=team)
            perform_here(folder, config, graphs, is_resumed=is_resumed, console=console, work=work)
            return
        seen = hide(graphs, config.hold_out, {})
        team.wait()
        checkpointing = Checkpointing(RunFolder(folder).checkpoint)
        train(seen, settings, device=device, checkpointing=checkpointing, team=team)


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


def _log(metrics: Path, record: EpochRecord) -> None:
    """Append the record of an epoch, so that it can be read at once."""
    with metrics.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(record.to_dict()) + "\n")


def drop_later_epochs(metrics: Path, checkpoint: Path) -> int:
    """Cut the record of epochs to those that the checkpoint has seen; torn lines go too.

    Returns
    -------
    Number of epochs that the checkpoint has seen, 0 without one.
    """
    done = read_checkpoint(checkpoint).epoch if checkpoint.is_file() else 0
    if os.path.lexists(metrics):  # a pipe would keep the writer waiting: it is replaced
        lines = read_lines(metrics, most_bytes=_LARGEST_METRICS)
        kept = {epoch: line for line in lines if 1 <= (epoch := _epoch_of(line)) <= done}
        with replacing(metrics) as temporary:
            temporary.write_bytes(b"".join(kept[epoch] + b"\n" for epoch in sorted(kept)))
    return done


def _epoch_of(line: bytes) -> int:
    """Read the epoch of a line; 0 when it is torn."""
    try:
        epoch = parse_json(line, any_number=True)["epoch"]
    except (ValueError, KeyError, TypeError):
        return 0
    return epoch if isinstance(epoch, int) else 0


def recall_best(folder: RunFolder, report: Report) -> None:
    """Take the best value up from the epochs that are done."""
    for row in read_metrics(folder.path).rows:
        epoch, loss, auroc = int(row["epoch"] or 0), row.get("loss"), row.get("validation_auroc")
        if loss is not None:
            report.note_value("loss", float(loss), epoch)
            report.say(loss=float(loss), seconds=float(row.get("seconds") or 0.0))
        if auroc is not None:
            report.note_value("validation AUROC", float(auroc), epoch)
