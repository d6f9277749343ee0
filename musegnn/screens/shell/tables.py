"""Tables on the page: one way to show them, with what each column means on its header."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote

import numpy as np
import pandas as pd
import streamlit as st
from pandas.api.types import is_integer_dtype

from musegnn.io.spreadsheet import guarded_table
from musegnn.screens.shell.columns import SHARED, Column
from musegnn.screens.shell.words import prose

if TYPE_CHECKING:  # it asks for a library that only tables with colours need
    from pandas.io.formats.style import Styler

CONTEXT_NAMES: Final = "context_names"  # of the session: name of a context -> what it is
MISSING: Final = "\u2013"  # what a cell without a value reads
_ROW, _HEADER = 35, 38  # heights in pixels
_LETTER, _DIGIT, _CELL = 6.2, 7.4, 18  # pixels of a letter of a header, a digit, beside them
_PLAIN: Final = 1e-6  # from here on the table writes numbers out, below with a power of ten
_FEW: Final = 10  # rows; a shorter table takes the room it needs


def show_table(
    table: pd.DataFrame | Styler,
    *,
    key: str,
    description: str,
    columns: Sequence[Column] = (),
    selectable: bool = False,
    row_colours: pd.Series | None = None,
    most_rows: int = 12,
    on_choose: Callable[[], None] | None = None,
    chosen: Sequence[int] | None = None,
    nothing: str = "",
) -> int | None:
    """Show a table in full, of which a spreadsheet runs no cell; long ones scroll.

    Parameters
    ----------
    table
        What to show, in this order; a `Styler` for colours and texts of its own, whose table was
        guarded before it was styled.
    key
        Name of the table on the page.
    description
        Text alternative.
    columns
        What to show of it, in this order; by default all, by the names that pages share.
    selectable
        Let the user choose one row.
    row_colours
        CSS colour of each row, shown as a dot before it.
    most_rows
        Rows visible at once; longer tables scroll.
    on_choose
        What follows when rows are chosen, in place of a look at what this function returns.
    chosen
        Rows that are chosen at first, where several may be.
    nothing
        What is said in place of a table without rows; by default its head is shown.

    Returns
    -------
    Position of the chosen row in `table`, or None.
    """
    content = table if isinstance(table, pd.DataFrame) else table.data
    if nothing and content.empty:
        st.caption(prose(nothing))
        return None
    own = {column.name: column for column in columns}
    names = list(own) or list(map(str, content.columns))
    config: dict[str, Any] = {
        name: _configured(
            own.get(name) or SHARED.get(name) or _untold(content[name]), content[name]
        )
        for name in names
    }
    # the toolbar of the table saves and copies it
    shown = guarded_table(table.loc[:, names]) if isinstance(table, pd.DataFrame) else table
    if row_colours is not None and isinstance(shown, pd.DataFrame):
        # pictures, since a styled table takes ten times as long to send, and draws slowly
        dots = row_colours.astype("category").cat.rename_categories(_dot)  # few in many rows
        shown = shown.assign(dot=dots)[["dot", *names]]
        config["dot"] = st.column_config.ImageColumn("", width=34, help="Colour on the map")
    on_select: Any = on_choose or ("rerun" if selectable else "ignore")
    event: Any = st.dataframe(  # its type hides the selection when none is asked for
        shown,
        key=key,
        hide_index=True,
        column_config=config,
        on_select=on_select,
        selection_mode="single-row" if chosen is None else "multi-row",
        selection_default=None if chosen is None else {"selection": {"rows": list(chosen)}},
        placeholder=MISSING,
        height=_height(len(content), most_rows),
        alt=description,
    )
    rows = event.selection.rows if selectable else []
    return int(rows[0]) if rows and rows[0] < len(content) else None


def context_names() -> Mapping[str, str]:
    """Return what the contexts of the opened atlas are called for people, by their names."""
    names: Mapping[str, str] = st.session_state.get(CONTEXT_NAMES, {})
    return names


def context_name(name: str) -> str:
    """Return what a context of the opened atlas is called for people; other names stay."""
    return context_names().get(name, name)


def say_contexts(listed: Iterable[str]) -> list[str]:
    """Say lists of contexts, by the names of their files between commas, as people call them."""
    return ["; ".join(map(context_name, names.split(", "))) for names in listed]


def context_namer() -> Callable[[str], str]:
    """Return what names contexts in lists to choose from, wherever it is called."""
    names = context_names()
    return lambda name: names.get(name, name)


def _height(n_rows: int, most_rows: int) -> int | Literal["auto"]:
    """Height in pixels; short tables take what they need."""
    return "auto" if n_rows <= min(most_rows, _FEW) else _HEADER + _ROW * min(n_rows, most_rows)


def _dot(colour: str) -> str:
    """Return a round dot as an address that holds the whole picture."""
    circle = f"<circle cx='8' cy='8' r='4' fill='{colour}'/>"
    picture = f"<svg xmlns='http://www.w3.org/2000/svg' width='16' height='16'>{circle}</svg>"
    return f"data:image/svg+xml,{quote(picture)}"


def _untold(values: pd.Series) -> Column:
    """Return the column of values that nothing is told about."""
    return Column(str(values.name), format="d" if is_integer_dtype(values) else "text")


def _width(column: Column, values: pd.Series) -> int | None:
    """Width in pixels that cuts neither the header nor a number: half a p-value is another one."""
    if column.width is None:
        return None
    room = _LETTER * len(column.header)
    if column.format.startswith(".") and column.format.endswith("g"):
        room = max(room, _DIGIT * _longest(values, int(column.format[-2])))
    return max(column.width, round(room) + _CELL)


def _longest(values: pd.Series, digits: int) -> int:
    """Count the signs of the longest number as the table writes it, with all of so many digits.

    >>> [_longest(pd.Series([value]), 3) for value in (0.5, 2.93e-06, 3.69e-15, -1234.5, 0)]
    [5, 10, 8, 5, 0]
    """
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    numbers = numbers[np.isfinite(numbers) & (numbers != 0)]
    if not len(numbers):
        return 0
    powers = np.floor(np.log10(np.abs(numbers))).astype(int)
    is_small = np.abs(numbers) < _PLAIN
    exponent = digits + 3 + np.where(powers > -10, 1, np.where(powers > -100, 2, 3))
    plain = np.where(powers < 0, 1 - powers + digits, np.maximum(powers + 1, digits + 1))
    return int((np.where(is_small, exponent, plain) + (numbers < 0)).max())


def _configured(column: Column, values: pd.Series) -> object:
    """Header, meaning and format of a column, as the table wants them."""
    options: dict[str, Any] = {
        "label": column.header,
        "help": prose(column.help) or None,
        "width": _width(column, values),
        "pinned": column.is_pinned or None,
    }
    if column.format == "context" and (names := context_names()):
        # the cells keep the names of the datasets, which is what is copied and searched
        known = [name for name in dict.fromkeys(map(str, values)) if name in names]
        return st.column_config.SelectboxColumn(
            options=known, format_func=lambda name: names[str(name)], **options
        )
    if column.format in {"text", "context"}:
        return st.column_config.TextColumn(**options)
    if column.format == "right":
        return st.column_config.Column(alignment="right", **options)
    if column.format.startswith("bar"):
        places = column.format.removeprefix("bar")
        return st.column_config.ProgressColumn(
            format=f"%{places}", min_value=0, max_value=100, **options
        )
    if column.format == "flag":
        return st.column_config.CheckboxColumn(**options)
    form = "localized" if column.format == "count" else f"%{column.format}"
    return st.column_config.NumberColumn(format=form, alignment="right", **options)
