"""Tables of terms: as many rows as a browser bears; the file has all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from musegnn.screens.shell.columns import Column
from musegnn.screens.shell.tables import show_table

_MOST_ROWS: Final = 14  # visible at once
LONGEST: Final = 2_000  # rows sent to the browser


def show_terms(
    table: pd.DataFrame,
    *,
    key: str,
    description: str,
    columns: Sequence[Column],
    selectable: bool = False,
) -> int | None:
    """Show a table of terms or activities, and say when it is not all of them.

    Parameters
    ----------
    table
        What to show, in this order; at most `LONGEST` rows are sent.
    key, description, selectable
        As for `show_table`.
    columns
        Columns to show, those that the table has.

    Returns
    -------
    Position of the marked row in `table`, or None.
    """
    marked = show_table(
        table.head(LONGEST),
        key=key,
        description=description,
        columns=[column for column in columns if column.name in table],
        selectable=selectable,
        most_rows=_MOST_ROWS,
    )
    if len(table) > LONGEST:
        st.caption(f"The first {LONGEST:,} of {len(table):,} rows; the CSV has all.")
    return marked
