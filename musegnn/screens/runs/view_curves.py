"""Curves of a run: what every epoch told, in columns, thinned for a picture."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.runs.metrics import Row, read_metrics

MOST_POINTS: Final = 2000  # of one series in a picture
EPOCH, LOSS, VALIDATION = "epoch", "loss", "validation_auroc"
SECONDS, LEFT, MEMORY, PACE = "seconds", "seconds_left", "memory_mib", "graphs_per_second"
NO_TERMS: Final = frozenset({EPOCH, LOSS, VALIDATION, SECONDS, LEFT, MEMORY, PACE})

TITLES: Final = {
    LOSS: "loss",
    VALIDATION: "validation: AUROC of hidden edges",
    MEMORY: "memory (MiB)",
    PACE: "datasets per second",
}
MEANINGS: Final = {
    LOSS: "Weighted sum of the terms, mean over the steps of an epoch; smaller is better.",
    VALIDATION: "Area under the ROC curve for edges hidden from training against pairs of genes of "
    "the same degrees, 0.5 (chance) to 1; larger is better.",
    MEMORY: "Largest memory so far: of the process on the CPU, of the device on a GPU.",
    PACE: "Datasets that went through training in a second.",
}
TERM_MEANING = "Term of the loss before its weight, mean over the steps of an epoch."


def thin(x: np.ndarray, y: np.ndarray, *, most: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Leave points of a curve out so that its picture stays the same.

    First and last point are kept; the others are cut into stretches of the same number of points,
    of each of which the smallest and the largest value are kept, the first of equal ones. So no
    peak is lost, above all not the smallest and largest of all.

    Parameters
    ----------
    x, y
        `(N,)` places in ascending order, and finite values.
    most
        Most points to keep, at least 4.

    Returns
    -------
    The kept places and values in their order; all of them when there are no more than `most`.

    Raises
    ------
    InputError
        If `most` is below 4 or the lengths differ.
    """
    if most < 4 or len(x) != len(y):
        found = f"{most}, {len(x)}, {len(y)}"
        msg = f"Expected 4 points or more, and as many places as values, found {found}."
        raise InputError(msg, "Choose a larger number of points.")
    if len(x) <= most:
        return x, y
    edges = np.linspace(1, len(y) - 1, (most - 2) // 2 + 1).astype(int)
    kept = [0, len(y) - 1]
    for start, end in pairwise(edges):
        stretch = y[start:end]
        kept += [start + int(stretch.argmin()), start + int(stretch.argmax())]
    rows = np.unique(kept)
    return x[rows], y[rows]


@dataclass
class CurveTable:
    """All epochs that were read of one run, a column a quantity.

    Parameters
    ----------
    columns
        Numbers of each quantity, NaN where an epoch tells none; all of the same length.
    position
        Where the next reading goes on; see `musegnn.runs.metrics.read_metrics`.
    n_broken
        Lines that could not be read.
    """

    columns: dict[str, array[float]] = field(default_factory=dict)
    position: str = ""
    n_broken: int = 0

    @property
    def n_epochs(self) -> int:
        """Rows of the table."""
        return len(self.columns.get(EPOCH, ()))

    def follow(self, folder: Path) -> CurveTable:
        """Read on what was written since the last time.

        A file that was written anew, because the run was taken up at an earlier epoch, replaces
        what was read before.

        Parameters
        ----------
        folder
            Folder of the run.

        Returns
        -------
        The table itself.
        """
        while True:
            found = read_metrics(folder, self.position)
            if found.is_new:
                self.columns, self.n_broken = {}, 0
            self._extend(found.rows)
            self.n_broken += found.n_broken
            is_at_end = found.position == self.position
            self.position = found.position
            if is_at_end or not found.rows:
                return self

    def _extend(self, rows: Sequence[Row]) -> None:
        """Add epochs; a quantity that appears late is missing before."""
        names = dict.fromkeys(name for row in rows for name in row)
        for name in names:
            if name not in self.columns:
                self.columns[name] = array("d", [np.nan] * self.n_epochs)
        # numpy reads None as NaN, and row by row hundreds of runs at once are read fastest
        found = [tuple(map(row.get, self.columns)) for row in rows]
        values = np.array(found, dtype=float).reshape(len(rows), len(self.columns))
        for index, column in enumerate(self.columns.values()):
            column.frombytes(values[:, index].tobytes())

    def terms(self) -> tuple[str, ...]:
        """Names of the terms of the loss, in the order in which the run tells them."""
        return tuple(name for name in self.columns if name not in NO_TERMS)

    def series(self, name: str, *, most: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
        """Return epochs and values of a quantity, thinned to `most` points, `(n,)` float64 each.

        Epochs that tell no value, such as those between two validations, are left out.
        """
        if name not in self.columns:
            return np.empty(0), np.empty(0)
        epoch, values = np.asarray(self.columns[EPOCH]), np.asarray(self.columns[name])
        told = np.isfinite(values) & np.isfinite(epoch)
        return thin(epoch[told], values[told], most=most)

    def best(self, name: str) -> tuple[int, float] | None:
        """Return epoch and value of the best of a quantity, the first of equal ones, or None.

        The largest is the best of a validation, the smallest of a loss.
        """
        if name not in self.columns:
            return None
        values = np.asarray(self.columns[name])
        if not np.isfinite(values).any():
            return None
        place = int(np.nanargmax(values) if name == VALIDATION else np.nanargmin(values))
        return int(self.columns[EPOCH][place]), float(values[place])

    def last(self, name: str) -> float | None:
        """Return the last value that was told, or None."""
        values = np.asarray(self.columns.get(name, ()))
        told = values[np.isfinite(values)]
        return float(told[-1]) if len(told) else None

    def as_table(self) -> pd.DataFrame:
        """Return all epochs in full, one row each; what an epoch does not tell is NaN."""
        table = pd.DataFrame({name: np.asarray(column) for name, column in self.columns.items()})
        return table.astype({EPOCH: "int64"}) if EPOCH in table else table


@dataclass(frozen=True)
class Panel:
    """One small picture: a quantity over the epochs.

    Parameters
    ----------
    name, title, meaning
        Quantity, its title with unit, and what it is.
    lines
        Lines of the picture: name, epochs, values.
    marks
        Best value of each line: name, epoch, value.
    """

    name: str
    title: str
    meaning: str
    lines: tuple[tuple[str, np.ndarray, np.ndarray], ...]
    marks: tuple[tuple[str, int, float], ...] = ()


def make_panels(
    tables: Sequence[tuple[str, CurveTable]], *, names: Sequence[str], most: int = MOST_POINTS
) -> tuple[Panel, ...]:
    """Arrange curves of runs as one picture a quantity.

    Parameters
    ----------
    tables
        Label and curves of each run.
    names
        Quantities in their order; those that no run tells are left out.
    most
        Most points of a line.
    """
    panels = []
    for name in names:
        lines = [(label, *table.series(name, most=most)) for label, table in tables]
        lines = [line for line in lines if len(line[1])]
        if not lines:
            continue
        bests = [(label, table.best(name)) for label, table in tables]
        is_judged = name in {LOSS, VALIDATION}
        panels.append(
            Panel(
                name,
                TITLES.get(name, name.replace("_", " ")),
                MEANINGS.get(name, TERM_MEANING),
                tuple(lines),
                tuple((label, *best) for label, best in bests if best and is_judged),
            )
        )
    return tuple(panels)


def learning_names(tables: Sequence[CurveTable]) -> tuple[str, ...]:
    """Return what is shown of learning: validation, loss, then every term of it."""
    terms = dict.fromkeys(term for table in tables for term in table.terms())
    return (VALIDATION, LOSS, *terms)
