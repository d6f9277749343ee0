"""Tables for people: comma- or tab-separated text that a spreadsheet opens without running it.

Spreadsheets run a cell that starts like a formula, whoever wrote it: a name of a gene, a term or a
dataset may come from a file of somebody else. Every table that leaves the program for a person is
written here, on the page and on the command line.
"""

from __future__ import annotations

import re
from numbers import Number

import pandas as pd

# what a spreadsheet skips, then what it takes for the start of a formula; wide signs count too
_FORMULA = re.compile(r"[\x00-\x20\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def table_text(table: pd.DataFrame, *, separator: str = ",") -> str:
    """Write a table without its index as delimited text, numbers in full precision.

    Parameters
    ----------
    table
        The table; names of columns are guarded as the cells are.
    separator
        "," or a tab.
    """
    columns = [
        column if pd.api.types.is_numeric_dtype(column) else column.map(guarded)
        for _, column in table.items()
    ]
    full = pd.DataFrame(dict(enumerate(columns)), index=table.index)
    full.columns = pd.Index([guarded(str(name)) for name in table.columns])
    return full.to_csv(sep=separator, index=False, lineterminator="\n")


def guarded(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would take for a formula.

    Numbers stay as they are, negative ones in text too: "-1.5", "-1e-3". A carriage return becomes
    a line feed, since the writer does not quote the former and readers take it for the next row.
    """
    if isinstance(cell, Number):
        return cell
    text = str(cell)
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    elif not isinstance(cell, str):
        return cell
    return text.replace("\r\n", "\n").replace("\r", "\n")
