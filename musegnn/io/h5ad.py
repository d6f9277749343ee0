"""Open an `.h5ad` file, or say in one sentence why not."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
from anndata.io import read_elem
from scipy import sparse

from musegnn import keys
from musegnn.border.apart import apart
from musegnn.border.hdf5 import check_hdf5, shape_of
from musegnn.border.portable import register
from musegnn.errors import DataFileError, MuseGNNError

_LOGGER = logging.getLogger(__name__)


def write_packed(data: anndata.AnnData, path: Path, *, compression: int) -> None:
    """Write an `.h5ad` file that is small and never stands half-written.

    Parameters
    ----------
    data
        What to write.
    path
        File to write or replace.
    compression
        Level of gzip, 1 to 9; 0 leaves numbers as they are, which are then read and mapped at once.
    """
    # pages write none
    from musegnn.io.atomic import replacing  # noqa: PLC0415
    from musegnn.io.hdf5_packing import pack_arrays  # noqa: PLC0415

    with replacing(path) as temporary:
        loose = temporary.with_name(f"{temporary.stem}-loose{temporary.suffix}")
        try:
            packed = {"compression": "gzip", "compression_opts": compression}
            data.write_h5ad(loose, **(packed if compression else {}))
            pack_arrays(loose, temporary, level=9 if compression else 1)
        finally:
            loose.unlink(missing_ok=True)


@apart("an .h5ad file")
def open_h5ad(path: Path, *, role: str) -> anndata.AnnData:
    """Read an `.h5ad` file into memory.

    Parameters
    ----------
    path
        File to read.
    role
        What the file should be, for the message, such as "an embedding set".

    Raises
    ------
    DataFileError
        If the file is missing, empty, not HDF5, cut off, damaged, or not an AnnData file.
    """
    path = Path(path)
    if not path.is_file():
        msg = f"Expected {role} (an .h5ad file) at {path}, found no file."
        raise DataFileError(msg, "Check the path.")
    if path.stat().st_size == 0:
        msg = f"Expected {role} (an .h5ad file), found an empty file: {path}."
        raise DataFileError(msg, "Copy or export the file again.")
    if not h5py.is_hdf5(path):
        msg = f"Expected {role} (an .h5ad file), found another format in {path}."
        raise DataFileError(msg, "Save it with `AnnData.write_h5ad` and try again.")
    try:
        with warnings.catch_warnings():
            # what anndata warns of is checked where it matters and said in one sentence there
            warnings.simplefilter("ignore")
            with h5py.File(path, "r") as file:
                check_hdf5(file, path, role=role)
            data = _read_whole(path)
        _check_sparse(data)
        return data
    except (MemoryError, MuseGNNError):
        raise
    except Exception as error:  # anndata and h5py raise almost any kind for a damaged file
        if "truncated" in str(error).lower():
            msg = f"Expected {role}, found a file that is cut off: {path}."
            raise DataFileError(msg, "Copy or download the file again.") from error
        msg = f"Expected {role} (an .h5ad file), found one that anndata cannot read: {path}."
        raise DataFileError(msg, "Write it again with a current anndata version.") from error


@dataclass(frozen=True)
class H5adParts:
    """Some parts of an `.h5ad` file under the names that anndata gives them."""

    X: np.ndarray
    obs: pd.DataFrame
    obsm: dict[str, Any]
    obsp: dict[str, Any]
    uns: dict[str, Any]


def open_parts(path: Path, *, role: str, parts: Mapping[str, str]) -> H5adParts | None:
    """Read vectors, the table of rows without their names, and one more part of each kind.

    Within a process that reads apart.

    Parameters
    ----------
    path
        File to read.
    role
        What it should be, for messages.
    parts
        Name of the part that is wanted of `obsm`, `obsp` and `uns`.

    Returns
    -------
    The parts; None where they do not lie there as expected, which `open_h5ad` then tells of.

    Raises
    ------
    DataFileError
        If a part of the file lies elsewhere, or is larger than the file can hold.
    """
    try:
        with h5py.File(path, "r") as file:
            check_hdf5(file, path, role=role)
            table = {name: read_elem(file["obs"][name]) for name in _columns_of(file["obs"])}
            found = {kind: {name: read_elem(file[kind][name])} for kind, name in parts.items()}
            read = H5adParts(read_elem(file["X"]), pd.DataFrame(table), **found)
        graph = read.obsp[parts["obsp"]]
        graph.check_format(full_check=True)
        n, layout = len(read.obs), read.obsm[parts["obsm"]]
        is_dense = all(isinstance(array, np.ndarray) for array in (read.X, layout))
        is_whole = is_dense and len(read.X) == len(layout) == n and graph.shape == (n, n)
        return read if is_whole else None
    except (MemoryError, MuseGNNError):
        raise
    except Exception:  # noqa: BLE001 - anndata and h5py raise almost any kind for a damaged file
        return None


def _columns_of(table: h5py.Group) -> list[str]:
    """Columns of a table in their order, without the one that names its rows."""
    return [str(name) for name in table.attrs["column-order"]]


def _read_whole(path: Path) -> anndata.AnnData:
    """Read a file; where something beside the data cannot be read, leave that out.

    A newer program may have written notes and arrays of a kind that this one does not know.
    """
    try:
        return anndata.read_h5ad(path)
    except MemoryError:
        raise
    except Exception:  # anndata and h5py raise almost any kind
        with h5py.File(path, "r") as file:
            if not isinstance(file.get("obs"), h5py.Group):
                raise  # written before version 0.7, or damaged
            return data_of(file)


def data_of(group: Any) -> anndata.AnnData:
    """Return the AnnData in a group of HDF5 or zarr; what cannot be read beside it is left out.

    Raises
    ------
    ValueError
        If a sparse matrix leads out of itself.
    """
    matrix = read_elem(group["X"]) if "X" in group else None
    n_rows, n_columns = (None, None) if matrix is None else matrix.shape
    data = anndata.AnnData(
        X=matrix,
        obs=_read_table(group["obs"], n_rows).rename_axis(index=None),
        var=_read_table(group["var"], n_columns),
    )
    if is_nameless(data.obs):
        data.obs_names = [str(number) for number in range(data.n_obs)]
    for name in ("layers", "obsm", "uns"):
        for key, value in _read_members(group, name):
            getattr(data, name)[key] = value
    if has_raw(group):
        raw = group["raw"]
        counts = read_elem(raw["X"])
        data.raw = anndata.AnnData(X=counts, var=_read_table(raw["var"], counts.shape[1]))
    _check_sparse(data)
    return data


def _read_table(group: Any, n_rows: int | None) -> pd.DataFrame:
    """Read a table of names; where it has lost its index, as conversions from R do, without names.

    Parameters
    ----------
    group
        Columns, and the index.
    n_rows
        Rows that it must have, None where that is not known.
    """
    index = getattr(group, "attrs", {}).get("_index")
    if index is None or index in group or n_rows is None:
        return read_elem(group)
    found = {str(name): read_part(group[name]) for name in group}
    columns = {name: part for name, part in found.items() if np.shape(part) == (n_rows,)}
    return pd.DataFrame(columns, index=[""] * n_rows)


def is_nameless(table: pd.DataFrame) -> bool:
    """True for a table whose rows have no names."""
    return bool(len(table)) and not table.index.astype(str).str.len().any()


def has_raw(group: Any) -> bool:
    """True when a group holds `raw`; a file without it may hold an empty entry of that name."""
    return "raw" in group and hasattr(group["raw"], "keys") and "X" in group["raw"]


def _read_members(file: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Give what can be read of a group beside the data."""
    group = file.get(name, {})
    for key in group:
        value = read_part(group[key])
        if value is not None:
            yield key, value


