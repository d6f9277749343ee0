"""Large set: its arrays, mapped from a kept file that was taken out of its `.h5ad` once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.errors import DataFileError
from musegnn.io.kept_arrays import Kept, open_kept
from musegnn.io.strings import as_strings
from musegnn.io.vector_file import take_out

SUFFIX: Final = ".rows1"  # the number changes with what is kept
_BLOCK: Final = 1 << 22  # entries


@dataclass(frozen=True)
class Parts:
    """What a set is made of.

    Parameters
    ----------
    header
        Texts by name.
    table
        N rows; names are held once, with a number for each row, or one behind the other.
    vectors, unit
        `(N, D)` float32, as they are and scaled to length 1; read-only, mapped.
    layout
        `(N, 2)` float32, mapped.
    graph
        `(N, N)` connectivities, mapped.
    """

    header: dict[str, str]
    table: pd.DataFrame
    vectors: np.ndarray
    unit: np.ndarray
    layout: np.ndarray
    graph: sparse.csr_matrix


def open_parts(path: Path, *, role: str, names: Mapping[str, str]) -> Parts:
    """Open the parts of a large set; taken out of its file where that was not done yet.

    Parameters
    ----------
    path
        Its `.h5ad`.
    role
        What it should be, for messages.
    names
        Names of `place` (the map), `graph` and `header` in the file.

    Raises
    ------
    DataFileError
        If the file is damaged, or nothing can be kept anywhere.
    """

    def make(into: Path) -> None:
        take_out(path, role=role, into=str(into), **names)

    kept = open_kept(path, SUFFIX, make=make, check=_check)
    parts = _parts(kept)
    kept.release()
    return parts


def _parts(kept: Kept) -> Parts:
    """Look at kept arrays as the parts of a set."""
    arrays, notes = kept.arrays, kept.notes
    n_rows = len(arrays["vectors"])
    columns = {str(part["name"]): _column(arrays, part) for part in notes["columns"]}
    graph = sparse.csr_matrix((n_rows, n_rows), dtype=np.float32)
    # set as they are: the constructor would copy, and look at each of them
    graph.data, graph.indices = arrays["graph:data"], arrays["graph:indices"]
    graph.indptr = arrays["graph:indptr"]
    return Parts(
        header={str(name): str(value) for name, value in notes["header"].items()},
        table=pd.DataFrame(columns, index=pd.RangeIndex(n_rows), copy=False),
        vectors=arrays["vectors"],
        unit=arrays["unit"],
        layout=arrays["layout"],
        graph=graph,
    )


def _column(arrays: Mapping[str, np.ndarray], part: Mapping[str, Any]) -> Any:
    """Look at a kept column as one of a table."""
    name, kind = str(part["name"]), part["kind"]
    if kind == "numbers":
        return arrays[f"column:{name}"]
    texts = as_strings(arrays[f"letters:{name}"], arrays[f"starts:{name}"])
    if kind == "texts":
        return pd.StringDtype("pyarrow", na_value=np.nan).__from_arrow__(texts)
    return pd.Categorical.from_codes(arrays[f"column:{name}"], texts.to_pylist())


def _check(kept: Kept) -> None:
    """Raise for parts that do not fit together: who took them out may have been misled.

    Raises
    ------
    DataFileError
        If one has another size, or a number in it leads out of another.
    """
    try:
        arrays = kept.arrays
        shape = arrays["vectors"].shape
        expected = {"vectors": shape, "unit": shape, "layout": (shape[0], 2)}
        singles = all(
            arrays[name].dtype == np.dtype("<f4") and arrays[name].shape == size
            for name, size in expected.items()
        )
        rows = {len(_column(arrays, part)) for part in kept.notes["columns"]}
        is_whole = singles and len(shape) == 2 and rows == {shape[0]} and _fits(arrays, shape[0])
        is_whole = is_whole and isinstance(kept.notes["header"], dict)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        msg = "Expected parts of a set that fit together, found some that do not."
        raise DataFileError(msg, "Make the file again.") from error
    if not is_whole:
        msg = "Expected parts of a set that fit together, found some that do not."
        raise DataFileError(msg, "Make the file again.")
    kept.release()


def _fits(arrays: Mapping[str, np.ndarray], n_rows: int) -> bool:
    """True when no index of the graph leads out of it."""
    data, indices = arrays["graph:data"], arrays["graph:indices"]
    starts = arrays["graph:indptr"]
    is_plain = data.dtype.kind == "f" and indices.dtype == starts.dtype
    is_plain = is_plain and indices.dtype in {np.dtype("<i4"), np.dtype("<i8")}
    if not is_plain or len(starts) != n_rows + 1 or len(data) != len(indices):
        return False
    if starts[0] != 0 or starts[-1] != len(indices) or (np.diff(starts) < 0).any():
        return False
    blocks = (indices[at : at + _BLOCK] for at in range(0, len(indices), _BLOCK))
    return all(block.min() >= 0 and block.max() < n_rows for block in blocks)
