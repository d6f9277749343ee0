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
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
# in cells joined by line feeds: how each such cell begins, and carriage returns
_SUSPECT = re.compile("\n[\x00-\x20\ufeff\u200b=+\\-@\uff1d\uff0b\uff0d\uff20]|\r")
# a number, or a range such as "-1 to 1; 1 is the same direction"
_HARMLESS = re.compile(rf"-{_NUMBER}(?: to -?{_NUMBER}(?:; [\w ,.]*)?)?")

_HALVES = re.compile("[\ud800-\udfff]")  # of characters, which no file in UTF-8 holds


def table_text(table: pd.DataFrame, *, separator: str = ",") -> str:
    """Write a table without its index as delimited text, numbers in full precision.

    Parameters
    ----------
    table
        The table; names of columns are guarded as the cells are.
    separator
        "," or a tab.
    """
    full = guarded_table(table)
    full.columns = pd.Index([guarded(str(name)) for name in table.columns])
    text = full.to_csv(sep=separator, index=False, lineterminator="\n")
    return _HALVES.sub("\ufffd", text)


def guarded_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the same columns in which no cell is taken for a formula."""
    columns = [_guarded_column(column) for _, column in table.items()]
    full = pd.DataFrame(dict(enumerate(columns)), index=table.index)
    full.columns = table.columns
    return full


def _guarded_column(column: pd.Series) -> pd.Series:
    """Guard a column; one that needs none is handed back, after a look at its distinct values."""
    if pd.api.types.is_numeric_dtype(column):
        return column
    try:
        distinct = pd.unique(column)
    except TypeError:  # cells without a hash, such as lists
        return column.map(guarded)
    try:
        is_harmless = _SUSPECT.search("\n" + "\n".join(filter(None, distinct))) is None
    except TypeError:  # not text alone
        is_harmless = all(guarded(cell) is cell for cell in distinct)
    return column if is_harmless else column.map(guarded)


def guarded(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would take for a formula.

    Numbers and ranges stay as they are, in text too: "-1.5", "-1e-3", "-1 to 1". A carriage return
    becomes a line feed, since the writer does not quote the former and readers take it for the next
    row.
    """
    if isinstance(cell, Number):
        return cell
    text = str(cell)
    if _FORMULA.match(text) and not _HARMLESS.fullmatch(text):
        text = f"'{text}"
    elif not isinstance(cell, str):
        return cell
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
