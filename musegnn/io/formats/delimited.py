"""Counts in a text table: `.csv`, `.tsv`, `.txt`, compressed or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress, dropwhile
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from scipy import sparse

from musegnn.border.text import COUNTS, read_rows
from musegnn.errors import DataFileError
from musegnn.io.choices import AS_FOUND, Choices, Offers
from musegnn.io.features import INDEX, plain_header, recognise_features
from musegnn.io.formats.contents import (
    CELLS_IN_ROWS,
    GENES_IN_ROWS,
    Candidate,
    Contents,
    check_no_layer,
    check_shape,
    pick_counts,
)
from musegnn.io.formats.coordinates import find_coordinates
from musegnn.io.formats.fragment_rows import refuse_fragments
from musegnn.io.gene_style import are_entrez, gene_share, sure_share
from musegnn.validation import format_list

ROLE = "a table of counts"
_THOUSANDS = re.compile(r"^\d{1,3}(?:,\d{3})+(?:\.0+)?$")
# what programs write beside counts, letters and digits in lower case: of genes, and of cells
_WORDS = """
chr chrom chromosome chromosomename seqnames start end strand length genelength width
genebiotype biotype genetype description genedescription entrezid entrez hgncid
genename genesymbol symbol genesymbols externalgenename hgncsymbol mgisymbol genenames
geneid ensemblid ensemblgeneid ensembl
total totals sum rowsum rowsums colsum colsums mean average
ncountrna nfeaturerna percentmt percentmito origident celltype celltypes seuratclusters
totalcounts ngenes ngenesbycounts pctcountsmt numi ngene batch cluster clusters louvain leiden
ncounts ncount nfeatures nfeature pctmt percentmito pctcountsmito doubletscore
sample sampleid donor patient age sex condition treatment
"""
ASIDE = frozenset(_WORDS.split())
_CLEAR = 0.1  # difference of shares from which one side is surely the genes
_SURE = 0.3  # share of names of genes that this side has at least
_FEWEST_SUMMED = 5  # others whose sum a row or column of totals is
COMMENTS = ("#", "!", "%")  # how lines above a table begin; those of GEO with !
_DECIMALS = re.compile(r"^-?\d+,\d+$")
_TRANSCRIPT = re.compile(r"^(?:ENS(?:[A-Z]{3,4})?T\d{11}|[NX][MR]_\d{6,9})(?:\.\d+)?(?:\||$)")
_WORD = re.compile(r"[A-Za-z]{2}")
_NUMBER = re.compile(r"^\d+(?:\.\d*)?(?:e[+-]?\d+)?$", re.IGNORECASE)
# what stands above names of rows, beside what describes them
_CORNERS = ASIDE | {"gene", "genes", "id", "ids", "name", "names", "index", "feature", "features"}
_CORNERS |= {"cell", "cells", "cellid", "barcode", "barcodes", "spot", "spots"}
_NAMELESS = "table: no line of names stands above the counts; the columns are numbered"
_NUMBERS = frozenset({"nan", "na", "inf", "null", "none", "n/a"})


def read_delimited(
    path: Path, *, layer: str | None = None, choices: Choices = AS_FOUND
) -> Contents:
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
    choices
        Side of the genes, genome and column of symbols, where somebody has said them.

    Raises
    ------
    DataFileError
        If the file cannot be read, a row has another length than the first, a value is no number,
        the names of neither side or of both look like genes, or it holds fragments and no counts.
    """
    refuse_fragments(path)
    return read_table(path, layer=layer, choices=choices)


