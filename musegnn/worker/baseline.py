"""The work of baselines: gene graphs in, an embedding that opens like that of a training out."""

from __future__ import annotations

import hashlib
import json

import torch

from musegnn.baselines.registry import BASELINES, fit_baseline
from musegnn.validation import check_choice
from musegnn.worker.result import describe_embedding, hide, write_embedding
from musegnn.worker.task import Done, Task


def fit_to_graphs(task: Task) -> Done:
    """Fit a baseline and write the result, which has no weights."""
    settings = task.settings
    check_choice(settings.baseline, tuple(BASELINES), name="baseline")
    torch.set_num_threads(task.config.threads)
    values = {"method": settings.baseline, **settings.model_dump(exclude={"baseline"})}
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    entry = BASELINES[settings.baseline]
    reference = f" ({entry.reference})" if entry.reference else ""
    provenance = describe_embedding(task) | {
        "model": f"{entry.name}: {entry.summary}{reference}",
        "config": values,
        "config_hash": digest[:12],
    }
    vectors = fit_baseline(
        entry.name,
        hide(task.graphs, task.config.hold_out, provenance),
        width=settings.width,
        seed=settings.seed,
        epochs=settings.epochs,
        progress=task.progress,
    )
    return write_embedding(task, vectors, provenance)