def read_part(member: Any) -> Any:
    """Read what lies beside the data, which stand without it; None where that fails."""
    try:
        return read_elem(member)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - anndata raises almost any kind
        _LOGGER.info("left out %s: %s", member.name, error)
        return None


@apart("an .h5ad file")
def measure_vectors(path: Path, *, role: str) -> dict[str, int]:
    """Say how many vectors an `.h5ad` file holds, without reading them.

    Parameters
    ----------
    path
        File to look into.
    role
        What it should be, for messages.

    Returns
    -------
    `rows` and `dimensions`; empty where the file says it in another way, or is none.

    Raises
    ------
    DataFileError
        If they lie elsewhere, or are larger than the file can hold.
    """
    try:
        with h5py.File(path, "r") as file:
            # all other parts are looked at by who reads them
            shape = shape_of(file, "X", path, role=role)
    except (OSError, KeyError, ValueError, RuntimeError):
        return {}  # what is wrong is said by who reads it
    return {"rows": int(shape[0]), "dimensions": int(shape[1])} if len(shape) == 2 else {}


@contextmanager
def parsing(path: Path, version: object, *, role: str) -> Iterator[None]:
    """Turn what goes wrong in the block into one sentence about the file.

    Parameters
    ----------
    path
        File that is taken apart in the block.
    version
        Format version stated in the file.
    role
        What the file should be, for the message, such as "an embedding set".

    Raises
    ------
    DataFileError
        If the file was written by a newer program, or a part of it is missing or damaged.
    """
    try:
        if int(str(version)) > keys.FORMAT_VERSION:
            msg = (
                f"Expected format version {keys.FORMAT_VERSION} or lower, "
                f"found {version} in {path}."
            )
            raise DataFileError(msg, "Update this program.")
        yield
    except MuseGNNError:
        raise
    except Exception as error:  # a damaged part fails in whatever reads it
        msg = f"Expected {role}, found one with a missing or damaged part: {path}."
        raise DataFileError(msg, "Make it again.") from error