def read_table(
    path: Path,
    *,
    layer: str | None,
    choices: Choices,
    prepare: Callable[[Iterator[list[str]]], Iterator[list[str]]] | None = None,
) -> Contents:
    """Read a table; see `read_delimited`.

    Parameters
    ----------
    path, layer, choices
        As there.
    prepare
        Turns the rows of a maker, the header among them, into those of a plain table.
    """
    check_no_layer(layer, path, kind="a text table")
    with read_rows(
        path, delimiter=None, role=ROLE, bounds=COUNTS, comment=COMMENTS, title=True, legacy=True
    ) as rows:
        plain = rows if prepare is None else prepare(rows)
        header = [name.strip() for name in next(plain, [])]
        counts_above, header = _find_names(header)
        table = read_values(chain(counts_above, plain), header, path)
    if choices.genes_in is None:
        in_rows = genes_stand_in_rows(table.rows, table.columns, path)
    else:
        in_rows = choices.genes_in == "rows"
    matrix = table.values.T if in_rows else table.values
    genes, cells = (table.rows, table.columns) if in_rows else (table.columns, table.rows)
    check_shape(len(cells), len(genes), path)
    described = {**(table.aside if in_rows else {}), INDEX: genes}
    features = recognise_features(described, path, choices=choices)
    counts, label, notes = pick_counts(
        [Candidate("the table", lambda: matrix.tocsr()[:, features.columns])],
        path,
        hint="Export the raw counts.",
    )
    coordinates, places = find_coordinates(
        {}, {} if in_rows else table.aside, len(cells), cells=cells
    )
    return Contents.of_features(
        features,
        counts,
        cells,
        found_in=label,
        orientation=GENES_IN_ROWS if in_rows else CELLS_IN_ROWS,
        coordinates=coordinates,
        notes=(*([_NAMELESS] * len(counts_above)), *table.notes, *features.notes, *notes, *places),
    )


def _find_names(header: list[str]) -> tuple[list[list[str]], list[str]]:
    """Tell whether the first row names the columns, or holds counts already.

    Returns
    -------
    Rows of counts, one or none, and the names of the columns: numbers where there are none.
    """
    values = list(dropwhile(_is_word, header))
    names = header[: len(header) - len(values)]
    rest = values[-1:] if values and not values[-1] else []  # behind the last separator
    values = values[: len(values) - len(rest)]
    if not names or not all(map(_NUMBER.match, values)) or are_entrez(values):
        return [], header
    if plain_header(names[0]) in _CORNERS or not (
        len(set(values)) < len(values) or sure_share(names)
    ):
        return [], header
    return [header], ["", *names[1:], *map(str, range(1, len(values) + 1)), *rest]


def offered_delimited(path: Path) -> Offers:
    """Say that the side of the genes can be told."""
    return Offers(sides=True)


def genes_stand_in_rows(rows: list[str], columns: list[str], path: Path) -> bool:
    """Tell which side of a table names genes.

    Raises
    ------
    DataFileError
        If the names of neither side look like genes, or those of both.
    """
    if not rows or not columns:
        return not columns
    if are_entrez(rows) != are_entrez(columns):
        return are_entrez(rows)
    for share in (gene_share, sure_share):
        in_rows, in_columns = share(rows), share(columns)
        if abs(in_rows - in_columns) >= _CLEAR and max(in_rows, in_columns) >= _SURE:
            return in_rows > in_columns
    for names in (rows, columns):
        if sum(bool(_TRANSCRIPT.match(name)) for name in names) > len(names) / 2:
            msg = f"Expected names of genes in {path.name}, found transcripts such as {names[0]}."
            raise DataFileError(msg, "Sum the transcripts of each gene first, as tximport does.")
    found = "on both sides" if gene_share(rows) > 0.5 else "on neither side"
    msg = (
        f"Expected gene names on one side of the table, found them {found} in {path.name} "
        f"(row {rows[0]!r}, column {columns[0]!r})."
    )
    raise DataFileError(msg, "Say which side it is (`--genes-in rows` or `columns`).")


@dataclass(frozen=True)
class _Table:
    """A table taken apart.

    Parameters
    ----------
    rows, columns
        Names of the rows and columns of counts.
    values
        Rows x columns.
    aside
        Columns that describe the rows and are no counts, as text.
    notes
        Sentences about what was left out or read in another way.
    """

    rows: list[str]
    columns: list[str]
    values: sparse.csr_matrix
    aside: dict[str, list[str]]
    notes: tuple[str, ...]


