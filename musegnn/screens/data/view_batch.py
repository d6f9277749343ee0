"""Data: several samples at once, what each was taken for, and one build for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from musegnn.errors import MuseGNNError
from musegnn.graphs.modalities import MODALITIES
from musegnn.runs import RunRecord
from musegnn.screens.data.view import DataRequest
from musegnn.screens.data.view_choices import Reading
from musegnn.screens.data.view_preview import FilePreview
from musegnn.screens.data.view_samples import Sample, unique_names

TABLE_COLUMNS = ("sample", "files", "cells", "columns", "species", "technique", "to be decided")


@dataclass(frozen=True)
class SampleRow:
    """What one of several samples was taken for.

    Parameters
    ----------
    sample
        Its files.
    name
        Name of its dataset; of two samples of one name the second has a number.
    cells, columns
        Size of the counts; 0 where they cannot be read.
    species, modality
        What the file says or hints at; "" where it is not known.
    is_sure
        True when the names are those of no other species.
    problem
        What stands against a build, in a sentence; "" where nothing does.
    """

    sample: Sample
    name: str
    cells: int = 0
    columns: int = 0
    species: str = ""
    modality: str = ""
    is_sure: bool = False
    problem: str = ""


def name_samples(samples: Sequence[Sample]) -> list[str]:
    """Name the datasets of samples, each by a name of its own."""
    return unique_names(sample.upload.name for sample in samples)


def describe_sample(
    sample: Sample, name: str, found: FilePreview | None, error: MuseGNNError | None
) -> SampleRow:
    """Say in a row what a sample was taken for.

    Parameters
    ----------
    sample, name
        Its files, and the name of its dataset.
    found
        What reading found; None where it failed.
    error
        Why it failed.
    """
    if found is None:
        told = "" if error is None else f"{error.message} {error.hint or ''}".strip()
        return SampleRow(sample, name, problem=told or "It cannot be read.")
    look = found.look
    problem = ""
    if look.refused is not None:
        problem = "It is unfiltered: look at it below and decide about droplets without a cell."
    elif look.has_peaks:
        problem = "Its columns are peaks: look at it below and give their annotation."
    return SampleRow(
        sample,
        name,
        look.expression.n_cells,
        len(look.expression.genes),
        look.guess.species,
        look.modality,
        look.guess.is_sure,
        problem,
    )


def batch_table(rows: Sequence[SampleRow]) -> pd.DataFrame:
    """Lay out what each sample was taken for: `TABLE_COLUMNS`."""
    return pd.DataFrame(
        [
            (
                row.name,
                ", ".join(row.sample.files),
                f"{row.cells:,}",
                f"{row.columns:,}",
                _species(row),
                MODALITIES[row.modality].title if row.modality else "not known",
                row.problem or "nothing",
            )
            for row in rows
        ],
        columns=list(TABLE_COLUMNS),
    )


def _species(row: SampleRow) -> str:
    """Say how sure the species of a sample is."""
    if not row.species:
        return "not known"
    return row.species if row.is_sure else f"probably {row.species}"


def batch_requests(
    rows: Sequence[SampleRow],
    form: DataRequest,
    readings: Sequence[Reading],
    species: Sequence[str],
) -> list[DataRequest]:
    """Ask for a graph of each sample that nothing stands against.

    The sample of the form is built as the form says. Of the others the technique is that of the
    table; tissue, edge rule, number of genes and estimator are those of the form.

    Parameters
    ----------
    rows
        Samples.
    form
        What the form says.
    readings
        How each sample is to be read.
    species
        Species of each sample; one without is not built.
    """
    requests = []
    for row, reading, said in zip(rows, readings, species, strict=True):
        if row.sample.upload == form.file:
            requests.append(form)
        elif said and not row.problem:
            requests.append(
                replace(
                    form,
                    file=row.sample.upload,
                    species=said,
                    modality=row.modality,
                    reading=reading,
                    annotation=None,
                    name=row.name,
                )
            )
    return requests


def batch_lines(records: Sequence[RunRecord]) -> list[str]:
    """Say how far each of several builds is."""
    return [f"- {record.name}: {record.state}" for record in records]
