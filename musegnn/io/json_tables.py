"""Tables as JSON, number for number: what a run leaves for a page to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from musegnn.border.documents import Bounds, read_json
from musegnn.errors import DataFileError

BOUNDS: Final = Bounds(most_bytes=128 << 20, most_depth=8, most_values=10_000_000, most_keys=10_000)
_WRONG: Final = (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError)


@contextmanager
def reading_tables(path: Path, *, role: str) -> Iterator[Any]:
    """Read a file of tables; what is done with its content may find that it is another file.

    Parameters
    ----------
    path
        The file.
    role
        What it should be, for messages.

    Raises
    ------
    DataFileError
        If it cannot be read, or holds something else than is taken from it.
    """
    content = read_json(path, role=role, bounds=BOUNDS)
    try:
        yield content
    except _WRONG as error:
        msg = f"Expected {role}, found a damaged or another file: {path} ({error!r})."
        raise DataFileError(msg, "Let it be computed again.") from error


def table_to_plain(table: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the columns of a table as plain values; missing numbers become None."""
    return {str(name): [_plain(value) for value in table[name].tolist()] for name in table}


def table_from_plain(columns: Mapping[str, list[Any]], numbers: tuple[str, ...]) -> pd.DataFrame:
    """Build a table from its columns.

    Parameters
    ----------
    columns
        As `table_to_plain` returns them.
    numbers
        Columns that are float64, so that None becomes NaN and an empty one keeps its type.
    """
    return pd.DataFrame(
        {
            name: np.array([np.nan if v is None else v for v in values], dtype=np.float64)
            if name in numbers
            else values
            for name, values in columns.items()
        }
    )


def _plain(value: Any) -> Any:
    """Replace what JSON cannot say."""
    return None if isinstance(value, float) and not np.isfinite(value) else value
