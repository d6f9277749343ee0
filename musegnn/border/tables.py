"""Tables: Parquet files and delimited texts, read in a process of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from musegnn.border.apart import apart
from musegnn.border.text import open_binary
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
    return _as_texts(
        read_columns(path, role=role, columns=None if columns is None else list(columns))
    )


def read_delimited(
    path: Path,
    *,
    role: str,
    named: str = "",
    separator: str = "\t",
    columns: Sequence[str | int] | None = None,
    has_header: bool = True,
    width: int | None = None,
    comment: str | None = None,
    has_gaps: bool = False,
    numbers: Sequence[str] | None = (),
) -> pd.DataFrame:
    """Read a delimited text, compressed or not.

    Parameters
    ----------
    path
        The file.
    role
        What it should be, for messages, such as "a table of interactions".
    named
        Its name for messages; "" for the path.
    separator
        Between the fields.
    columns
        Of these what is there, by the names of the first line; positions where it names none.
        None takes all.
    has_header
        Whether the first line names the columns.
    width
        Fields of a row where no line names them; None for as many as the first has.
    comment
        Letter after which a line says nothing; None for none.
    has_gaps
        Whether fields such as `NA` are missing; else they are texts.
    numbers
        Columns of numbers, in which an empty field is missing; None where each column tells by
        itself what it holds. All others are texts.

    Returns
    -------
    Its rows in their order, columns by name or position; texts as objects, a missing one as None.

    Raises
    ------
    DataFileError
        If it is no such text, or has more than `MOST_COLUMNS` columns.
    """
    table = _as_texts(
        read_fields_of_text(
            path,
            role=role,
            named=named,
            separator=separator,
            columns=None if columns is None else [*columns],
            has_header=has_header,
            width=width,
            comment=comment,
            has_gaps=has_gaps,
            numbers=None if numbers is None else list(numbers),
        )
    )
    if not has_header:
        table.columns = pd.Index([int(name) for name in table.columns])
    return table


def _as_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with texts in place of categories, as which they travel."""
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
        texts = (types.is_string, types.is_large_string, types.is_binary)  # some are not marked
        numbers = (types.is_integer, types.is_floating, types.is_boolean, types.is_null)
        return any(fits(kind) for fits in (*texts, *numbers))

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
            found = _with_texts(file.read(columns=wanted, use_threads=False), role, path)
    except (MemoryError, DataFileError):
        raise
    except (ArrowException, OSError, ValueError) as error:
        msg = f"Expected {role} (a Parquet file), found another or damaged file: {path}."
        raise DataFileError(msg, _HINT) from error
    texts = [name for name in wanted if types.is_string(found.schema.field(name).type)]
    table = found.to_pandas(categories=texts, use_threads=False, ignore_metadata=True)
    return table.loc[:, wanted]


def _with_texts(table: Any, role: str, path: Path) -> Any:
    """Turn columns of bytes into texts; raise `DataFileError` where they are none."""
    from pyarrow import ArrowInvalid, string, types  # noqa: PLC0415 - for who reads tables

    for place, field in enumerate(table.schema):
        if not types.is_binary(field.type):
            continue
        try:
            texts = table.column(place).cast(string())
        except ArrowInvalid as error:
            msg = f"Expected {role} of texts and numbers, found other bytes in {path}."
            raise DataFileError(msg, _HINT) from error
        table = table.set_column(place, field.name, texts)
    return table


@apart("a delimited table")
def read_fields_of_text(
    path: Path,
    *,
    role: str,
    named: str,
    separator: str,
    columns: list[str | int] | None,
    has_header: bool,
    width: int | None,
    comment: str | None,
    has_gaps: bool,
    numbers: list[str] | None,
) -> pd.DataFrame:
    """Read a text as `read_delimited` does, texts as categories."""
    with open_binary(path, role=role) as stream:
        n_found = stream.readline().count(separator.encode()) + 1
    if n_found > MOST_COLUMNS:
        msg = f"Expected {role} of at most {MOST_COLUMNS:,} columns, found {n_found:,} in {path}."
        raise DataFileError(msg, _HINT)
    taken: Any = None if columns is None else list(dict.fromkeys(columns))
    of_numbers = dict.fromkeys(numbers or (), float)
    kinds: Any = None if numbers is None else defaultdict(lambda: str, of_numbers)
    try:
        with open_binary(path, role=role) as stream:
            table = pd.read_csv(
                stream,
                sep=separator,
                header=0 if has_header else None,
                names=None if width is None else range(width),
                # no row is read when positions are chosen by a function
                usecols=taken.__contains__ if taken and has_header else taken,
                comment=comment,
                dtype=kinds,
                keep_default_na=has_gaps or numbers is None,
                na_values={name: [""] for name in of_numbers},
            )
    except (MemoryError, DataFileError):
        raise
    except (ValueError, OverflowError) as error:
        said = " ".join(str(error).split())[:200]
        msg = f"Expected {role}, found something else in {named or path} ({said})."
        raise DataFileError(msg, _HINT) from error
    # where rows have one field more than the first line, it is their name, as R writes it
    if isinstance(table.index, pd.MultiIndex) or not (
        has_header or isinstance(table.index, pd.RangeIndex)
    ):
        msg = f"Expected {role}, found rows of more fields than columns in {named or path}."
        raise DataFileError(msg, _HINT)
    if not isinstance(table.index, pd.RangeIndex):
        table = table.reset_index(names="")
    texts = [name for name in table.columns if table[name].dtype == object]
    return table.astype(dict.fromkeys(texts, "category"))
