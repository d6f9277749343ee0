"""Marks of a gene list on the map: its points large, and each gene named once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

MOST_NAMED: Final = 60  # genes; more names would cover the map
MOST_MARKED: Final = 3_000  # points; more would cover the map, and the colour says it as well


@dataclass(frozen=True)
class Marked:
    """Points of a list.

    Parameters
    ----------
    rows
        Ascending rows that are drawn large.
    labels
        Row and gene of those that are named, at most `MOST_NAMED`.
    """

    rows: np.ndarray
    labels: tuple[tuple[int, str], ...] = ()


NO_MARKS: Final = Marked(np.empty(0, dtype=np.int64))


def mark_list(rows: np.ndarray, genes: np.ndarray, layout: np.ndarray) -> Marked:
    """Mark the points of a list, and name each gene at the one of its points in their middle.

    Parameters
    ----------
    rows
        Ascending rows of the genes of the list.
    genes
        `(n,)` gene of each of these rows.
    layout
        `(N, 2)` coordinates of all points.

    Returns
    -------
    No marks where the list has more than `MOST_MARKED` points; no labels where it has more than
    `MOST_NAMED` genes.
    """
    rows = np.asarray(rows, dtype=np.int64)
    if not 0 < len(rows) <= MOST_MARKED:
        return NO_MARKS
    names, codes = np.unique(np.asarray(genes).astype(str), return_inverse=True)
    if len(names) > MOST_NAMED:
        return Marked(rows)
    labels = []
    for code, name in enumerate(names):
        own = rows[codes == code]
        away = np.linalg.norm(layout[own] - np.median(layout[own], axis=0), axis=1)
        labels.append((int(own[np.argmin(away)]), str(name)))
    return Marked(rows, tuple(labels))
