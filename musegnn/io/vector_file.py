"""Vector file: the parts of a large `.h5ad` of vectors, told and taken out without holding them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import pandas as pd
from anndata.io import read_elem
from scipy import sparse

from musegnn.border.apart import apart
from musegnn.border.hdf5 import check_hdf5
from musegnn.errors import DataFileError, MuseGNNError
from musegnn.io.kept_arrays import ArrayFile
from musegnn.io.strings import lay_out

_BLOCK: Final = 1 << 16  # rows
_OFTEN: Final = 4  # a name that stands so often on average is held once, with a number for each row


@apart("an .h5ad file")
def take_out(
    path: Path, *, role: str, into: str, place: str, graph: str, header: str
) -> dict[str, str]:
    """Take vectors, map, graph and table out of an `.h5ad` file into kept arrays, block by block.

    Parameters
    ----------
    path
        File to read.
    role
        What it should be, for messages.
    into
        File of kept arrays to write: `vectors` and `unit` (the same, of length 1) float32, `layout`
        float32, the parts of the graph, and each column of the table, see `read_column`.
    place, graph, header
        Names of map, graph and header in the file.

    Returns
    -------
    The header: texts and numbers by name.

    Raises
    ------
    DataFileError
        If a part is missing, damaged, or holds a number that is not finite.
    """
    try:
        with (
            warnings.catch_warnings(),
            h5py.File(path, "r") as file,
            ArrayFile(Path(into)) as out,
        ):
            warnings.simplefilter("ignore")  # as where small files are read
            check_hdf5(file, path, role=role)
            notes = _header(file, header)
            n_rows = file["X"].shape[0]
            _take_vectors(file["X"], out, path, Path(into))
            _take_layout(file["obsm"][place], n_rows, out, path)
            _take_graph(read_elem(file["obsp"][graph]), n_rows, out)
            columns = [_take_column(file["obs"], name, n_rows, out) for name in _columns(file)]
            out.close({"header": notes, "columns": columns})
    except (MemoryError, MuseGNNError):
        raise
    except Exception as error:  # h5py and anndata raise almost any kind for a damaged file
        msg = f"Expected {role}, found one with a missing or damaged part: {path}."
        raise DataFileError(msg, "Make it again.") from error
    return notes


def _header(file: h5py.File, name: str) -> dict[str, str]:
    """Texts of the header."""
    found = read_elem(file["uns"][name]) if name in file.get("uns", {}) else {}
    return {str(key): str(value) for key, value in found.items()} if found else {}


def _columns(file: h5py.File) -> list[str]:
    """Names of the columns of the table, as they are ordered."""
    return [str(name) for name in file["obs"].attrs["column-order"]]


def _blocks(dataset: h5py.Dataset) -> Iterator[np.ndarray]:
    """Rows of a dataset as float32, so many at a time."""
    for start in range(0, dataset.shape[0], _BLOCK):
        yield np.asarray(dataset[start : start + _BLOCK], dtype=np.float32)


def _finite(blocks: Iterator[np.ndarray], path: Path) -> Iterator[np.ndarray]:
    """Pass numbers on that are all finite."""
    for block in blocks:
        if not np.isfinite(block).all():
            msg = f"Expected finite vectors and coordinates, found NaN or infinity in {path}."
            raise DataFileError(msg, "Train again.")
        yield block


def _take_vectors(dataset: h5py.Dataset, out: ArrayFile, path: Path, into: Path) -> None:
    """Take vectors as they are, and scaled to length 1; zero rows stay zero."""
    single = np.dtype("<f4")
    offset = out.add_blocks("vectors", single, dataset.shape, _finite(_blocks(dataset), path))
    taken = np.memmap(into, single, "r", offset, dataset.shape)  # unpacked once

    def units() -> Iterator[np.ndarray]:
        for start in range(0, len(taken), _BLOCK):
            block = taken[start : start + _BLOCK]
            norms = np.linalg.norm(block, axis=1, keepdims=True)
            yield block / np.where(norms > 0, norms, 1)

    out.add_blocks("unit", single, dataset.shape, units())


def _take_layout(dataset: h5py.Dataset, n_rows: int, out: ArrayFile, path: Path) -> None:
    """Take the places of the map."""
    if dataset.shape != (n_rows, 2):
        msg = f"Expected a place of two numbers for each row, found {dataset.shape} in {path}."
        raise DataFileError(msg, "Make it again.")
    out.add_blocks("layout", np.dtype(np.float32), (n_rows, 2), _finite(_blocks(dataset), path))


def _take_graph(found: Any, n_rows: int, out: ArrayFile) -> None:
    """Take the graph of neighbours, by rows."""
    graph = sparse.csr_matrix(found)
    graph.check_format(full_check=True)
    if graph.shape != (n_rows, n_rows):
        msg = "a graph of another size"
        raise ValueError(msg)
    index = np.int32 if max(graph.nnz, n_rows) < 2**31 else np.int64
    out.add("graph:data", graph.data)
    out.add("graph:indices", graph.indices.astype(index, copy=False))
    out.add("graph:indptr", graph.indptr.astype(index, copy=False))


def _take_column(table: h5py.Group, name: str, n_rows: int, out: ArrayFile) -> dict[str, Any]:
    """Take a column of the table: numbers, numbered names, or names one behind the other."""
    column = pd.Series(read_elem(table[name]))
    if isinstance(column.dtype, pd.CategoricalDtype) and column.hasnans:
        column = column.astype(str)
    if len(column) != n_rows:
        msg = "a column of another length"
        raise ValueError(msg)
    is_named = isinstance(column.dtype, pd.CategoricalDtype)
    if not is_named and pd.api.types.is_numeric_dtype(column) and column.dtype.kind in "biuf":
        out.add(f"column:{name}", column.to_numpy())
        return {"name": name, "kind": "numbers"}
    if not is_named:
        column = column.astype(str)
        if column.nunique() * _OFTEN > n_rows:
            _take_texts(name, column.tolist(), out)
            return {"name": name, "kind": "texts"}
        column = column.astype("category")
    texts = list(map(str, column.cat.categories))
    codes = column.cat.codes.to_numpy()
    if len(texts) * _OFTEN > n_rows:
        _take_texts(name, np.array([*texts, None], dtype=object)[codes].tolist(), out)
        return {"name": name, "kind": "texts"}
    out.add(f"column:{name}", codes)
    _take_texts(name, texts, out)
    return {"name": name, "kind": "names"}


def _take_texts(name: str, texts: list[str], out: ArrayFile) -> None:
    """Take texts one behind the other."""
    letters, starts = lay_out(texts)
    out.add(f"letters:{name}", letters)
    out.add(f"starts:{name}", starts)
