"""Properties of a file of molecules: a look at few of them, a run for many."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from musegnn.errors import InputError, MuseGNNError
from musegnn.io.json_tables import reading_tables, table_from_plain
from musegnn.molecules.entries import count_rows
from musegnn.molecules.reading import MOST_MOLECULES, read_text
from musegnn.runs.kinds.properties import FIRST_FILE, MOLECULES, PropertiesSettings
from musegnn.screens.parts.page_work import PageWork
from musegnn.screens.parts.uploads import Upload, give_upload

SECONDS: float = 0.02  # of a molecule


@dataclass(frozen=True)
class FileView:
    """What a file holds.

    Parameters
    ----------
    n_rows
        Rows that may be molecules.
    text
        All of it where the rows are few, else "".
    """

    n_rows: int
    text: str


@dataclass(frozen=True)
class ManyView:
    """What a run found of many molecules.

    Parameters
    ----------
    sentence
        The answer.
    molecules
        The first ones: `molecule`, `structure`, `inchikey`, `nearest`, `domain`, `changes`.
    refused
        The first rows that were left out: `row`, `given`, `why`.
    """

    sentence: str
    molecules: pd.DataFrame
    refused: pd.DataFrame


def look(upload: Upload, *, most: int) -> FileView:
    """Count the rows of a file, and keep its text where there are at most `most`.

    Raises
    ------
    DataFileError, InputError
        If it is no text, or has more rows than a run takes.
    """
    try:
        text = read_text(upload.path, named=upload.name)
    except MuseGNNError as error:  # as the user knows it
        error.message = error.message.replace(str(upload.path), upload.name)
        raise
    n_rows = count_rows(text, most=MOST_MOLECULES)
    if not n_rows:
        msg = f"Expected structures as SMILES, InChI, a table or SDF, found none in {upload.name}."
        raise InputError(msg, "Give one structure a line, such as CC(=O)Oc1ccccc1C(=O)O.")
    if n_rows > MOST_MOLECULES:
        msg = f"Expected at most {MOST_MOLECULES:,} molecules, found more rows."
        raise InputError(msg, "Give the molecules in parts.")
    return FileView(n_rows, text if n_rows <= most else "")


def work_of(upload: Upload, *, root: Path) -> PageWork:
    """Return the run that asks about all molecules of a file."""
    given = give_upload(root, upload, role=MOLECULES)
    return PageWork(PropertiesSettings(), (given,), f"Properties of {upload.name}")


def read_many(folder: Path) -> ManyView:
    """Read what a run found.

    Raises
    ------
    DataFileError
        If it cannot be read.
    """
    with reading_tables(folder / FIRST_FILE, role="foretold properties") as content:
        molecules = table_from_plain(content["first"], ("nearest",))
        refused = table_from_plain(content["first_refused"], ("row",))
        n, n_refused = int(content["molecules"]), int(content["refused"])
    out = "one row is" if n_refused == 1 else f"{n_refused:,} rows are"
    sentence = f"{n:,} molecules are foretold, {out} left out."
    if n > len(molecules):
        sentence += f" The first {len(molecules):,} stand here, all of them in the file."
    return ManyView(sentence, molecules, refused)