def finite_numbers(numbers: Any, path: Path) -> np.ndarray:
    """Return numbers of a file as float32, all of them finite; else raise `DataFileError`."""
    array = np.ascontiguousarray(numbers, dtype=np.float32)
    if not np.isfinite(array).all():
        msg = f"Expected finite vectors and coordinates, found NaN or infinity in {path}."
        raise DataFileError(msg, "Train again.")
    return array


def check_rows(
    table: pd.DataFrame, named_by: list[str], vectors: np.ndarray, layout: np.ndarray, path: Path
) -> None:
    """Raise for a set of vectors without rows, or with two rows of one name.

    Parameters
    ----------
    table
        N rows.
    named_by
        Columns that name a row together; "" is none.
    vectors, layout
        `(N, D)` and `(N, 2)`.
    path
        File of the set, for the message.

    Raises
    ------
    DataFileError
        If a row shares its name with another, or there is none.
    """
    if not vectors.size or layout.shape != (len(vectors), 2):
        msg = f"Expected vectors with a place for each, found none in {path}."
        raise DataFileError(msg, "Make it again.")
    twice = table.duplicated([name for name in named_by if name]).to_numpy()
    if twice.any():
        name = str(table[named_by[0]].iloc[int(twice.argmax())])[:60]
        msg = f"Expected rows with a name each, found {name!r} twice in {path}."
        raise DataFileError(msg, "Make it again with names that differ.")


def _check_sparse(data: anndata.AnnData) -> None:
    """Raise `ValueError` for a sparse matrix with indices that lead out of it.

    Such a matrix comes from a damaged file, and scipy would read memory that is not its own.
    """
    matrices = [data.X, *data.layers.values(), *data.obsp.values()]
    if data.raw is not None:
        matrices.append(data.raw.X)
    for matrix in matrices:
        if sparse.issparse(matrix) and matrix.format in {"csr", "csc"}:
            matrix.check_format(full_check=True)


def _to_plain(data: anndata.AnnData) -> dict[str, object]:
    """Take an AnnData object apart into values that travel between processes."""
    return {
        "X": data.X,
        "obs": data.obs,
        "var": data.var,
        "obsm": {key: _plain_array(value) for key, value in data.obsm.items()},
        "obsp": dict(data.obsp),
        "layers": dict(data.layers),
        "raw": None if data.raw is None else {"X": data.raw.X, "var": data.raw.var},
        "uns": _plain_notes(data.uns),
    }


def _plain_array(value: object) -> object:
    """Turn what lies beside the cells into an array or a table."""
    return value if isinstance(value, np.ndarray | pd.DataFrame) else np.asarray(value)


def _plain_notes(notes: Mapping[str, object]) -> dict[str, object]:
    """Keep the notes that travel: texts, numbers, arrays, and nested ones of these."""
    kept: dict[str, object] = {}
    for key, value in notes.items():
        if isinstance(value, Mapping):
            kept[key] = _plain_notes(value)
        elif isinstance(value, str | int | float | bool | np.generic | np.ndarray):
            kept[key] = value
    return kept


def _from_plain(parts: dict[str, Any]) -> anndata.AnnData:
    """Put an AnnData object together again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as where it is read
        data = anndata.AnnData(
            **{name: parts[name] for name in ("X", "obs", "var", "obsm", "obsp", "layers", "uns")}
        )
        if parts["raw"] is not None:
            data.raw = anndata.AnnData(X=parts["raw"]["X"], var=parts["raw"]["var"])
    return data


register("anndata", anndata.AnnData, to_plain=_to_plain, from_plain=_from_plain)


def share_columns(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """List which columns of shares a table has.

    Raises
    ------
    ValueError
        If one holds anything but numbers from 0 to 1, or NaN where nothing was measured.
    """
    found = [column for column in columns if column in table]
    for column in found:
        values = table[column].to_numpy(dtype=np.float64)
        if (values < 0).any() or (values > 1).any():
            msg = f"{column} out of 0 to 1"
            raise ValueError(msg)
    return found
