"""Tables of assays: which molecule was active where, or how much of something was measured."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.knowledge.assays import KEY, STRUCTURE, assays_of, read_assay_rows

SKELETON: Final = 14  # letters of an InChIKey that say how atoms are joined


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

    @property
    def digest(self) -> str:
        """Hash of the structures in their order, however the file is packed."""
        return hashlib.sha256("\n".join(self.smiles).encode()).hexdigest()

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


def read_assays(path: Path, *, assays: Sequence[str] | None = None, name: str = "") -> AssayTable:
    """Read a table of assays, see `musegnn.knowledge.assays.read_assay_rows`.

    Parameters
    ----------
    path
        The file.
    assays
        Columns to take; by default all that hold numbers.
    name
        To show; by default that of the file.
    """
    return as_assays(read_assay_rows(path, assays=assays), name=name or path.name)


def as_assays(rows: pd.DataFrame, *, name: str) -> AssayTable:
    """Return a table of assays of rows that `read_assay_rows` read."""
    chosen = assays_of(rows)
    numbers = rows[chosen].to_numpy(dtype=np.float32)
    return AssayTable(
        name,
        tuple(rows[STRUCTURE]),
        tuple(rows[KEY].str.removeprefix("InChIKey=").str[:SKELETON]),
        tuple(chosen),
        numbers,
        bool(np.isin(numbers[np.isfinite(numbers)], (0, 1)).all()),
    )
