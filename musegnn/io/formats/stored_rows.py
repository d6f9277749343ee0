"""Stored rows: a sparse matrix of an HDF5 file, read piece by piece into arrays of its last form.

Files keep counts as integers and places as 64 bits. Read whole and converted, a large matrix takes
its size several times; in pieces it takes its size once.
"""

from __future__ import annotations

from typing import Final

import h5py
import numpy as np
from scipy import sparse

from musegnn.io.formats.contents import LARGEST_COUNT
from musegnn.io.formats.hdf5 import dataset_of, read_array

PIECE: Final = 1 << 22  # values that are held in the form of the file at a time


def read_rows_of(
    group: h5py.Group, n_rows: int, columns: np.ndarray, width: int
) -> sparse.csr_matrix:
    """Read some columns of a matrix that a group stores row by row.

    Parameters
    ----------
    group
        Holds `data`, `indices` and `indptr`.
    n_rows
        Rows of the matrix.
    columns
        Columns to keep, ascending and each once.
    width
        Columns that the group stores.

    Returns
    -------
    `(n_rows, len(columns))`; float32 where that holds every value exactly, else as they are stored.

    Raises
    ------
    ValueError
        If the parts do not fit together, lead out of the matrix, or hold no numbers.
    """
    data, indices = dataset_of(group, "data"), dataset_of(group, "indices")
    starts = read_array(group, "indptr").astype(np.int64)
    if starts.shape != (n_rows + 1,) or starts[0] != 0 or (np.diff(starts) < 0).any():
        msg = "column pointers do not fit the barcodes"
        raise ValueError(msg)
    n_values = int(starts[-1])
    if data.shape != (n_values,) or indices.shape != (n_values,):
        msg = f"{data.shape} values and {indices.shape} places for {n_values}"
        raise ValueError(msg)
    if data.dtype.kind not in "iufb" or indices.dtype.kind not in "iu":
        msg = f"values of type {data.dtype}, places of type {indices.dtype}"
        raise ValueError(msg)
    place = np.full(width, -1, dtype=np.int32)
    place[columns] = np.arange(len(columns), dtype=np.int32)
    is_whole = len(columns) == width
    is_small = data.dtype.kind in "iub" or data.dtype.itemsize <= 4
    values = np.empty(n_values, dtype=np.float32 if is_small else data.dtype.newbyteorder("="))
    places = np.empty(n_values, dtype=np.int32)
    kept_before = np.zeros(n_rows + 1, dtype=np.int64)  # values of rows before that are left out
    filled = 0
    for low in range(0, n_values, PIECE):
        high = min(low + PIECE, n_values)
        found = indices[low:high]
        if int(found.max()) >= width or int(found.min()) < 0:
            msg = "places beyond the matrix"
            raise ValueError(msg)
        numbers = data[low:high]
        if numbers.dtype.kind in "iu" and int(numbers.max()) > LARGEST_COUNT:
            return _read_whole(group, n_rows, columns, width)  # told by their exact value
        if is_whole:
            places[low:high], values[low:high] = found, numbers
            continue
        moved = place[found]
        is_kept = moved >= 0
        n_kept = int(is_kept.sum())
        places[filled : filled + n_kept] = moved[is_kept]
        values[filled : filled + n_kept] = numbers[is_kept]
        # the new start of each row that begins inside this piece
        first, last = np.searchsorted(starts, [low, high], side="right")
        running = np.concatenate([[0], np.cumsum(is_kept)])
        kept_before[first:last] = filled + running[starts[first:last] - low]
        filled += n_kept
    if not is_whole:
        values, places, starts = values[:filled], places[:filled], kept_before
    return sparse.csr_matrix((values, places, starts), shape=(n_rows, len(columns)))


def _read_whole(
    group: h5py.Group, n_rows: int, columns: np.ndarray, width: int
) -> sparse.csr_matrix:
    """Read the matrix as it is stored."""
    parts = tuple(read_array(group, name) for name in ("data", "indices", "indptr"))
    return sparse.csr_matrix(parts, shape=(n_rows, width))[:, columns]
