"""Tables of makers who call cells by numbers: which side they stand on is known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from musegnn.io.choices import Choices
from musegnn.io.formats.contents import Contents
from musegnn.io.formats.delimited import read_table

_TAG = "pAbO"  # ends the names of antibodies of BD


def read_cells_in_rows(path: Path, *, layer: str | None, choices: Choices) -> Contents:
    """Read a table with a cell a row, such as those of MERSCOPE and BD Rhapsody.

    Names such as `CD3E|NM_000733.3|Reference_end` of targeted panels are cut to the symbol.
    """
    return read_table(
        path, layer=layer, choices=replace(choices, genes_in="columns"), prepare=_cut_names
    )


def read_cosmx(path: Path, *, layer: str | None, choices: Choices) -> Contents:
    """Read flat files of CosMx: cells are named by field of view and number, such as 12_345.

    Row 0 of a field of view holds what lies outside of its cells, and is left out.
    """
    return read_table(
        path, layer=layer, choices=replace(choices, genes_in="columns"), prepare=_join_fields
    )


def _cut_names(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Cut what stands behind the symbols in the header."""
    header = next(rows, [])
    yield [name if name.endswith(_TAG) else name.partition("|")[0] for name in header]
    yield from rows


def _join_fields(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Make one name of field of view and number of a cell."""
    header = next(rows, [])
    has_name = len(header) > 2 and header[2].strip().lower() == "cell"
    start = 3 if has_name else 2
    yield ["cell", *header[start:]]
    for row in rows:
        if len(row) > 1 and row[1].strip() != "0":
            yield [f"{row[0].strip()}_{row[1].strip()}", *row[start:]]
