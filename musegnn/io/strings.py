"""Strings: many texts as two arrays, without an object for each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from musegnn.errors import DataFileError


def lay_out(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Lay texts out one behind the other.

    Returns
    -------
    Their UTF-8 bytes, and where each begins, with the end of the last: int64.
    """
    array = pa.array(texts, type=pa.large_string())
    _, starts, content = array.buffers()
    places = np.frombuffer(starts, np.int64, len(array) + 1)
    letters = np.empty(0, np.uint8) if content is None else np.frombuffer(content, np.uint8)
    return letters[: int(places[-1])], places


def as_strings(letters: np.ndarray, starts: np.ndarray) -> pa.LargeStringArray:
    """Look at laid-out texts as a column; nothing is copied.

    Parameters
    ----------
    letters, starts
        See `lay_out`.

    Raises
    ------
    DataFileError
        If they are not UTF-8, or a place leads out of them.
    """
    buffers = [None, pa.py_buffer(np.ascontiguousarray(starts)), pa.py_buffer(letters)]
    try:
        column = pa.Array.from_buffers(pa.large_string(), len(starts) - 1, buffers)
        column.validate(full=True)
    except (pa.ArrowInvalid, ValueError) as error:
        msg = "Expected texts that are whole, found places outside of them."
        raise DataFileError(msg, "Make the file again.") from error
    return column


def as_objects(column: pd.Series) -> pd.Series | np.ndarray:
    """Names as texts; those of categories are made once each, which takes a fifth of the time."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy()
        if not (codes < 0).any():
            return np.asarray(column.cat.categories.astype(str), dtype=object)[codes]
    return column.astype(str)