def read_values(rows: Iterator[list[str]], header: list[str], path: Path) -> _Table:
    """Read the rows one after the other; columns and rows that hold no counts are set aside."""
    names: list[str] = []
    indices: list[np.ndarray] = []
    data: list[np.ndarray] = []
    described: list[list[str]] = []
    form: _Form | None = None
    marks = {"thousands": 0, "decimals": 0}
    left_out: list[str] = []
    passed_over: set[str] = set()
    for number, found in enumerate(rows, start=2):
        if form is None:
            form = _find_form(found, header, path)
        row = found[form.first : form.first + form.width]
        if len(found) != form.given:
            if len(found) == 1 and found[0].startswith(COMMENTS):
                continue  # the end of a table of GEO
            msg = (
                f"Expected {form.given} fields in each row, found {len(found)} in row {number} of "
                f"{path}."
            )
            raise DataFileError(msg, "Export the table again: a row is broken or cut off.")
        if plain_header(row[0]) in ASIDE:
            left_out.append(row[0].strip())
            continue
        fields = [row[place + 1] for place in form.counted] if form.aside else row[1:]
        try:
            values = np.array(fields, dtype=np.float64)
        except ValueError:
            values, mark = _with_commas(row, fields, number, path, form.aside)
            marks[mark] += 1
        used = np.flatnonzero(values)
        names.append(row[0].strip())
        if form.first:
            passed_over.add(found[0].strip())
        indices.append(used.astype(np.int32))
        data.append(_shrink(values[used]))
        described.append([row[place + 1] for place in form.aside])
    if form is None or not names or form.width < 2:
        msg = f"Expected {ROLE}, found only a header or a single column in {path}."
        raise DataFileError(msg, "Use a table with names in the first row and column.")
    if form.first and len(passed_over) < len(names):
        _check_index(header[0], path)
    if all(marks.values()):
        msg = f"Expected commas that mean one thing, found 1,100 beside 1,10 in {path.name}."
        raise DataFileError(msg, "Export the table with a point before decimals.")
    indptr = np.cumsum([0, *map(len, indices)])
    matrix = sparse.csr_matrix(
        (np.concatenate(data), np.concatenate(indices), indptr),
        shape=(len(names), len(form.counted)),
    )
    matrix, in_rows, in_columns = _without_totals(matrix)
    counted = [form.columns[place] for place in form.counted]
    left_out += [*_take(names, ~in_rows), *_take(counted, ~in_columns)]
    described = _take(described, in_rows)
    left_out += [form.columns[place] for place in form.aside]
    notes = _say(left_out, marks, form)
    texts = {
        form.columns[place]: [row[i] for row in described] for i, place in enumerate(form.aside)
    }
    return _Table(_take(names, in_rows), _take(counted, in_columns), matrix, texts, notes)


def _say(left_out: list[str], marks: dict[str, int], form: _Form) -> tuple[str, ...]:
    """Say what was left out or read in another way."""
    notes = []
    if left_out:
        told = format_list(left_out, limit=6)
        notes.append(f"table: {len(left_out)} rows or columns are no counts and left out ({told})")
    if marks["thousands"]:
        notes.append(f"table: commas between thousands were read so in {marks['thousands']:,} rows")
    if marks["decimals"]:
        notes.append(f"table: commas before decimals were read so in {marks['decimals']:,} rows")
    if form.first:
        notes.append("table: the first column holds running numbers and was passed over")
    return tuple(notes)


def _take(values: Sequence[Any], keep: np.ndarray) -> list[Any]:
    """Return the values that are kept."""
    return list(compress(values, keep))


def _without_totals(
    matrix: sparse.csr_matrix,
) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
    """Leave out rows and columns that are the sum of all others, whatever they are called.

    Returns
    -------
    The matrix, `(R,)` and `(C,)` True for what was kept.
    """
    in_rows, in_columns = _are_no_totals(matrix), _are_no_totals(matrix.T.tocsr())
    if in_rows.all() and in_columns.all():
        return matrix, in_rows, in_columns
    return matrix[np.flatnonzero(in_rows)][:, np.flatnonzero(in_columns)], in_rows, in_columns


def _are_no_totals(matrix: sparse.csr_matrix) -> np.ndarray:
    """Return `(R,)` False for a row that is the sum of all others."""
    kept = np.ones(matrix.shape[0], dtype=bool)
    if matrix.shape[0] <= _FEWEST_SUMMED or not np.isfinite(matrix.data).all():
        return kept
    all_of = np.asarray(matrix.sum(axis=0, dtype=np.float64)).ravel()
    of_rows = np.asarray(matrix.sum(axis=1, dtype=np.float64)).ravel()
    total = of_rows.sum()
    for row in np.flatnonzero((2 * of_rows == total) & (total > 0)):
        kept[row] = not np.array_equal(2 * matrix[row].toarray().ravel(), all_of)
    return kept


