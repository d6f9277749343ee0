"""Lineages of one's own: what a file offers, and the run that traces one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pandas as pd

from musegnn import keys
from musegnn.errors import InputError
from musegnn.io.h5ad import open_h5ad
from musegnn.lineages.known_tree import parse_tree
from musegnn.runs.inputs import find_file
from musegnn.runs.kinds.lineage import COUNTS, LABELS, VECTORS, LineageSettings
from musegnn.runs.presets import parse_settings
from musegnn.screens.parts.page_work import PageWork
from musegnn.screens.parts.uploads import Upload, give_upload, on_disk
from musegnn.settings import REPOSITORY

FUSED: Final = REPOSITORY / "data" / "fused" / keys.EMBEDDING_FILE
FUSED_CONTEXT: Final = "fused"
MEAN_WORDS, FUSED_WORDS = "opened atlas, mean over contexts", "fused from annotation (ships)"
MOST_LABELS: Final = 60  # different ones; a column of more names each cell
VALUE_WORDS: Final = {
    "counts": "raw counts",
    "linear": "comparable, not logarithmised (TPM, RPKM)",
    "log": "logarithms",
}


@dataclass(frozen=True)
class TraceRequest:
    """What shall be traced.

    Parameters
    ----------
    file, labels
        Expression, and a table of labels or None.
    vectors
        File of the set whose vectors are taken.
    settings
        Settings of the run, by name, those that were said.
    """

    file: Upload
    vectors: Path
    labels: Upload | None = None
    settings: dict[str, object] = field(default_factory=dict)


def label_columns(file: Upload) -> dict[str, tuple[str, ...]]:
    """Return the columns of an `.h5ad` that may label cells, each with its labels, sorted.

    Raises
    ------
    DataFileError
        If the file cannot be read.
    """
    if not file.name.lower().endswith(".h5ad"):
        return {}
    with on_disk(file) as (path,):
        obs = open_h5ad(path, role="cells").obs if path is not None else pd.DataFrame()
    found = {}
    for name in obs:
        labels = sorted({str(value) for value in obs[name].dropna().unique()})
        if 2 <= len(labels) <= MOST_LABELS:
            found[str(name)] = tuple(labels)
    return found


def vector_choices(contexts: Sequence[str]) -> tuple[str, ...]:
    """Return the vectors that can be taken: the mean of the opened atlas, what ships, contexts."""
    shipped = (FUSED_WORDS,) if FUSED.is_file() else ()
    return (MEAN_WORDS, *shipped, *contexts)


def chosen_vectors(choice: str, opened: Path) -> tuple[Path, str]:
    """Return the file and the context that a choice of vectors means; "" for the mean."""
    if choice == FUSED_WORDS:
        return FUSED, FUSED_CONTEXT
    return opened, "" if choice == MEAN_WORDS else choice


def check_trace(request: TraceRequest, columns: dict[str, tuple[str, ...]]) -> LineageSettings:
    """Return the settings of a run, checked as far as the page knows the file.

    Raises
    ------
    InputError
        If the tree is none, or a value cannot be used.
    """
    settings = parse_settings({"method": LineageSettings.kind, **request.settings})
    if not isinstance(settings, LineageSettings):  # the method says so
        raise TypeError
    parse_tree(settings.tree, columns.get(settings.labels, ()))
    if settings.root and settings.root_gene:
        msg = "Expected a label or a gene for the root, found both."
        raise InputError(msg, "Leave one of them out.")
    return settings


def work_of(request: TraceRequest, settings: LineageSettings, *, root: Path) -> PageWork:
    """Return the run that traces a lineage.

    Parameters
    ----------
    request
        What shall be traced.
    settings
        As `check_trace` returned them.
    root
        Folder of all runs.
    """
    inputs = [
        give_upload(root, request.file, role=COUNTS),
        find_file(request.vectors, role=VECTORS),
        *([give_upload(root, request.labels, role=LABELS)] if request.labels else []),
    ]
    return PageWork(settings, tuple(inputs), f"Lineage of {request.file.name}")
