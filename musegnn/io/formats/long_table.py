"""Long tables: a row for each gene in each cell, as umi_tools and BD Rhapsody count them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
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
)
_COUNTS: Final = (
    *("dbecadjustedmolecules", "rsecadjustedmolecules", "adjustedmolecules"),
    *("umicount", "umicounts", "count", "counts", "numumis", "nummolecules", "umis", "umi"),
    *("molecules", "rawmolecules"),
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
        Table with columns that name the gene, the cell and the count; what else stands there is
        passed over.
    layer
        Must be None: a table has one matrix.
    choices
        Genome and column of symbols, where somebody has said them.

    Raises
    ------
    DataFileError
        If it cannot be read, or a row has no count.
    """
    check_no_layer(layer, path, kind="a long table")
    cells: dict[str, int] = {}
    genes: dict[tuple[str, str], int] = {}
    at_gene, at_cell, values = array("q"), array("q"), array("d")
    with read_rows(
        path, delimiter=None, role=ROLE, bounds=COUNTS, comment="#", legacy=True
    ) as rows:
        fields = next(rows, [])
        header = [plain_header(field) for field in fields]
        symbol, key = _column(header, _SYMBOLS), _column(header, _IDS)
        cell, count = _column(header, _CELLS), _column(header, _COUNTS)
        named = fields[count or 0].strip()
        for number, row in enumerate(rows, start=2):
            try:
                values.append(float(row[count or 0]))
                name = row[key or 0] if symbol is None else row[symbol]
                gene = (name.strip(), "" if key is None else row[key].strip())
                at_cell.append(cells.setdefault(row[cell or 0].strip(), len(cells)))
            except (ValueError, IndexError) as error:
                msg = f"Expected gene, cell and count, found others in row {number} of {path}."
                raise DataFileError(msg, "Copy or export the file again.") from error
            at_gene.append(genes.setdefault(gene, len(genes)))
    check_shape(len(cells), len(genes), path)
    places = (np.frombuffer(at_cell, np.int64), np.frombuffer(at_gene, np.int64))
    stored = sparse.coo_matrix((np.frombuffer(values), places), shape=(len(cells), len(genes)))
    matrix = stored.tocsr()
    repeated = stored.nnz - matrix.nnz
    table = {INDEX: [_plain(name) for name, _ in genes]}
    if key is not None:
        table["gene_ids"] = [identifier for _, identifier in genes]
    features = recognise_features(table, path, choices=choices)
    counts, label, notes = pick_counts(
        [Candidate("the table", lambda: matrix[:, features.columns])],
        path,
        hint="Export the raw counts.",
    )
    taken = f"table: a row for each gene in each cell, counts from the column {named}"
    summed = f"table: {repeated:,} rows of a gene and cell that stood above were added"
    return Contents.of_features(
        features,
        counts,
        list(cells),
        found_in=label,
        orientation=CELLS_IN_ROWS,
        notes=(taken, *([summed] if repeated else []), *features.notes, *notes),
    )


def _column(header: Sequence[str], known: Sequence[str]) -> int | None:
    """Return the place of the likeliest of some columns, None where there is none."""
    return next((header.index(name) for name in known if name in header), None)


def _plain(name: str) -> str:
    """Cut what BD Rhapsody writes behind the symbol of a targeted gene."""
    return name.partition("|")[0] if name.endswith(("|Reference_end", "|PolyA_1")) else name
