"""Molecules: what models of assays say of every molecule of the map, which a run computes once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.border.tables import read_delimited
from musegnn.io.spreadsheet import table_text
from musegnn.molecules.molecule_set import SMILES
from musegnn.molecules.property_heads import read_heads
from musegnn.molecules.shipped import MoleculeReference
from musegnn.runs import runs_root
from musegnn.runs.inputs import give
from musegnn.runs.kinds.properties import MOLECULES, TABLE_FILE, PropertiesSettings
from musegnn.screens.parts.page_work import PageWork
from musegnn.screens.shell.words import duration

NOT_FORETOLD: Final = "not foretold"
_SECONDS: Final = 0.02  # of a molecule
_ROW: Final = "molecule"


@dataclass(frozen=True)
class ForetoldView:
    """One assay of all molecules of the map.

    Parameters
    ----------
    title
        What the numbers are.
    values
        `(N,)` probabilities or numbers; NaN for a molecule of which nothing is said.
    sentence
        How far to trust them.
    """

    title: str
    values: np.ndarray
    sentence: str


def list_foretold() -> list[str]:
    """Name the assays that models know, as `TABLE: ASSAY`."""
    return [f"{heads.title}: {task}" for heads in read_heads() for task in heads.tasks]


def work_of(reference: MoleculeReference) -> PageWork:
    """Return the run that asks the models about all molecules; all who look at it share it."""
    smiles = reference.molecules.table[SMILES].astype(str).to_numpy()
    asked = pd.DataFrame({"id": np.arange(len(smiles)), "smiles": smiles})
    content = table_text(asked).encode("utf-8")
    given = give(runs_root(None), role=MOLECULES, name="molecules-of-the-map.csv", content=content)
    return PageWork(PropertiesSettings(), (given,), "Properties of the map of molecules")


def say_work(reference: MoleculeReference) -> str:
    """Say what there is to do, and how long that takes."""
    n = len(reference.molecules)
    return (
        f"Nobody has asked the models about the {n:,} molecules of the map yet: about "
        f"{duration(n * _SECONDS)} in the background, once. The map shows tables meanwhile."
    )


def read_foretold(folder: Path, assay: str, reference: MoleculeReference) -> ForetoldView:
    """Read what models say of one assay.

    Parameters
    ----------
    folder
        Result of the run.
    assay
        One of `list_foretold`.
    reference
        The map that was asked about.

    Raises
    ------
    DataFileError
        If it cannot be read.
    """
    title, _, task = assay.partition(": ")
    heads = next(heads for heads in read_heads() if heads.title == title)
    nearest, column = f"{title} nearest", f"{title} {task}"
    table = read_delimited(
        folder / TABLE_FILE,
        role="foretold properties",
        separator=",",
        columns=[_ROW, nearest, column],
        numbers=None,
    )
    rows = table[_ROW].to_numpy(np.int64)
    values = np.full(len(reference.molecules), np.nan)
    values[rows] = table[column].to_numpy(np.float64)
    known = int((table[nearest] >= 1).sum())
    about = heads.about["tasks"][heads.tasks.index(task)]
    score = "AUROC" if heads.is_binary else "mean error"
    trust = "not known" if about["held_out"] is None else f"{about['held_out']:.2f}"
    sentence = (
        f"Foretold from structure alone, measured nowhere here: on {about['tested']:,} molecules "
        f"held out the {score} of this assay is {trust}; it was learned from "
        f"{about['learned_from']:,}. Of the map {known:,} molecules, or twins of them, are among "
        "those that the models of this table learned from."
    )
    what = "probability of activity" if heads.is_binary else "foretold"
    return ForetoldView(f"{task}, {what}", values, sentence)


@cache
def usual_assay() -> str:
    """Return the assay that is shown at first: the one that was learned from most molecules."""
    heads = read_heads()[0]
    counts = [entry["learned_from"] for entry in heads.about["tasks"]]
    return f"{heads.title}: {heads.tasks[int(np.argmax(counts))]}"
