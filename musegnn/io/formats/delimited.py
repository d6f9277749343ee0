"""Counts in a text table: `.csv`, `.tsv`, `.txt`, compressed or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
from scipy import sparse

from musegnn.border.text import COUNTS, read_rows
from musegnn.errors import DataFileError
from musegnn.io.formats.contents import (
    CELLS_IN_ROWS,
    GENES_IN_ROWS,
    Candidate,
    Contents,
    check_no_layer,
    check_shape,
    pick_counts,
)
from musegnn.io.formats.fragment_rows import refuse_fragments
from musegnn.io.gene_style import gene_share, sure_share

ROLE = "a table of counts"
_CLEAR = 0.1  # difference of shares from which one side is surely the genes


def read_delimited(path: Path, *, layer: str | None = None) -> Contents:
    """Read a table with names in the first column and in the header.

    Genes may stand in the rows or in the columns: the side whose names look like genes is taken
    (`musegnn.io.gene_style`). Rows are read one at a time into a sparse matrix.

    Parameters
    ----------
    path
        Table separated by tabs, commas, semicolons or spaces; the header may lack the corner, as R
        writes it.
    layer
        Must be None: a table has one matrix.

    Raises
    ------
    DataFileError
        If the file cannot be read, a row has another length than the first, a value is no number,
        the names of neither side or of both look like genes, or it holds fragments and no counts.
    """
    check_no_layer(layer, path, kind="a text table")
    refuse_fragments(path)
    with read_rows(path, delimiter=None, role=ROLE, bounds=COUNTS) as rows:
        header = [name.strip() for name in next(rows, [])]
        names, matrix, width = _read_values(rows, header, path)
    columns = header if len(header) == width - 1 else header[1:]
    in_rows = genes_stand_in_rows(names, columns, path)
    matrix = matrix.T if in_rows else matrix
    genes, cells = (names, columns) if in_rows else (columns, names)
    check_shape(len(cells), len(genes), path)
    counts, label = pick_counts(
        [Candidate("the table", lambda: matrix)], path, hint="Export the raw counts."
    )
    return Contents(
        counts,
        genes,
        [""] * len(genes),
        cells,
        found_in=label,
        orientation=GENES_IN_ROWS if in_rows else CELLS_IN_ROWS,
    )


def genes_stand_in_rows(rows: list[str], columns: list[str], path: Path) -> bool:
    """Tell which side of a table names genes.

    Raises
    ------
    DataFileError
        If the names of neither side look like genes, or those of both.
    """
    if not rows or not columns:
        return not columns
    for share in (gene_share, sure_share):
        in_rows, in_columns = share(rows), share(columns)
        if abs(in_rows - in_columns) >= _CLEAR:
            return in_rows > in_columns
    found = "on both sides" if gene_share(rows) > 0.5 else "on neither side"
    msg = (
        f"Expected gene names on one side of the table, found them {found} in {path.name} "
        f"(row {rows[0]!r}, column {columns[0]!r})."
    )
    raise DataFileError(msg, "Name genes by symbols or Ensembl ids and cells by barcodes.")


def _read_values(
    rows: Iterator[list[str]], header: list[str], path: Path
) -> tuple[list[str], sparse.csr_matrix, int]:
    """Return names of the rows, the values, and the number of fields of a row."""
    names: list[str] = []
    indices: list[np.ndarray] = []
    data: list[np.ndarray] = []
    width = 0
    for number, row in enumerate(rows, start=2):
        width = width or _check_width(len(row), len(header), path)
        if len(row) != width:
            msg = (
                f"Expected {width} fields in each row, found {len(row)} in row {number} of {path}."
            )
            raise DataFileError(msg, "Export the table again: a row is broken or cut off.")
        try:
            values = np.array(row[1:], dtype=np.float64)
        except ValueError:
            _raise_no_number(row, number, path)
        used = np.flatnonzero(values)
        names.append(row[0].strip())
        indices.append(used.astype(np.int32))
        data.append(_shrink(values[used]))
    if not names or width < 2:
        msg = f"Expected {ROLE}, found only a header or a single column in {path}."
        raise DataFileError(msg, "Use a table with names in the first row and column.")
    indptr = np.cumsum([0, *map(len, indices)])
    matrix = sparse.csr_matrix(
        (np.concatenate(data), np.concatenate(indices), indptr), shape=(len(names), width - 1)
    )
    return names, matrix, width


def _shrink(values: np.ndarray) -> np.ndarray:
    """Store values as float32 where that loses nothing."""
    with np.errstate(over="ignore"):
        small = values.astype(np.float32)
    return small if np.array_equal(small, values, equal_nan=True) else values


def _check_width(width: int, header: int, path: Path) -> int:
    """Return the number of fields of a row when it fits the header."""
    if header in {width, width - 1}:
        return width
    msg = f"Expected a header of {width} or {width - 1} fields, found {header} in {path}."
    raise DataFileError(msg, "Export the table again with a name for each column.")


def _raise_no_number(row: list[str], number: int, path: Path) -> NoReturn:
    """Raise with the first field that is no number."""
    for column, text in enumerate(row[1:], start=2):
        try:
            float(text)
        except ValueError as error:
            found = f"{text[:30]!r}" if text.strip() else "an empty field"
            msg = f"Expected numbers, found {found} in row {number}, column {column} of {path}."
            raise DataFileError(msg, "Keep one column of names; write 0 for no counts.") from error
    msg = f"Expected numbers, found something else in row {number} of {path}."
    raise DataFileError(msg, "Export the table again.")
