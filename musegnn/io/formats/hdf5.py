"""HDF5 files: opened with one sentence for whatever goes wrong, arrays read within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from musegnn.border.hdf5 import check_hdf5, is_oversized
from musegnn.errors import DataFileError, MuseGNNError


@contextmanager
def open_hdf5(path: Path, *, role: str, is_checked: bool = True) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading and turn what goes wrong in the block into one sentence.

    Parameters
    ----------
    path
        File to read.
    role
        What the file should be, for the message, such as "a 10x matrix".
    is_checked
        False for whoever follows no link and reads no array.

    Raises
    ------
    DataFileError
        If the file is missing, empty, not HDF5, cut off, or a part of it is missing or damaged.
    """
    path = Path(path)
    if not path.is_file():
        msg = f"Expected {role} at {path}, found no file."
        raise DataFileError(msg, "Check the path.")
    if path.stat().st_size == 0:
        msg = f"Expected {role}, found an empty file: {path}."
        raise DataFileError(msg, "Copy or export the file again.")
    if not h5py.is_hdf5(path):
        msg = f"Expected {role} (HDF5), found another format in {path}."
        raise DataFileError(msg, "Save it again, under a name whose suffix fits the content.")
    try:
        with h5py.File(path, "r") as file:
            if is_checked:
                check_hdf5(file, path, role=role)
            yield file
    except (MemoryError, MuseGNNError):
        raise
    except Exception as error:  # h5py raises almost any kind for a damaged file
        if "truncated" in str(error).lower():
            msg = f"Expected {role}, found a file that is cut off: {path}."
            raise DataFileError(msg, "Copy or download the file again.") from error
        msg = f"Expected {role}, found one with a missing or damaged part: {path}."
        raise DataFileError(msg, "Copy or export the file again.") from error


def read_array(group: h5py.Group, name: str) -> np.ndarray:
    """Read a numeric dataset whole; raise `ValueError` when it cannot fit into the file.

    They come as sparse matrices take them: of this machine's byte order, 16 bits as float32.
    """
    values = np.asarray(dataset_of(group, name)[()])
    if values.dtype == np.float16:
        return values.astype(np.float32)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def read_names(group: h5py.Group, name: str) -> list[str]:
    """Read a dataset of texts."""
    array = np.asarray(dataset_of(group, name)[()])
    values = array.tolist()
    if array.ndim == 1 and (array.dtype.kind == "S" or set(map(type, values)) == {bytes}):
        texts = b"\n".join(values).decode("utf-8").split("\n")
        if len(texts) == len(values):  # no line break inside
            return texts
    return [v.decode("utf-8") if isinstance(v, bytes) else str(v) for v in values]


def dataset_of(group: h5py.Group, name: str) -> h5py.Dataset:
    """Return a dataset; raise `ValueError` when its stated size cannot fit into the file.

    A damaged header, or one made to do harm, may state a size of terabytes.
    """
    dataset = group[name]
    if not isinstance(dataset, h5py.Dataset):
        msg = f"{name} is no dataset"
        raise TypeError(msg)
    if is_oversized(dataset):
        msg = f"{name} is larger than the file can hold"
        raise ValueError(msg)
    return dataset
