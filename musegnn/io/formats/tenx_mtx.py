"""10x Genomics folders: `matrix.mtx`, `features.tsv` or `genes.tsv`, `barcodes.tsv`, or `.gz`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from scipy import sparse
from scipy.io import mmread

from musegnn.border.text import open_binary, read_rows
from musegnn.errors import DataFileError
from musegnn.io.formats.contents import (
    CELLS_IN_ROWS,
    GENES_IN_ROWS,
    Candidate,
    Contents,
    check_shape,
    pick_counts,
)
from musegnn.io.formats.tenx_features import Features, take_feature_type
from musegnn.io.gene_style import ANY_ENSEMBL

ROLE = "a 10x folder"
MATRIX = ("matrix.mtx", "matrix.mtx.gz")
FEATURES = ("features.tsv", "features.tsv.gz", "genes.tsv", "genes.tsv.gz")
BARCODES = ("barcodes.tsv", "barcodes.tsv.gz")
_KINDS = {("coordinate", kind, "general") for kind in ("integer", "real", "unsigned-integer")}


def read_tenx_mtx(path: Path, *, layer: str | None = None) -> Contents:
    """Read a folder as Cell Ranger, STARsolo and kallisto write it.

    Parameters
    ----------
    path
        Folder, or the matrix file in it. All names may carry a common prefix, such as
        `GSM1234_`, as archives add it.
    layer
        Feature type to take, such as "Peaks"; None takes "Gene Expression" where there are several.

    Raises
    ------
    DataFileError
        If a file is missing or damaged, or the three do not fit together.
    """
    path = Path(path)
    matrix_path, prefix = _find_matrix(path)
    folder = matrix_path.parent
    features = _read_features(_find_part(folder, prefix, FEATURES))
    with read_rows(
        _find_part(folder, prefix, BARCODES), delimiter="\t", role="barcodes of a 10x folder"
    ) as rows:
        cells = [row[0] for row in rows]
    stored, in_rows = _read_matrix(matrix_path, len(features.names), len(cells))
    matrix, features, notes = take_feature_type(stored, features, layer, path)
    check_shape(len(cells), len(features.names), path)
    counts, label = pick_counts(
        [Candidate(matrix_path.name, lambda: matrix)], path, hint="Use the matrix of counts."
    )
    return Contents(
        counts,
        features.names,
        features.ids,
        cells,
        found_in=label,
        orientation=GENES_IN_ROWS if in_rows else CELLS_IN_ROWS,
        notes=notes,
    )


def _find_matrix(path: Path) -> tuple[Path, str]:
    """Return the matrix of a folder and the prefix of its name."""
    if path.is_file():
        found = [path] if path.name.endswith(MATRIX) else []
    elif path.is_dir():
        found = sorted(item for item in path.iterdir() if item.name.endswith(MATRIX))
    else:
        msg = f"Expected {ROLE} at {path}, found nothing."
        raise DataFileError(msg, "Check the path.")
    if len(found) != 1:
        number = "none" if not found else ", ".join(item.name for item in found)
        msg = f"Expected one matrix.mtx or matrix.mtx.gz in {path}, found {number}."
        raise DataFileError(msg, "Give the folder that holds matrix, features and barcodes.")
    end = next(name for name in MATRIX if found[0].name.endswith(name))
    return found[0], found[0].name.removesuffix(end)


def _find_part(folder: Path, prefix: str, names: Sequence[str]) -> Path:
    """Return the first file of a list that the folder holds."""
    for name in names:
        if (folder / f"{prefix}{name}").is_file():
            return folder / f"{prefix}{name}"
    wanted = ", ".join(prefix + name for name in names)
    msg = f"Expected one of {wanted} in {folder}, found none."
    raise DataFileError(msg, "Copy it beside the matrix.")


def _read_features(path: Path) -> Features:
    """Read id, name and type; a single column holds names, or ids that serve as names."""
    with read_rows(path, delimiter="\t", role="features of a 10x folder") as rows:
        table = list(rows)
    width = len(table[0])
    for number, row in enumerate(table, start=1):
        if len(row) != width:
            msg = (
                f"Expected {width} fields in each row, found {len(row)} in row {number} of {path}."
            )
            raise DataFileError(msg, "Copy or export the file again.")
    if width == 1:
        names = [row[0] for row in table]
        ids = [name if ANY_ENSEMBL.match(name) else "" for name in names]
        return Features(names, ids, None)
    types = [row[2] for row in table] if width >= 3 and "features.tsv" in path.name else None
    return Features([row[1] for row in table], [row[0] for row in table], types)


def _read_matrix(path: Path, n_genes: int, n_cells: int) -> tuple[sparse.csr_matrix, bool]:
    """Return cells x genes, and whether the file held genes in the rows."""
    with open_binary(path, role="a MatrixMarket file") as stream:
        head, shape = _read_head(stream, path)
        if shape[:2] == (n_genes, n_cells):
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
            stored = mmread(_Joined(head, stream))
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

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes."""
        if self._head:
            part, self._head = self._head[:size], self._head[size:] if size >= 0 else b""
            return part if size >= 0 else part + self._stream.read()
        return self._stream.read(size)
