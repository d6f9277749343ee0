"""What a command answers: text to read, all of it as JSON, or a table for other programs."""

from __future__ import annotations

import json
import math
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from musegnn.io.atomic import replacing
from musegnn.io.spreadsheet import table_text

STDOUT = Path("-")
SET_HELP = "folder of a run or of its result, or embedding.h5ad"  # what a command may be given
_WIDTH = 100  # letters of a line of prose
_USUAL = "{:.3g}"  # numbers that are not whole


def tell(text: str) -> None:
    """Say something beside the answer."""
    sys.stderr.write(f"{text}\n")


def respond(
    *,
    text: Callable[[], str],
    document: Callable[[], Any],
    as_json: bool,
    table: pd.DataFrame | None = None,
    file: Path | None = None,
    separator: str = ",",
    unit: str = "rows",
    below: Sequence[str] = (),
) -> int:
    """Print what was found in the form that was asked for.

    Parameters
    ----------
    text
        Makes what a person reads.
    document
        Makes what JSON holds, see `print_json`.
    as_json
        True to print the document and nothing else.
    table
        The rows in full.
    file
        Where the rows go in place of the text: `STDOUT` or a path; None prints the text.
    separator
        Of the cells there.
    unit
        What a row is, for the line about the file.
    below
        Lines that follow the text, or the line about the file.

    Returns
    -------
    Exit code.
    """
    if as_json:
        print_json(document())
    elif file is None or table is None:
        print_text(text(), *below)
    elif file == STDOUT:
        sys.stdout.write(table_text(table, separator=separator))
    else:
        with replacing(file) as path:
            path.write_text(table_text(table, separator=separator), encoding="utf-8")
        print_text(f"wrote {len(table)} {unit} to {file}", *below)
    return 0


def print_text(*parts: str) -> None:
    """Print parts, each on lines of its own."""
    sys.stdout.write("".join(f"{part}\n" for part in parts))


def print_json(document: Any, *, indent: int | None = 2) -> None:
    """Print values as JSON: a table as its rows, null where a number does not exist."""
    print_text(json.dumps(plain(document), indent=indent, allow_nan=False))


def laid_out(table: pd.DataFrame, layouts: Mapping[str, str | None] | None = None) -> str:
    """Lay a table out for reading, without its index.

    Parameters
    ----------
    table
        The rows to show, with the columns to show.
    layouts
        How the values of a column are written, such as "{:.3f}", None as they are; numbers of other
        columns that are not whole get three digits.
    """
    shown = table.copy()
    for name, values in table.items():
        is_number = pd.api.types.is_float_dtype(values)
        layout = (layouts or {}).get(str(name), _USUAL if is_number else None)
        if layout is not None:
            shown[name] = ["" if pd.isna(value) else layout.format(value) for value in values]
    return shown.to_string(index=False)


def in_columns(rows: Sequence[Sequence[str]], *, n_left: int) -> list[str]:
    """Lay cells out in columns, the first `n_left` of them to the left, and return the lines."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < n_left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def filled(text: str) -> str:
    """Break prose into lines."""
    return textwrap.fill(text, _WIDTH)


def plain(value: Any) -> Any:
    """Return values as JSON knows them: a table as its rows, text for times and paths."""
    if isinstance(value, pd.DataFrame):
        value = value.to_dict(orient="records")
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, datetime):
        return value.isoformat()
    is_missing = value is pd.NA or (isinstance(value, float) and not math.isfinite(value))
    return None if is_missing else str(value) if isinstance(value, Path) else value
