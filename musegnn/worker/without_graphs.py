"""Trainings that read no gene graphs: taken up from their checkpoint, noted epoch by epoch."""

from __future__ import annotations

import json
from typing import Any

import torch

from musegnn.training.epoch import EpochRecord
from musegnn.training.loop import Checkpointing, Encode, Epochal, train_objective
from musegnn.training.objective import Objective
from musegnn.worker.report import Report
from musegnn.worker.task import Task
from musegnn.worker.train import drop_later_epochs, recall_best


def train_without_graphs(
    task: Task, objective: Objective, settings: Epochal, *, digest: str, device: torch.device
) -> dict[str, Any] | None:
    """Train from the checkpoint, where there is one, and write the numbers of each epoch.

    Parameters
    ----------
    task
        Folder, report and console of the run.
    objective
        Weights at their start; holds what came of them.
    settings
        How many epochs.
    digest
        Of what is read: a checkpoint of other files is not taken up.
    device
        Where the weights are.

    Returns
    -------
    Record of the last epoch; None where there was none to do.
    """
    report, folder = task.report, task.folder
    done = drop_later_epochs(folder.metrics, folder.checkpoint)
    recall_best(folder, report)

    def note(record: EpochRecord) -> None:
        with folder.metrics.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record.to_dict()) + "\n")
        report.note_epoch(record)

    report.say(state="running", epoch=done, message="Trains.")
    history = train_objective(
        objective,
        settings,
        digest=digest,
        device=device,
        progress=task.console,
        on_epoch=note,
        checkpointing=Checkpointing(folder.checkpoint, task.checkpoint_seconds),
        watch=_Watch(report),
    )
    return history[-1].to_dict() if history else None


class _Watch:
    """Passes a wish to stop on."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def is_stop_asked(self) -> bool:
        """True when the training is to end before the next epoch."""
        return self._report.is_stop_asked

    def after_epoch(self, record: EpochRecord, encode: Encode) -> None:
        """Look at nothing: the map is made at the end."""
