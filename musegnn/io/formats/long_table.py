"""Long tables: a row for each gene in each cell, as umi_tools and BD Rhapsody count them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

import numpy as np
from scipy import sparse

from musegnn.border.text import COUNTS, read_rows
from musegnn.errors import DataFileError
from musegnn.io.choices import Choices
from musegnn.io.features import INDEX, plain_header, recognise_features
from musegnn.io.formats.contents import (
    CELLS_IN_ROWS,
    Candidate,
    Contents,
    check_no_layer,
    check_shape,
    pick_counts,
)

ROLE: Final = "a long table of counts"
# headers in letters and digits, the likeliest first
_SYMBOLS: Final = ("genesymbol", "genename", "symbol", "gene", "feature", "featurename")
_IDS: Final = ("geneid", "ensemblid", "ensemblgeneid", "featureid")
_CELLS: Final = (
    *("cellbarcode", "cellid", "cell", "barcode", "cellindex", "cells", "cb", "cellname"),
    *("cellnames", "variable", "sampleid", "samplename", "sample"),  # molten; of bulk samples
)
# of several of them the same barcode may stand for several cells
_SAMPLES: Final = (
    *("sampleid", "samplename", "sample", "libraryid", "library", "origident", "batch", "plate"),
)
_COUNTS: Final = (
    *("dbecadjustedmolecules", "rsecadjustedmolecules", "adjustedmolecules"),
    *("umicount", "umicounts", "count", "counts", "numumis", "nummolecules", "umis", "umi"),
    *("molecules", "rawmolecules", "numi", "readcount", "readcounts", "reads", "value"),
    *("expression",),
)
_PLACES: Final = frozenset({"x", "y", "globalx", "xlocation", "xglobalpx"})  # of single molecules
_MOST_FIELDS: Final = 20


def is_long(header: Sequence[str]) -> bool:
    """True for a header that names a gene, a cell and a count, and no place."""
    names = {plain_header(field) for field in header}
    return (
        len(header) <= _MOST_FIELDS
        and not names & _PLACES
        and all(names & set(known) for known in ((*_SYMBOLS, *_IDS), _CELLS, _COUNTS))
    )


def read_long(path: Path, *, layer: str | None, choices: Choices) -> Contents:
    """Read a table with a row for each gene in each cell.

    Parameters
    ----------
    path
        Table with columns that name the gene, the cell and the count. Where samples
        share the names of cells, a cell is called by its sample and its name; what else stands
        there is passed over.
    layer
        Must be None: a table has one matrix.
    choices
        Genome and column of symbols, where somebody has said them.

    Raises
    ------
    DataFileError
        If it cannot be read, or a row has no cell or no count.
    """
    check_no_layer(layer, path, kind="a long table")
    cells: dict[tuple[str, str], int] = {}
    genes: dict[tuple[str, str], int] = {}
    at_gene, at_cell, values = array("q"), array("q"), array("d")
    with read_rows(
        path, delimiter=None, role=ROLE, bounds=COUNTS, comment="#", legacy=True
    ) as rows:
        header = next(rows, [])
        first = list(islice(rows, 1))
        # R writes no header above the names of rows
        is_of_r = any(len(row) == len(header) + 1 and row[-1].strip() for row in first)
        header = [""] * is_of_r + header
        places = _Places.of([plain_header(field) for field in header])
        named = header[places.count].strip()
        for number, row in enumerate(chain(first, rows), start=2):
            try:
                values.append(float(row[places.count]))
                gene = (
                    row[places.name].strip(),
                    "" if places.key is None else row[places.key].strip(),
                )
                cell = (
                    "" if places.sample is None else row[places.sample].strip(),
                    row[places.cell].strip(),
                )
            except (ValueError, IndexError) as error:
                raise _damaged(number, path) from error
            if not cell[1]:
                raise _damaged(number, path)
            at_cell.append(cells.setdefault(cell, len(cells)))
            at_gene.append(genes.setdefault(gene, len(genes)))
    names = [name for _, name in cells]
    is_shared = len(set(names)) < len(names)
    if is_shared:
        names = ["_".join(cell) for cell in cells]
    check_shape(len(cells), len(genes), path)
    at = (np.frombuffer(at_cell, np.int64), np.frombuffer(at_gene, np.int64))
    stored = sparse.coo_matrix((np.frombuffer(values), at), shape=(len(cells), len(genes)))
    matrix = stored.tocsr()
    repeated = stored.nnz - matrix.nnz
    table = {INDEX: [_plain(name) for name, _ in genes]}
    if places.key is not None:
        table["gene_ids"] = [identifier for _, identifier in genes]
    features = recognise_features(table, path, choices=choices)
    counts, label, notes = pick_counts(
        [Candidate("the table", lambda: matrix[:, features.columns])],
        path,
        hint="Export the raw counts.",
    )
    taken = f"table: a row for each gene in each cell, counts from the column {named}"
    told = [f"table: {repeated:,} rows of a gene and cell that stood above were added"]
    told = told if repeated else []
    if is_shared:
        told.append("cells: called by their sample and their name, which samples share")
    return Contents.of_features(
        features,
        counts,
        names,
        found_in=label,
        orientation=CELLS_IN_ROWS,
        notes=(taken, *told, *features.notes, *notes),
    )


@dataclass(frozen=True)
class _Places:
    """Places of the columns that are read; None where there is none."""

    name: int  # of the gene: its symbol, else its id
    key: int | None
    cell: int
    sample: int | None
    count: int

    @classmethod
    def of(cls, header: Sequence[str]) -> _Places:
        """Find the likeliest columns of a header that `is_long`."""
        symbol, key = _column(header, _SYMBOLS), _column(header, _IDS)
        cell, sample = _column(header, _CELLS) or 0, _column(header, _SAMPLES)
        name = (key or 0) if symbol is None else symbol
        sample = None if sample == cell else sample
        return cls(name, key, cell, sample, _column(header, _COUNTS) or 0)


def _column(header: Sequence[str], known: Sequence[str]) -> int | None:
    """Return the place of the likeliest of some columns, None where there is none."""
    return next((header.index(name) for name in known if name in header), None)


def _damaged(number: int, path: Path) -> DataFileError:
    """Say that a row is none."""
    msg = f"Expected gene, cell and count, found others in row {number} of {path}."
    return DataFileError(msg, "Copy or export the file again.")


def _plain(name: str) -> str:
    """Cut what BD Rhapsody writes behind the symbol of a targeted gene."""
    return name.partition("|")[0] if name.endswith(("|Reference_end", "|PolyA_1")) else name
