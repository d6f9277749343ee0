"""Tables of assays: which molecule was active where, or how much of something was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.border.tables import read_delimited
from musegnn.errors import InputError
from musegnn.validation import format_list

STRUCTURES: Final = ("smiles", "canonical_smiles", "isomeric_smiles", "structure", "inchi")
KEYS: Final = ("inchikey", "standard_inchi_key", "inchi_key")
SKELETON: Final = 14  # letters of an InChIKey that say how atoms are joined
_MOST_TASKS: Final = 4000


@dataclass(frozen=True)
class AssayTable:
    """What was measured of molecules.

    Parameters
    ----------
    name
        Of the table.
    smiles
        `M` structures, as the table writes them.
    keys
        `M` first blocks of InChIKeys; "" where the table gives none.
    tasks
        `T` names of what was measured.
    labels
        `(M, T)` float32: 0 and 1, or numbers of any unit; NaN where nothing was measured.
    is_binary
        True where every label is 0 or 1.
    """

    name: str
    smiles: tuple[str, ...]
    keys: tuple[str, ...]
    tasks: tuple[str, ...]
    labels: np.ndarray
    is_binary: bool

    def __len__(self) -> int:
        """Count molecules."""
        return len(self.smiles)

    @property
    def n_labels(self) -> int:
        """Number of measurements."""
        return int(np.isfinite(self.labels).sum())

    def only(self, rows: np.ndarray) -> AssayTable:
        """Keep some molecules, by their places."""
        return AssayTable(
            self.name,
            tuple(self.smiles[row] for row in rows.tolist()),
            tuple(self.keys[row] for row in rows.tolist()),
            self.tasks,
            self.labels[rows],
            self.is_binary,
        )


def read_assays(path: Path, *, tasks: Sequence[str] | None = None, name: str = "") -> AssayTable:
    """Read a table with a column of structures and a column for each assay.

    Parameters
    ----------
    path
        Delimited by comma, semicolon or tab, packed or not.
    tasks
        Columns to take as assays; by default all that hold numbers, apart from those named like an
        id, a key or a molecule.
    name
        To show; by default that of the file.

    Raises
    ------
    DataFileError
        If the file is missing or no table.
    InputError
        If no column holds structures, or none of the tasks is there or holds a number.
    """
    role = "a table of assays"
    separator = _separator_of(path)
    table = read_delimited(path, role=role, separator=separator)
    named = {str(column).strip().lower(): column for column in table.columns}
    structures = next((named[column] for column in STRUCTURES if column in named), None)
    if structures is None:
        msg = (
            f"Expected a column of structures named {format_list(STRUCTURES)}, found the columns "
            f"{format_list([str(column) for column in table.columns], limit=6)}."
        )
        raise InputError(msg, "Name the column of SMILES `smiles`.")
    given = table[structures].fillna("").astype(str).str.strip()
    table = table.loc[given != ""]
    keys = next((table[named[column]] for column in KEYS if column in named), None)
    chosen = _tasks_of(table, tasks, {str(structures), *(str(named.get(key)) for key in KEYS)})
    numbers = table[chosen].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float32)
    numbers[~np.isfinite(numbers)] = np.nan
    known = numbers[np.isfinite(numbers)]
    return AssayTable(
        name or path.name,
        tuple(given[given != ""]),
        ("",) * len(table) if keys is None else tuple(keys.fillna("").astype(str).str[:SKELETON]),
        tuple(chosen),
        numbers,
        bool(np.isin(known, (0, 1)).all()),
    )


def _separator_of(path: Path) -> str:
    """Tell the separator of a table by its ending; a comma where that says nothing."""
    ending = path.name.lower().removesuffix(".gz")
    return "\t" if ending.endswith((".tsv", ".txt")) else ","


def _tasks_of(table: pd.DataFrame, tasks: Sequence[str] | None, structures: set[str]) -> list[str]:
    """Columns that are assays."""
    if tasks is not None:
        missing = [task for task in tasks if task not in table.columns]
        if missing:
            msg = f"Expected columns of assays, found none named {format_list(missing, limit=3)}."
            raise InputError(msg, "Take names of the first line of the table.")
        return list(tasks)
    chosen = []
    for column in map(str, table.columns):
        words = column.lower().replace("_", " ").split()
        if column in structures or {"id", "mol", "key"} & set(words):
            continue
        values = table[column].replace("", np.nan).dropna()
        if len(values) and pd.to_numeric(values, errors="coerce").notna().all():
            chosen.append(column)
    if not chosen or len(chosen) > _MOST_TASKS:
        msg = f"Expected 1 to {_MOST_TASKS:,} columns of numbers, found {len(chosen):,}."
        raise InputError(msg, "Give each assay a column, empty where nothing was measured.")
    return chosen
