"""Droplets without a cell: whether a matrix still holds them, and which barcodes hold cells.

A matrix before filtering has a line for every barcode that was seen. Almost all of them hold
molecules that floated around. The cells would look like outliers among them.

References
----------
Zheng et al., Nature Communications 2017: cells by orders of magnitude, as in Cell Ranger 1 and 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np

from musegnn.border.portable import portable
from musegnn.errors import DataFileError
from musegnn.validation import check_choice

Droplets = Literal["refuse", "filter", "keep"]
DROPLETS: Final[tuple[str, ...]] = get_args(Droplets)

_FEWEST: Final = 500  # barcodes; smaller files are no whole wells
_EMPTY_SHARE: Final = 0.5  # of barcodes below the cells, from which a matrix counts as unfiltered
_AMBIENT: Final = 10  # cells hold so many times the counts of the median droplet at least
_FEW_COUNTS: Final = 100  # counts of a droplet without a cell, about
_QUANTILE: Final = 0.99
_ORDER: Final = 10.0
_FEWEST_CELLS: Final = 10


@dataclass(frozen=True)
class BarcodeRanks:
    """Counts of all barcodes, from the largest to the smallest.

    Parameters
    ----------
    counts
        `(B,)` total counts in descending order, those without any left out.
    n_cells
        Barcodes that hold a cell, by the file itself or the rule of orders of magnitude.
    threshold
        Fewest counts of a barcode with a cell.
    is_unfiltered
        True when most of the other barcodes are droplets without a cell.
    called_by
        What tells the cells in place of that rule, see `CalledCells.by`.
    """

    counts: np.ndarray
    n_cells: int
    threshold: float
    is_unfiltered: bool
    called_by: str = ""


@portable
@dataclass(frozen=True)
class CalledCells:
    """Which barcodes a file itself calls cells.

    Parameters
    ----------
    by
        Where it says so, for sentences, such as "the column dropkick_label".
    is_cell
        `(B,)` True for cells.
    """

    by: str
    is_cell: np.ndarray


class UnfilteredError(DataFileError):
    """A matrix holds droplets without a cell.

    Parameters
    ----------
    message, hint
        As for all errors.
    ranks
        Counts of its barcodes.
    """

    def __init__(self, message: str, hint: str, ranks: BarcodeRanks) -> None:
        super().__init__(message, hint)
        self.ranks = ranks


def rank_barcodes(depth: np.ndarray, called: CalledCells | None = None) -> BarcodeRanks:
    """Tell cells from droplets without one.

    A barcode holds a cell when it has at least a tenth of the counts that the 99th percentile of
    the cells has; the number of cells that this needs is found by repeating it until it stays.

    Parameters
    ----------
    depth
        `(C,)` total counts of each barcode.
    called
        Which of them the file calls cells: that goes before the rule.

    Returns
    -------
    The ranks; a matrix is unfiltered when it has 500 barcodes or more, most of them are no cells,
    and these hold few counts, a tenth of those of the cells at most.
    """
    ordered = np.sort(np.asarray(depth, dtype=np.float64))[::-1]
    seen = ordered[ordered > 0]
    if len(seen) < _FEWEST_CELLS:
        return BarcodeRanks(seen, len(seen), 0.0, is_unfiltered=False)
    n_cells = max(_FEWEST_CELLS, len(seen) // 100)
    for _ in range(100):
        place = min(len(seen) - 1, int((1 - _QUANTILE) * n_cells))
        threshold = max(seen[place] / _ORDER, 1.0)
        found = int((seen >= threshold).sum())
        if found == n_cells:
            break
        n_cells = max(found, 1)
    rest = ordered[n_cells:]
    is_unfiltered = bool(
        len(ordered) >= _FEWEST
        and len(rest) > _EMPTY_SHARE * len(ordered)
        and np.median(rest) <= _FEW_COUNTS
        and np.median(seen[:n_cells]) >= _AMBIENT * max(np.median(rest), 1.0)
    )
    n_called = 0 if called is None else int(called.is_cell.sum())
    if called is None or not n_called:
        return BarcodeRanks(seen, n_cells, float(threshold), is_unfiltered)
    is_told = len(ordered) >= _FEWEST and n_called < (1 - _EMPTY_SHARE) * len(ordered)
    fewest = float(np.asarray(depth)[called.is_cell].min())
    return BarcodeRanks(seen, n_called, fewest, is_unfiltered or is_told, called.by)


def choose_barcodes(
    depth: np.ndarray, path: Path, *, droplets: str, called: CalledCells | None = None
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Return which barcodes to keep of a matrix that may be unfiltered.

    Parameters
    ----------
    depth
        `(C,)` total counts of each barcode.
    path
        File, for messages.
    droplets
        One of `DROPLETS`: what to do with an unfiltered matrix.
    called
        Which barcodes the file calls cells: they are kept in place of those with most counts.

    Returns
    -------
    `(C,)` True for barcodes to keep, None for all of them; sentences.

    Raises
    ------
    UnfilteredError
        If the matrix is unfiltered and `droplets` is "refuse".
    """
    check_choice(droplets, DROPLETS, name="droplets")
    ranks = rank_barcodes(depth, called)
    if not ranks.is_unfiltered or droplets == "keep":
        return None, ()
    if called is not None and ranks.called_by:
        return _take_called(called, path, droplets=droplets, ranks=ranks)
    empty = len(depth) - ranks.n_cells
    if droplets == "refuse":
        msg = (
            f"Expected cells in {path.name}, found an unfiltered matrix: {empty:,} of "
            f"{len(depth):,} barcodes look like droplets without a cell."
        )
        hint = (
            "Give the filtered matrix (filtered_feature_bc_matrix), or choose to filter it: "
            f"{ranks.n_cells:,} barcodes have {ranks.threshold:,.0f} counts or more "
            "(`--droplets filter`; `--droplets keep` takes all)."
        )
        raise UnfilteredError(msg, hint, ranks)
    note = (
        f"droplets: {empty:,} of {len(depth):,} barcodes have fewer than {ranks.threshold:,.0f} "
        "counts, a tenth of the 99th percentile of the cells, and were left out as empty"
    )
    return np.asarray(depth) >= ranks.threshold, (note,)


def _take_called(
    called: CalledCells, path: Path, *, droplets: str, ranks: BarcodeRanks
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the barcodes that a file calls cells, or raise where that was not chosen."""
    number, n_cells = len(called.is_cell), int(called.is_cell.sum())
    if droplets == "refuse":
        msg = (
            f"Expected cells in {path.name}, found an unfiltered matrix: {called.by} calls "
            f"{n_cells:,} of {number:,} barcodes cells."
        )
        hint = "Choose to take these (`--droplets filter`; `--droplets keep` takes all barcodes)."
        raise UnfilteredError(msg, hint, ranks)
    note = (
        f"droplets: {number - n_cells:,} of {number:,} barcodes are no cells by {called.by}, "
        "and were left out"
    )
    return called.is_cell, (note,)
