"""Tables: Parquet files of texts and numbers, read in a process of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from musegnn.border.apart import apart
from musegnn.errors import DataFileError

MOST_COLUMNS: Final = 5000
_HINT: Final = "Fetch or import the table again."


def read_parquet(path: Path, *, role: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a Parquet file of texts and numbers.

    Parameters
    ----------
    path
        The file.
    role
        What it should be, for messages, such as "a table of interactions".
    columns
        Columns to read; None takes all.

    Returns
    -------
    Its rows in their order; texts as objects, a missing one as None.

    Raises
    ------
    DataFileError
        If it is no such file, lacks a column, or holds other things than texts and numbers.
    """
    table = read_columns(path, role=role, columns=None if columns is None else list(columns))
    for name in table.columns[table.dtypes == "category"]:
        column = table[name].astype(object)
        table[name] = column.where(column.notna(), None)
    return table


@apart("a table")
def read_columns(path: Path, *, role: str, columns: list[str] | None) -> pd.DataFrame:
    """Read a Parquet file as `read_parquet` does, texts as categories: each travels once."""
    from pyarrow import ArrowException, parquet, types  # noqa: PLC0415 - for who reads tables

    def is_plain(kind: Any) -> bool:
        kind = kind.value_type if types.is_dictionary(kind) else kind
        kinds = (types.is_string, types.is_large_string, types.is_integer, types.is_floating)
        return any(fits(kind) for fits in (*kinds, types.is_boolean, types.is_null))

    if not path.is_file():
        msg = f"Expected {role} at {path}, found no file."
        raise DataFileError(msg, _HINT)
    try:
        with parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
            wanted = schema.names if columns is None else columns
            missing = [name for name in wanted if name not in schema.names]
            if missing or len(set(wanted)) != len(wanted) or len(wanted) > MOST_COLUMNS:
                found = f"no {missing[0]!r}" if missing else f"{len(wanted)} columns"
                msg = f"Expected {role} with other columns, found {found} in {path}."
                raise DataFileError(msg, _HINT)
            odd = [name for name in wanted if not is_plain(schema.field(name).type)]
            if odd:
                kind = schema.field(odd[0]).type
                msg = f"Expected {role} of texts and numbers, found {str(kind)[:80]} in {path}."
                raise DataFileError(msg, _HINT)
            found = file.read(columns=wanted, use_threads=False)
    except (MemoryError, DataFileError):
        raise
    except (ArrowException, OSError, ValueError) as error:
        msg = f"Expected {role} (a Parquet file), found another or damaged file: {path}."
        raise DataFileError(msg, _HINT) from error
    texts = [name for name in wanted if types.is_string(found.schema.field(name).type)]
    table = found.to_pandas(categories=texts, use_threads=False, ignore_metadata=True)
    return table.loc[:, wanted]