@dataclass(frozen=True)
class _Form:
    """How the rows of a table are made.

    Parameters
    ----------
    given
        Fields of each row.
    first
        Field of the names.
    width
        Fields from there on that hold something.
    columns
        Names of those behind the names.
    counted, aside
        Places among them of counts, and of what describes the rows.
    """

    given: int
    first: int
    width: int
    columns: list[str]
    counted: list[int]
    aside: list[int]


def _find_form(row: list[str], header: list[str], path: Path) -> _Form:
    """Tell by the first row how all are made."""
    given, first = len(row), 0
    width = given
    if width > 2 and not row[-1].strip() and (len(header) == width - 1 or not header[-1]):
        width -= 1  # a separator behind the last field
        header = header[:width] if len(header) == given else header
    is_whole = len(header) == width
    if is_whole and width > 3 and row[0].strip() in {"0", "1"} and _is_word(row[1]):
        first, header, width = 1, header[1:], width - 1
    _check_width(width, len(header), path)
    columns = header if len(header) == width - 1 else header[1:]
    aside = [place for place, name in enumerate(columns) if plain_header(name) in ASIDE]
    # words at the left describe the rows, whatever their column is called
    for place in range(len(columns)):
        if not _is_word(row[first + place + 1]):
            break
        aside = sorted({*aside, place})
    counted = [place for place in range(width - 1) if place not in set(aside)]
    return _Form(given, first, width, columns, counted, aside)


def _is_word(text: str) -> bool:
    """True for what can be no number."""
    return bool(_WORD.search(text)) and text.strip().lower() not in _NUMBERS


def _with_commas(
    row: list[str], fields: list[str], number: int, path: Path, aside: list[int]
) -> tuple[np.ndarray, str]:
    """Read numbers such as 1,100 or 1,5; raise for a field that is no number even so."""
    texts = [field.strip() for field in fields]
    marked = [text for text in texts if "," in text]
    if marked and all(map(_THOUSANDS.match, marked)):
        plain, mark = [text.replace(",", "") for text in texts], "thousands"
    elif marked and all(map(_DECIMALS.match, marked)):
        plain, mark = [text.replace(",", ".") for text in texts], "decimals"
    else:
        _raise_no_number(row, number, path, aside)
    try:
        return np.array(plain, dtype=np.float64), mark
    except ValueError:
        _raise_no_number(row, number, path, aside)


def _shrink(values: np.ndarray) -> np.ndarray:
    """Store values as float32 where that loses nothing."""
    with np.errstate(over="ignore"):
        small = values.astype(np.float32)
    is_same = (small == values).all() or np.array_equal(small, values, equal_nan=True)
    return small if is_same else values


def _check_index(name: str, path: Path) -> None:
    """Raise when numbers before the names stand several times below a name of their own."""
    if not name.strip() or plain_header(name).startswith("unnamed"):
        return
    msg = (
        f"Expected names of rows in the first column of {path.name}, found {name!r} there, numbers "
        "that stand several times, and names in the second."
    )
    raise DataFileError(msg, "Put the names first: the numbers before them may be counts.")


def _check_width(width: int, header: int, path: Path) -> None:
    """Raise when the header names other columns than a row has."""
    if header in {width, width - 1}:
        return
    msg = f"Expected a header of {width} or {width - 1} fields, found {header} in {path}."
    raise DataFileError(msg, "Export the table again with a name for each column.")


def _raise_no_number(row: list[str], number: int, path: Path, aside: list[int]) -> NoReturn:
    """Raise with the first field that should be a number and is none."""
    for column, text in enumerate(row[1:], start=2):
        if column - 2 in aside:
            continue
        try:
            float(text)
        except ValueError as error:
            found = f"{text[:30]!r}" if text.strip() else "an empty field"
            msg = f"Expected numbers, found {found} in row {number}, column {column} of {path}."
            raise DataFileError(msg, "Keep one column of names; write 0 for no counts.") from error
    msg = f"Expected numbers, found something else in row {number} of {path}."
    raise DataFileError(msg, "Export the table again.")
