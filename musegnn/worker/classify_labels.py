"""Classify labelled genes on their vectors for a run."""

from __future__ import annotations

import json

import numpy as np

from musegnn.analysis.labels.label_classifier import classify_labels
from musegnn.embeddings.atlas import read_atlas
from musegnn.io.json_tables import table_to_plain
from musegnn.runs.inputs import read_question
from musegnn.runs.kinds.label_classifier import CLASSIFICATION_FILE, LabelClassifierSettings
from musegnn.worker.task import Done, Task


def classify(task: Task) -> Done:
    """Write `classification.json`: areas, curves, genes, and how many stood on each side.

    Raises
    ------
    DataFileError, InputError
        If a file cannot be used or there are too few genes.
    """
    settings = task.settings_of(LabelClassifierSettings)
    (path,), (source,) = task.files("question"), task.files("embedding")
    question = read_question(path)
    others = question["others"]
    found = classify_labels(
        read_atlas(source),
        np.array(question["labelled"], dtype=np.int64),
        None if others is None else np.array(others, dtype=np.int64),
        seed=settings.seed,
        progress=task.progress,
    )
    content = {
        "table": table_to_plain(found.table),
        "curves": table_to_plain(found.curves),
        "genes": table_to_plain(found.genes),
        "n_labelled": found.n_labelled,
        "n_others": found.n_others,
    }
    (task.result / CLASSIFICATION_FILE).write_text(json.dumps(content), encoding="utf-8")
    return Done(f"{found.n_labelled:,} labelled genes against {found.n_others:,} others")
