"""10x Genomics folders: `matrix.mtx`, `features.tsv` or `genes.tsv`, `barcodes.tsv`, or `.gz`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from scipy import sparse
from scipy.io import mmread

from musegnn.border.text import open_binary, read_list
from musegnn.errors import DataFileError
from musegnn.io.choices import AS_FOUND, Choices, Offers
from musegnn.io.features import INDEX, offered_features, recognise_features
from musegnn.io.formats.contents import (
    CELLS_IN_ROWS,
    GENES_IN_ROWS,
    Candidate,
    Contents,
    check_shape,
    pick_counts,
)
from musegnn.io.formats.registry import LAYOUTS
from musegnn.io.formats.sight import is_shown
from musegnn.io.gene_style import ANY_ENSEMBL
from musegnn.validation import format_list

ROLE = "a folder of a matrix with its features and barcodes"
_PACKED = ("", ".gz")
_PIECE = 1 << 18  # bytes that are unpacked at a time
_MARKS = {",": "commas", ";": "semicolons", "|": "bars", " ": "blanks"}  # in place of tabs


def _names(part: str) -> tuple[str, ...]:
    """Return the ends of names of one part of all layouts, packed or not."""
    # the most general layouts come last, and their names first
    records = [layout.parts for layout in reversed(LAYOUTS) if layout.parts is not None]
    names = dict.fromkeys(name for record in records for name in getattr(record, part))
    return tuple(f"{name}{packed}" for name in names for packed in _PACKED)


MATRIX = _names("matrix")
SYMBOLS = _names("symbols")
FEATURES = _names("features")
BARCODES = _names("barcodes")
_CELLS_IN_ROWS = tuple(
    f"{name}{packed}"
    for layout in LAYOUTS
    if layout.parts is not None and layout.parts.cells_in_rows
    for name in layout.parts.matrix
    for packed in _PACKED
)
_STATES = ("-U", "-A")  # unspliced and ambiguous, as alevin-fry marks genes
_KINDS = {("coordinate", kind, "general") for kind in ("integer", "real", "unsigned-integer")}


def read_tenx_mtx(path: Path, *, layer: str | None = None, choices: Choices = AS_FOUND) -> Contents:
    """Read a folder as Cell Ranger, STARsolo, kallisto|bustools, alevin-fry and Parse write it.

    Parameters
    ----------
    path
        Folder, or the matrix file in it. All names may carry a common prefix, such as
        `GSM1234_`, as archives add it; a single list of features may serve many samples.
    layer
        Feature type to take, such as "Peaks"; None takes "Gene Expression" where there are several.
    choices
        Kind, genome, column of symbols and side of the genes, where somebody has said them.

    Raises
    ------
    DataFileError
        If a file is missing or damaged, or the three do not fit together.
    """
    path = Path(path)
    matrix_path, prefix = _find_matrix(path, layer)
    if matrix_path.name.partition(".mtx")[0] == layer:
        layer = None  # it was the name of the matrix
    features_path = _find_part(matrix_path, prefix, FEATURES)
    lines, marks = _split(_read_lines(features_path, "features"))
    names = _find_optional(matrix_path, prefix, SYMBOLS)
    symbols = None if names is None else _read_lines(names, "features")
    cells = [
        row[0].strip() for row in _read_lines(_find_part(matrix_path, prefix, BARCODES), "barcodes")
    ]
    with open_binary(matrix_path, role="a MatrixMarket file") as stream:
        head, shape = _read_head(stream, matrix_path)
        lines, cells, headers = _without_headers(lines, cells, shape[:2])
        genes_first = _stand_first(choices.genes_in, matrix_path)
        matrix, in_rows = _read_matrix(
            stream,
            head,
            shape,
            (len(lines), len(cells)),
            matrix_path,
            genes_first=genes_first,
        )
    table = _describe(lines, symbols, features_path.name)
    matrix, table, layer, states = _join_states(matrix, table, layer)
    features = recognise_features(table, path, wanted=layer, choices=choices)
    check_shape(len(cells), len(features.names), path)
    counts, label, notes = pick_counts(
        [Candidate(matrix_path.name, lambda: matrix[:, features.columns])],
        path,
        hint="Use the matrix of counts.",
    )
    return Contents.of_features(
        features,
        counts,
        cells,
        found_in=label,
        orientation=GENES_IN_ROWS if in_rows else CELLS_IN_ROWS,
        notes=(*marks, *headers, *states, *features.notes, *notes),
    )


def offered_tenx_mtx(path: Path) -> Offers:
    """List what can be chosen in a folder of a matrix, without reading its counts."""
    path = Path(path)
    several = _list_matrices(path) if path.is_dir() else []
    if len(several) > 1:
        return Offers(layers=tuple(item.name.partition(".mtx")[0] for item in several))
    matrix_path, prefix = _find_matrix(path, None)
    features_path = _find_part(matrix_path, prefix, FEATURES)
    lines, _ = _split(_read_lines(features_path, "features"))
    return offered_features(_describe(lines, None, features_path.name))


def _list_matrices(path: Path) -> list[Path]:
    """Return the matrices of a folder; of those with a name that is known, the likeliest alone."""
    items = sorted(
        item
        for item in path.iterdir()
        if item.name.endswith((".mtx", ".mtx.gz")) and is_shown(item.name)
    )
    for end in MATRIX:
        found = [item for item in items if item.name.endswith(end)]
        if found:
            return found
    return items


def _find_matrix(path: Path, layer: str | None) -> tuple[Path, str]:
    """Return the matrix of a folder and the prefix of its name."""
    if path.is_file():
        found = [path] if path.name.endswith((".mtx", ".mtx.gz")) else []
    elif path.is_dir():
        found = _list_matrices(path)
    else:
        msg = f"Expected {ROLE} at {path}, found nothing."
        raise DataFileError(msg, "Check the path.")
    found = [item for item in found if item.name.partition(".mtx")[0] == layer] or found
    if len(found) > 1:
        known = format_list([item.name.partition(".mtx")[0] for item in found])
        msg = f"Expected one matrix in {path}, found several: {known}."
        raise DataFileError(msg, "Choose one (`--layer NAME`), or give its file.")
    if not found:
        msg = f"Expected one matrix.mtx or matrix.mtx.gz in {path}, found none."
        raise DataFileError(msg, "Give the folder that holds matrix, features and barcodes.")
    end = next((name for name in MATRIX if found[0].name.endswith(name)), "")
    prefix = found[0].name.removesuffix(end) if end else found[0].name.rpartition("matrix")[0]
    return found[0], prefix


def _stand_first(side: str | None, path: Path) -> bool:
    """True when genes are taken to be in the rows of a matrix that is as wide as high."""
    return not path.name.endswith(_CELLS_IN_ROWS) if side is None else side == "rows"


def _join_states(
    matrix: sparse.csr_matrix, table: dict[str, list[str]], layer: str | None
) -> tuple[sparse.csr_matrix, dict[str, list[str]], str | None, tuple[str, ...]]:
    """Sum spliced and ambiguous counts of a gene, where alevin-fry keeps its states apart.

    Parameters
    ----------
    matrix
        Cells x genes in all states.
    table
        Names of the features; those of unspliced and ambiguous counts end in -U and -A.
    layer
        "all" sums the unspliced counts too, as is usual for nuclei.
    """
    names = table[INDEX]
    marked = [name for name in names if name.endswith(_STATES)]
    plain = [name for name in names if not name.endswith(_STATES)]
    if len(marked) != 2 * len(plain) or {f"{name}-U" for name in plain} - set(marked):
        return matrix, table, layer, ()
    place = {name: number for number, name in enumerate(plain)}
    kept = [number for number, name in enumerate(names) if layer == "all" or name[-2:] != "-U"]
    targets = [place[names[number].removesuffix("-U").removesuffix("-A")] for number in kept]
    ones = np.ones(len(kept), dtype=matrix.dtype)
    joined = sparse.csr_matrix((ones, (kept, targets)), shape=(len(names), len(plain)))
    what = "all counts" if layer == "all" else "spliced and ambiguous counts"
    note = f"features: {what} of each of {len(plain):,} genes were summed"
    note += "" if layer == "all" else " (`--layer all` adds the unspliced ones)"
    return (
        sparse.csr_matrix(matrix @ joined),
        {INDEX: plain},
        None if layer == "all" else layer,
        (note,),
    )


def _find_part(matrix: Path, prefix: str, names: Sequence[str]) -> Path:
    """Return the first file of a list that lies beside a matrix, its own or that of all samples."""
    found = _find_optional(matrix, prefix, names)
    if found is None:
        wanted = ", ".join(prefix + name for name in names if not name.endswith(".gz"))
        msg = f"Expected one of {wanted} (or .gz) in {matrix.parent}, found none."
        raise DataFileError(msg, "Copy it beside the matrix.")
    return found


def _find_optional(matrix: Path, prefix: str, names: Sequence[str]) -> Path | None:
    """Return the first file of a list that lies beside a matrix, None where there is none."""
    folder = matrix.parent
    own = matrix.name.partition(".mtx")[0].rpartition("matrix")[2]  # as in matrix_s1.mtx
    for name in names:
        stem, dot, end = name.partition(".")
        for full in (f"{prefix}{name}", f"{prefix}{stem}{own}{dot}{end}"):
            if (folder / full).is_file():
                return folder / full
    beside = [item for item in folder.iterdir() if is_shown(item.name) and item.is_file()]
    for name in names:
        shared = [item for item in beside if item.name.endswith(name)]
        if len(shared) == 1:
            return shared[0]
    return None


def _read_lines(path: Path, what: str) -> list[list[str]]:
    """Read a list beside a matrix."""
    is_list = ".csv" not in path.name
    lines = read_list(path, delimiter="\t" if is_list else ",", role=f"{what} of a matrix")
    if path.name.removesuffix(".gz").endswith(".bed"):
        return [[f"{line[0]}:{line[1]}-{line[2]}"] if len(line) > 2 else line for line in lines]
    width = len(lines[0]) if lines else 0
    for number, line in enumerate(lines, start=1):
        if len(line) != width:
            msg = (
                f"Expected {width} fields in each row, found {len(line)} in row {number} of {path}."
            )
            raise DataFileError(msg, "Copy or export the file again.")
    return lines


def _split(lines: list[list[str]]) -> tuple[list[list[str]], tuple[str, ...]]:
    """Split lines of features that hold no tab by what else stands between id and symbol."""
    if not lines or len(lines[0]) > 1:
        return lines, ()
    for mark, name in _MARKS.items():
        split = list(csv.reader((line[0] for line in lines), delimiter=mark))
        if mark == " ":  # the kinds of features are of two words
            split = [[*row[:2], " ".join(row[2:])] if len(row) > 2 else row for row in split]
            below = split[1:]  # the first may be a header
            if not all(ANY_ENSEMBL.match(row[0]) or row[0].isdecimal() for row in below):
                continue
        width, ids = len(split[0]), {row[0] for row in split}
        if width > 1 and len(ids) == len(split) and all(len(row) == width for row in split):
            return split, (f"features: {width} fields in each line, separated by {name}",)
    return lines, ()


def _without_headers(
    lines: list[list[str]], cells: list[str], shape: tuple[int, int]
) -> tuple[list[list[str]], list[str], tuple[str, ...]]:
    """Leave out first lines that are headers, as the size of the matrix shows."""
    if (len(lines), len(cells)) in {shape, shape[::-1]}:
        return lines, cells, ()
    for first_line, first_cell in ((1, 0), (0, 1), (1, 1)):
        if (len(lines) - first_line, len(cells) - first_cell) in {shape, shape[::-1]}:
            told = [lines[0][0]] * first_line + cells[:first_cell]
            note = f"lists: the first line was taken for a header ({', '.join(told)})"
            return lines[first_line:], cells[first_cell:], (note,)
    return lines, cells, ()


def _describe(
    lines: list[list[str]], symbols: list[list[str]] | None, name: str
) -> dict[str, list[str]]:
    """Name the columns of a list of features: usually id, symbol and type."""
    first = [line[0] for line in lines]
    if symbols is not None and len(symbols) == len(lines):
        return {INDEX: [line[0] for line in symbols], "gene_ids": first}
    width = len(lines[0]) if lines else 0
    if width == 1:
        return {INDEX: first}
    # who writes the symbol before the id is told by what stands there
    columns = {INDEX: [line[1] for line in lines], "gene_ids": first}
    if width >= 3 and "features.tsv" in name:
        columns["feature_types"] = [line[2] for line in lines]
    elif width >= 3 and ".csv" in name:  # of Parse
        columns["genome"] = [line[2] for line in lines]
    return columns


def _read_matrix(
    stream: IO[bytes],
    head: bytes,
    shape: tuple[int, int, int],
    expected: tuple[int, int],
    path: Path,
    *,
    genes_first: bool,
) -> tuple[sparse.csr_matrix, bool]:
    """Return cells x genes, and whether the file held genes in the rows."""
    n_genes, n_cells = expected
    if n_genes == n_cells == shape[0] == shape[1]:
        in_rows = genes_first
    elif shape[:2] == (n_genes, n_cells):
        in_rows = True
    elif shape[:2] == (n_cells, n_genes):
        in_rows = False
    else:
        msg = (
            f"Expected a matrix of {n_genes} features x {n_cells} barcodes, "
            f"found {shape[0]} x {shape[1]} in {path}."
        )
        raise DataFileError(msg, "Use the three files of one folder together.")
    if shape[2] > shape[0] * shape[1]:
        msg = f"Expected at most {shape[0] * shape[1]} values, found {shape[2]} in {path}."
        raise DataFileError(msg, "Copy or export the file again.")
    try:
        # the parser takes a kilobyte at a time
        with io.BufferedReader(_Joined(head, stream), _PIECE) as joined:
            stored = mmread(joined)
    except (EOFError, OSError):
        raise  # said by `open_binary`
    except Exception as error:  # the parser raises several kinds
        msg = f"Expected {shape[2]} lines of row, column and count, found others in {path}."
        hint = "The file is damaged or cut off: copy or export it again."
        raise DataFileError(msg, hint) from error
    matrix = sparse.csr_matrix(stored.T if in_rows else stored)
    matrix.sum_duplicates()
    return matrix, in_rows


def _read_head(stream: IO[bytes], path: Path) -> tuple[bytes, tuple[int, int, int]]:
    """Return the bytes up to the line of sizes, and rows, columns and number of values."""
    line = stream.readline(1000)
    words = line.decode("ascii", errors="replace").lower().split()
    if words[:2] != ["%%matrixmarket", "matrix"] or tuple(words[2:]) not in _KINDS:
        msg = f"Expected a MatrixMarket file of coordinates and integers, found another: {path}."
        raise DataFileError(msg, "Export the counts with Cell Ranger, Seurat or scipy.io.mmwrite.")
    head = [line]
    while (line := stream.readline(10_000)).startswith(b"%") or (line and not line.strip()):
        head.append(line)
    sizes = line.split()
    if len(sizes) != 3 or not all(size.isdigit() and len(size) < 16 for size in sizes):
        msg = f"Expected a line with rows, columns and number of values, found none in {path}."
        raise DataFileError(msg, "Copy or export the file again.")
    rows, columns, values = (int(size) for size in sizes)
    return b"".join([*head, line]), (rows, columns, values)


class _Joined(io.RawIOBase):
    """Bytes that were read already, then the rest of a stream."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        super().__init__()
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; return the number of bytes."""
        view = memoryview(buffer).cast("B")
        part = self._head[: len(view)] or self._stream.read(len(view))
        self._head = self._head[len(view) :]
        view[: len(part)] = part
        return len(part)
