"""Positions of spots and cells in a table of their own, as makers of tissue sections write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.border.tables import read_parquet
from musegnn.border.text import read_rows
from musegnn.errors import DataFileError
from musegnn.io.formats.contents import Contents
from musegnn.io.formats.coordinates import find_coordinates
from musegnn.io.formats.outlines import read_outlines
from musegnn.validation import format_list

# where they lie, seen from the folder of the counts or the one above; the likeliest first
FILES: Final = (
    *("spatial/tissue_positions.csv", "spatial/tissue_positions_list.csv"),  # Space Ranger 2, 1
    *("spatial/tissue_positions.parquet", "tissue_positions.parquet"),  # Visium HD
    *("tissue_positions.csv", "tissue_positions_list.csv"),
    *("cells.parquet", "cells.csv.gz", "cells.csv"),  # Xenium
    "cell_segmentations.geojson",  # cells of Visium HD
    "MatchedBeadLocation.csv",  # Curio Seeker
)
_GENERAL: Final = frozenset({"cells.parquet", "cells.csv.gz", "cells.csv"})  # may be anything
_OLD_HEADER: Final = (
    *("barcode", "in_tissue", "array_row", "array_col"),
    *("pxl_row_in_fullres", "pxl_col_in_fullres"),
)
_NAMES: Final = (
    "barcode",
    "barcodes",
    "entityid",
    "cell_id",
    "cellid",
    "cell",
    "spot",
    "spot_id",
    "name",
    "index",
    "id",
)
_BETWEEN: Final = "_.- "  # the sample and the kind in the name of a file
_LEAST: Final = 0.5  # share of the cells that a table must know
ROLE: Final = "a table of positions"


def find_positions(path: Path) -> Path | None:
    """Return the table of positions that lies beside counts, None where there is none.

    Raises
    ------
    DataFileError
        If the tables of several samples lie there and none begins as the counts do.
    """
    path = Path(path)
    above = [path, path.parent] if path.is_dir() else [path.parent]
    above += [path.parent.parent] if path.name == "matrix.mtx" else []
    for folder in above:
        try:
            # once: a folder of downloads may have thousands
            entries = sorted(file.name for file in folder.iterdir())
        except OSError:
            continue
        for name in FILES:
            if (folder / name).is_file():
                return folder / name
            of_samples = [
                folder / entry
                for entry in entries
                if entry.endswith(name) and (folder / entry).is_file() and folder / entry != path
            ]
            if name in _GENERAL:
                of_samples = [file for file in of_samples if _has_places(file)]
            if of_samples:
                return of_same_sample(path, of_samples, name)
    return None


def of_same_sample(path: Path, files: Sequence[Path], word: str) -> Path | None:
    """Return the table of positions that is called as the counts are, or the only one.

    Spots and cells of two sections carry the same names, so the table of another would fit.

    Parameters
    ----------
    path
        The counts.
    files
        Tables that lie beside them.
    word
        What stands in the names of all; what stands before and behind it is the sample.

    Returns
    -------
    The table; None where there is none, or several that may be anything.

    Raises
    ------
    DataFileError
        If several fit alike, or none does.
    """

    def sample_of(file: Path) -> tuple[str, str]:
        before, _, behind = file.name.partition(word)
        return before.rstrip(_BETWEEN), behind

    def is_own(file: Path) -> bool:
        sample = sample_of(file)[0]
        rest = path.name.removeprefix(sample)  # Puck_1 is not the sample of Puck_10
        return not sample or (rest != path.name and not rest[:1].isalnum())

    def fits(file: Path) -> tuple[int, int]:
        before, behind = sample_of(file)
        return len(before), len(behind) if path.name.endswith(behind) else -1

    own = list(filter(is_own, files))
    best = max(map(fits, own), default=(0, 0))
    own = [file for file in own if fits(file) == best] or list(files)
    if len(own) < 2:
        return own[0] if own else None
    if word in _GENERAL:
        return None
    found = format_list([file.name for file in own], limit=3)
    msg = f"Expected one {ROLE.removeprefix('a ')} beside {path.name}, found {found}."
    raise DataFileError(msg, "Say which one is of the same sample (`--positions`).")


def _has_places(path: Path) -> bool:
    """True for what is a table of positions by its content."""
    try:
        read_positions(path)
    except DataFileError:
        return False
    return True


def read_positions(path: Path) -> tuple[list[str], np.ndarray, np.ndarray | None, str]:
    """Read where spots or cells lie.

    Parameters
    ----------
    path
        Table with a column of names and a pair of positions, as text or Parquet.

    Returns
    -------
    Names; `(C, 2)` positions x, y; whether each is covered by tissue, None where the table does not
    say; the columns that were taken, in words.

    Raises
    ------
    DataFileError
        If the file cannot be read or has no names or no positions.
    """
    table = _read_table(Path(path))
    lower = {str(name).strip().lower(): name for name in table}
    if {"fov", "cell_id"} <= set(lower):  # of CosMx: numbers that begin anew in each field of view
        pairs = zip(table[lower["fov"]], table[lower["cell_id"]], strict=True)
        table = table.assign(barcode=[f"{fov}_{number}" for fov, number in pairs])
        lower["barcode"] = "barcode"
    column = next((lower[name] for name in _NAMES if name in lower), None)
    if column is None:
        first = table.columns[0]
        column = first if not pd.api.types.is_numeric_dtype(_numbers(table[first])) else None
    columns = {str(name): _numbers(table[name]).to_numpy() for name in table if name != column}
    positions, notes = find_coordinates({}, columns, len(table))
    if column is None or positions is None:
        found = ", ".join(str(name) for name in table.columns[:8])
        msg = f"Expected {ROLE} with names and x, y in {path.name}, found the columns {found}."
        raise DataFileError(msg, "Name the columns barcode, x and y.")
    names = [str(name) for name in table[column]]
    return (
        names,
        positions,
        covered_spots(columns),
        notes[0].removeprefix("coordinates: taken from "),
    )


def place_cells(contents: Contents, path: Path) -> Contents:
    """Give cells the positions of a table; cells that lie outside of the tissue are left out.

    Raises
    ------
    DataFileError
        If the table cannot be read, or knows fewer than half of the cells.
    """
    names, positions, covered, columns = read_positions(path)
    row = {name: number for number, name in enumerate(names)}
    if len(row) < len(names):
        twice = next(name for name, number in Counter(names).items() if number > 1)
        msg = f"Expected each cell once in {path.name}, found {twice} several times."
        raise DataFileError(msg, "Give the positions of one section.")
    rows = np.array([row.get(cell, -1) for cell in contents.cells])
    share = float((rows >= 0).mean())
    if share < _LEAST:
        msg = (
            f"Expected the cells of the counts in {path.name}, found {100 * share:.0f} % of them "
            f"(cells such as {contents.cells[0]}, positions of {names[0] if names else 'none'})."
        )
        raise DataFileError(msg, "Use the positions of the same sample.")
    placed = np.where(rows[:, None] >= 0, positions[rows], np.nan)
    missing = int((rows < 0).sum())
    note = f"coordinates: taken from {columns} of {path.name}"
    note += f", {missing:,} cells have none" if missing else ""
    contents = replace(contents, coordinates=placed, notes=(*contents.notes, note))
    if covered is None:
        return contents
    return leave_out_uncovered(contents, covered[rows] | (rows < 0))


def covered_spots(columns: Mapping[str, object]) -> np.ndarray | None:
    """Tell which spots lie under tissue, by the column `in_tissue`.

    Parameters
    ----------
    columns
        Columns with a value for each spot: 1 or 0, true or false, as numbers or text.

    Returns
    -------
    `(C,)` bool; None where there is no such column, or another kind of value in it.
    """
    name = next((name for name in columns if str(name).strip().lower() == "in_tissue"), None)
    if name is None:
        return None
    words = pd.Series(np.asarray(columns[name])).astype(str).str.strip().str.lower()
    numbers = pd.to_numeric(words.replace({"true": "1", "false": "0"}), errors="coerce")
    return None if numbers.isna().any() else numbers.to_numpy() != 0


def leave_out_uncovered(contents: Contents, covered: np.ndarray) -> Contents:
    """Leave out spots that no tissue covers.

    Parameters
    ----------
    contents
        Counts with their cells.
    covered
        `(C,)` True for spots under tissue.
    """
    kept = np.flatnonzero(covered)
    left = len(covered) - len(kept)
    if not left or not len(kept):
        return contents
    note = f"spots: {left:,} outside of the tissue (in_tissue = 0) left out"
    places = contents.coordinates
    return replace(
        contents,
        counts=contents.counts[kept],
        cells=[contents.cells[i] for i in kept],
        coordinates=None if places is None else places[kept],
        notes=(*contents.notes, note),
        called=None,
        batches=[contents.batches[i] for i in kept] if contents.batches else [],
    )


def _read_table(path: Path) -> pd.DataFrame:
    """Read a table of text or Parquet, or outlines."""
    if path.suffix == ".geojson":
        return read_outlines(path)
    if path.suffix == ".parquet":
        return read_parquet(path, role=ROLE)
    with read_rows(path, delimiter=None, role=ROLE) as rows:
        table = [[field.strip() for field in row] for row in rows]
    header = table[0]
    is_old = len(header) == len(_OLD_HEADER) and header[1] in {"0", "1"}
    body = table if is_old else table[1:]
    header = list(_OLD_HEADER) if is_old else [name or "name" for name in header]
    if not body or any(len(row) != len(header) for row in body):
        msg = f"Expected {len(header)} fields in each row of {path.name}, found others."
        raise DataFileError(msg, "Copy or export the file again.")
    return pd.DataFrame(body, columns=header)


def _numbers(column: pd.Series) -> pd.Series:
    """Turn a column into numbers where all of it are such."""
    numbers = pd.to_numeric(column, errors="coerce")
    return column if numbers.isna().any() else numbers
