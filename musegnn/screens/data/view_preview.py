"""Data: what an uploaded file holds, and what quality control would do to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.graphs.build import genes_of_peaks
from musegnn.graphs.modalities import find_modality, guess_modality
from musegnn.graphs.preview import (
    PEAKS,
    QualityOutlook,
    SpeciesGuess,
    list_layers,
    naming_style,
    quality_outlook,
    recognise_species,
)
from musegnn.io.expression import Expression, read_expression
from musegnn.io.formats.contents import CELLS_IN_ROWS
from musegnn.io.formats.registry import find_format
from musegnn.io.gene_names import harmonise
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.screens.parts.uploads import Upload, on_disk
from musegnn.settings import Settings

HEAD_CELLS, HEAD_GENES = 5, 8
BINS = 40
_LONGEST_TISSUE = 60


@dataclass(frozen=True)
class FilePreview:
    """What a file holds.

    Parameters
    ----------
    name
        Name of the file.
    numbers
        `measure`, `value`, `meaning`, one row a fact.
    head
        Counts of the first cells and genes.
    counts, detected
        Total counts and number of columns with counts of each cell, `(C,)`.
    style
        How columns are named, see `naming_style`.
    guess
        Species that the names point to.
    modality, tissue
        What the file says or hints at, to start the form with; "" for no hint.
    expression
        The counts.
    """

    name: str
    numbers: pd.DataFrame
    head: pd.DataFrame
    counts: np.ndarray
    detected: np.ndarray
    style: str
    guess: SpeciesGuess
    modality: str
    tissue: str
    expression: Expression

    @property
    def has_peaks(self) -> bool:
        """True when the columns are chromatin peaks, which need an annotation."""
        return self.style == PEAKS


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

    outlook: QualityOutlook
    steps: pd.DataFrame


def layers_of(upload: Upload) -> tuple[str, ...]:
    """List the layers that a file offers.

    Raises
    ------
    DataFileError
        If it cannot be read.
    """
    with on_disk(upload) as (path,):
        return list_layers(_given(path))


def preview(upload: Upload, layer: str | None, droplets: str = "refuse") -> FilePreview:
    """Read a file and describe it.

    Parameters
    ----------
    upload
        File of counts.
    layer
        Layer to take; None searches.
    droplets
        What to do with droplets without a cell.

    Raises
    ------
    UnfilteredError
        If it holds droplets without a cell and `droplets` is "refuse".
    DataFileError
        If it is no file of raw counts.
    """
    with on_disk(upload) as (path,):
        expression = read_expression(_given(path), layer=layer, droplets=droplets)
        kind = find_format(_given(path)).name
    known = read_gene_names(Settings.from_environment().knowledge)
    style = naming_style(expression.genes)
    guess = recognise_species(expression.genes, known)
    matrix = expression.counts
    detected = np.bincount(
        np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[matrix.data != 0],
        minlength=matrix.shape[0],
    )
    return FilePreview(
        name=upload.name,
        numbers=_numbers(expression, kind, style, guess, detected),
        head=_head(expression),
        counts=expression.depth,
        detected=detected,
        style=style,
        guess=guess,
        modality=guess_modality(expression, has_peaks=style == PEAKS).name,
        tissue=expression.source.get("tissue", "").partition("(")[0].strip()[:_LONGEST_TISSUE],
        expression=expression,
    )


def look_ahead(
    found: FilePreview,
    *,
    species: str,
    modality: str,
    preset: str,
    annotation: Upload | None,
) -> QualityView | None:
    """Say what quality control would remove; None for peaks while there is no annotation.

    Raises
    ------
    DataFileError, InputError, GraphError
        If the annotation cannot be read, the names are not of that species, coordinates are
        missing, or too few cells or genes would be left.
    """
    if found.has_peaks and annotation is None:
        return None
    technique = find_modality(modality)
    technique.check(found.expression)
    known = read_gene_names(Settings.from_environment().knowledge)
    with on_disk(annotation) as (path,):
        expression = genes_of_peaks(found.expression, path)
    expression, _, _ = harmonise(expression, species, known)
    outlook = quality_outlook(
        expression, technique.quality(preset), needs_place=technique.needs_positions
    )
    steps = steps_table(
        pd.DataFrame(
            [
                (step.unit, step.rule, step.left + step.removed, step.removed, step.left)
                for step in outlook.steps
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
    guess = found.guess
    if not guess.species or guess.species == species:
        return ""
    if guess.is_sure:
        return (
            f"The names of {found.name} are {guess.reason}, but {species} is chosen. Choose "
            f"{guess.species}, or check that this is the right file."
        )
    return (
        f"The names of {found.name} are {guess.reason}, as human ones are written. Keep {species} "
        "only if you know that the file is of it; such files exist."
    )


def histogram(values: np.ndarray, limits: tuple[float, float] | None = None) -> pd.DataFrame:
    """Count cells in bins that grow by a constant factor; cells with 0 are in none.

    Parameters
    ----------
    values
        Non-negative whole numbers, one a cell.
    limits
        Least value that is kept and the one from which cells are removed again; bins end there.

    Returns
    -------
    `low` (included), `high` (not included), `cells`, `kept`; empty when all values are 0.
    """
    positive = values[values > 0]
    if not len(positive):
        return pd.DataFrame({"low": [], "high": [], "cells": [], "kept": []})
    first, last = float(positive.min()), float(positive.max()) + 1
    low, high = limits or (0.0, np.inf)
    edges = np.round(np.geomspace(first, last, BINS + 1))
    inside = [limit for limit in (low, high) if first < limit < last]
    edges = np.unique([*edges, *inside])
    cells, _ = np.histogram(positive, bins=edges)
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "cells": cells,
            "kept": (edges[:-1] >= low) & (edges[1:] <= high),
        }
    )


def histogram_caption(values: np.ndarray, what: str) -> str:
    """Say what a histogram shows, with n and the cells that a log axis cannot show."""
    zeros = int((values == 0).sum())
    absent = f"; {zeros:,} with none are not drawn" if zeros else ""
    return f"{what.capitalize()} of n = {len(values):,} cells{absent}; logarithmic axis."


def _given(path: Path | None) -> Path:
    """Return a path that is there."""
    if path is None:
        msg = "Expected a file, found none."
        raise InputError(msg, "Choose a file first.")
    return path


def _numbers(
    expression: Expression, kind: str, style: str, guess: SpeciesGuess, detected: np.ndarray
) -> pd.DataFrame:
    """List what was found, with the meaning of each line."""
    n_cells, n_columns = expression.counts.shape
    turned = expression.orientation != CELLS_IN_ROWS
    unit = "peaks" if style == PEAKS else "genes"
    reason = guess.reason[:1].upper() + guess.reason[1:]
    sure = "" if guess.is_sure or not guess.species else ", probably"
    rows = [
        ("format", kind, "By the end of the file name"),
        (
            "orientation",
            f"{unit} x cells, turned" if turned else f"cells x {unit}",
            "How the file holds the matrix; it is turned where necessary",
        ),
        ("counts found in", expression.found_in, "First place that holds whole numbers"),
        ("cells", f"{n_cells:,}", "Rows: cells, nuclei or spots"),
        (unit, f"{n_columns:,}", "Columns of the file, before quality control"),
        (
            "non-zero (%)",
            f"{100 * detected.sum() / (n_cells * n_columns):.3g}",
            "Share of all entries that are not 0",
        ),
        (
            "median counts of a cell",
            f"{np.median(expression.depth):,.0f}",
            "Half of the cells have more; depth of the measurement",
        ),
        (
            f"median {unit} of a cell",
            f"{np.median(detected):,.0f}",
            f"{unit.capitalize()} with at least one count",
        ),
        ("names", style, "How the columns are named, by the majority"),
        ("species by names", f"{guess.species or 'unknown'}{sure}", reason),
        (
            "coordinates",
            "none" if expression.coordinates is None else "yes",
            "Positions of the cells on a slide",
        ),
    ]
    return pd.DataFrame(rows, columns=["measure", "value", "meaning"])


def _head(expression: Expression) -> pd.DataFrame:
    """Counts of the first cells and genes as whole numbers."""
    block = expression.counts[:HEAD_CELLS, :HEAD_GENES].toarray().astype(np.int64)
    cells = expression.cells[: len(block)] or [str(i) for i in range(len(block))]
    return pd.DataFrame(block, index=cells, columns=expression.genes[:HEAD_GENES])
