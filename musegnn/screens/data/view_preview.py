"""Data: what an uploaded file holds, and what quality control would do to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.graphs.look import Fact, FileLook, Outlook, foresee, look_at
from musegnn.graphs.preview import PEAKS
from musegnn.io.expression import Expression
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.screens.data.view_choices import Reading
from musegnn.screens.parts.uploads import Upload, on_disk
from musegnn.settings import Settings

HEAD_CELLS, HEAD_GENES = 5, 8
LONGEST_TISSUE = 60
FOUND = Reading()
FACT_COLUMNS = ("what", "taken for", "how it was told")


@dataclass(frozen=True)
class FilePreview:
    """What a file holds.

    Parameters
    ----------
    look
        What was recognised as what.
    numbers
        `measure`, `value`, `meaning`, one row a number of the cells.
    head
        Counts of the first cells and genes.
    """

    look: FileLook
    numbers: pd.DataFrame
    head: pd.DataFrame


@dataclass(frozen=True)
class QualityView:
    """What quality control would do.

    Parameters
    ----------
    outlook
        Counts and detected genes of each cell, with the limits.
    steps
        `step`, `before`, `removed`, `left`, one row a step, see `steps_table`.
    """

    outlook: Outlook
    steps: pd.DataFrame


def preview(upload: Upload, reading: Reading = FOUND) -> FilePreview:
    """Read a file once and describe it.

    Parameters
    ----------
    upload
        File of counts.
    reading
        How it is to be read; where droplets without a cell are refused the preview is of all
        barcodes, and its look says why they cannot be taken.

    Raises
    ------
    DataFileError
        If it is no file of raw counts.
    """
    known = read_gene_names(Settings.from_environment().knowledge)
    with on_disk(upload, reading.positions) as (path, positions):
        look = look_at(
            _given(path),
            known=known,
            layer=reading.layer,
            droplets=reading.droplets,
            choices=reading.choices(positions),
            name=upload.name,
        )
    return FilePreview(look, _numbers(look), _head(look.expression))


def facts_table(facts: tuple[Fact, ...]) -> pd.DataFrame:
    """Lay out what was recognised as what: `FACT_COLUMNS`, one row a fact."""
    rows = [(fact.what, fact.found, fact.why) for fact in facts]
    return pd.DataFrame(rows, columns=list(FACT_COLUMNS))


def look_ahead(
    found: FilePreview,
    *,
    species: str,
    modality: str,
    preset: str,
    annotation: Upload | None,
) -> QualityView | None:
    """Say what quality control would remove; None while annotation or barcodes are to be chosen.

    Raises
    ------
    DataFileError, InputError, GraphError
        If the annotation cannot be read, the names are not of that species, coordinates are
        missing, or too few cells or genes would be left.
    """
    look = found.look
    if look.refused is not None or (look.has_peaks and annotation is None):
        return None
    known = read_gene_names(Settings.from_environment().knowledge)
    with on_disk(annotation) as (path,):
        outlook = foresee(
            look.expression,
            species=species,
            modality=modality,
            preset=preset,
            known=known,
            annotation=path,
        )
    steps = steps_table(
        pd.DataFrame(
            [
                (step.unit, step.rule, step.left + step.removed, step.removed, step.left)
                for step in outlook.judgement.steps
            ],
            columns=["unit", "rule", "before", "removed", "left"],
        )
    )
    return QualityView(outlook, steps)


def steps_table(filters: pd.DataFrame) -> pd.DataFrame:
    """Write steps of quality control for people.

    Parameters
    ----------
    filters
        `unit`, `rule`, `before`, `removed`, `left`, one row a step.

    Returns
    -------
    `step`, `before`, `removed`, `left` as text, in the same order.
    """
    numbers = filters[["before", "removed", "left"]]
    table = numbers.map(lambda number: f"{int(number):,}")
    table.insert(0, "step", filters["unit"] + ": " + filters["rule"])
    return table


def species_notice(found: FilePreview, species: str) -> str:
    """Warn in a sentence when the names point to another species; "" when they do not."""
    guess, name = found.look.guess, found.look.name
    if not guess.species or guess.species == species:
        return ""
    if guess.is_sure:
        return (
            f"The names of {name} are {guess.reason}, but {species} is chosen. Choose "
            f"{guess.species}, or check that this is the right file."
        )
    return (
        f"The names of {name} are {guess.reason}, as human ones are written. Keep {species} "
        "only if you know that the file is of it; such files exist."
    )


def _given(path: Path | None) -> Path:
    """Return a path that is there."""
    if path is None:
        msg = "Expected a file, found none."
        raise InputError(msg, "Choose a file first.")
    return path


def _numbers(look: FileLook) -> pd.DataFrame:
    """List numbers of the cells, with the meaning of each line."""
    n_cells, n_columns = look.expression.counts.shape
    unit = "peaks" if look.style == PEAKS else "genes"
    rows = [
        ("cells", f"{n_cells:,}", "Rows: cells, nuclei or spots"),
        (unit, f"{n_columns:,}", "Columns of the file, before quality control"),
        (
            "non-zero (%)",
            f"{100 * look.detected.sum() / max(n_cells * n_columns, 1):.3g}",
            "Share of all entries that are not 0",
        ),
        (
            "median counts of a cell",
            f"{np.median(look.expression.depth):,.0f}",
            "Half of the cells have more; depth of the measurement",
        ),
        (
            f"median {unit} of a cell",
            f"{np.median(look.detected):,.0f}",
            f"{unit.capitalize()} with at least one count",
        ),
        ("names", look.style, "How the columns are named, by the majority"),
    ]
    return pd.DataFrame(rows, columns=["measure", "value", "meaning"])


def _head(expression: Expression) -> pd.DataFrame:
    """Counts of the first cells and genes as whole numbers."""
    block = expression.counts[:HEAD_CELLS, :HEAD_GENES].toarray().astype(np.int64)
    cells = expression.cells[: len(block)] or [str(i) for i in range(len(block))]
    return pd.DataFrame(block, index=cells, columns=expression.genes[:HEAD_GENES])
