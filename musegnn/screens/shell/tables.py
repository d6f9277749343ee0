"""Tables on the page: a fixed format a column, units in the header, one meaning a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from musegnn.io.spreadsheet import guarded_table

_ROW, _HEADER = 35, 38  # heights in pixels

MISSING = "\u2013"  # what a cell without a value reads

_PLACES = {
    "3 places": "%.3f",
    "2 places": "%.2f",
    "1 place": "%.1f",
    "2 digits": "%.2g",
    "count": "localized",
}

# pixels of the columns that need few, so that the important ones fit into a window of 900 px
_WIDTHS = {
    "rank": 52,
    "cosine": 66,
    "mutual": 66,
    "statistic": 54,
    "percentile": 66,
    "overlap": 70,
    "n": 60,
    "cells": 70,
    "genes": 70,
    "edges": 70,
    "degree": 70,
    "cluster": 66,
    "species": 76,
}

# name -> header with unit, meaning with range, kind
_COLUMNS: dict[str, tuple[str, str, str]] = {
    "gene": ("gene", "Symbol in the nomenclature of the species", "text"),
    "context": ("context", "Dataset: one species, tissue and technique", "text"),
    "species": ("species", "Species of the dataset", "text"),
    "tissue": ("tissue", "Tissue of the dataset", "text"),
    "technique": ("technique", "How the expression was measured", "text"),
    "cluster": ("cluster", "Group of genes close to each other in the embedding", "text"),
    "degree": ("edges", "Degree: number of genes it is co-expressed with in its context", "count"),
    "mean_expression": (
        "mean (per 10,000)",
        "Mean expression over the cells, counts per 10,000",
        "2 places",
    ),
    "cells": ("cells", "Number of cells in the dataset", "count"),
    "genes": ("genes", "Number of genes in the graph of the dataset", "count"),
    "edges": ("edges", "Number of co-expressed gene pairs", "count"),
    "source": ("source", "Where the expression data come from", "text"),
    "licence": ("licence", "Terms of use of the data", "text"),
    "publication": ("publication", "Paper that describes the data", "text"),
    "rank": ("rank", "1 is the nearest", "count"),
    "cosine": (
        "cosine",
        "Similarity of two genes in the embedding, -1 to 1; 1 is the same direction",
        "3 places",
    ),
    "percentile": (
        "pct. (%)",
        "Percentile: share of random gene pairs of the searched contexts with a lower cosine, "
        "0 to 100",
        "1 place",
    ),
    "mutual": ("mutual", "The gene is also among the nearest of its neighbour", "flag"),
    "evidence": (
        "co-expressed?",
        "In this context. co-expressed: an edge of its graph; significant, no edge: p < 0.005 but "
        "not kept; not significant: p at or above 0.005",
        "text",
    ),
    "statistic": (
        "z",
        "CS-CORE statistic of the pair; standard normal without co-expression. Kept for edges only",
        "1 place",
    ),
    "overlap": (
        "overlap",
        "Jaccard, 0 to 1: shared neighbours divided by all neighbours of both contexts",
        "3 places",
    ),
    "shared_genes": ("genes compared", "Genes that both contexts have", "count"),
    "nearest": ("nearest there", "Its five nearest genes in that context", "text"),
    "name": ("", "", "text"),
    "n": ("n", "Number of genes in context", "count"),
    "share": ("share (%)", "Share of the table, 0 to 100", "bar"),
}


def show_dataframe(table: pd.DataFrame | Styler, **options: Any) -> Any:
    """Show a table of which a spreadsheet runs no cell: its own toolbar saves and copies it.

    Parameters
    ----------
    table
        A styled one must have been guarded before it was styled.
    options
        Of `st.dataframe`; returned is what that returns.
    """
    guarded = guarded_table(table) if isinstance(table, pd.DataFrame) else table
    return st.dataframe(guarded, **options)


def show_table(
    table: pd.DataFrame,
    *,
    key: str,
    description: str,
    columns: tuple[str, ...] | None = None,
    selectable: bool = False,
    row_colours: pd.Series | None = None,
    most_rows: int = 12,
    headers: Mapping[str, str] | None = None,
    meanings: Mapping[str, tuple[str, str, str]] | None = None,
) -> int | None:
    """Show a table in full; long ones scroll.

    Parameters
    ----------
    table
        What to show, in this order.
    key
        Name of the table on the page.
    description
        Text alternative.
    columns
        Columns to show, or None for all.
    selectable
        Let the user choose one row.
    row_colours
        CSS colour of each row, shown as a dot before it.
    most_rows
        Rows visible at once; longer tables scroll.
    headers
        Other headers than the usual ones.
    meanings
        Header with unit, meaning with range, and kind of columns that only this table has.

    Returns
    -------
    Position of the chosen row in `table`, or None.
    """
    names = list(columns or table.columns)
    shown = table.loc[:, names].copy()
    config: dict[str, Any] = {name: _column(name, headers or {}, meanings or {}) for name in names}
    if row_colours is not None:
        # pictures, since a styled table takes ten times as long to send, and draws slowly
        dots = row_colours.astype("category").cat.rename_categories(_dot)  # few in many rows
        shown.insert(0, "dot", dots)
        config["dot"] = st.column_config.ImageColumn("", width=34, help="Colour on the map")
    event = show_dataframe(
        shown,
        key=key,
        hide_index=True,
        column_config=config,
        on_select="rerun" if selectable else "ignore",
        selection_mode="single-row",
        placeholder=MISSING,
        height=_height(len(shown), most_rows),
        alt=description,
    )
    chosen = event.selection.rows if selectable else []
    return int(chosen[0]) if chosen and chosen[0] < len(table) else None


def _dot(colour: str) -> str:
    """Return a round dot as an address that holds the whole picture."""
    circle = f"<circle cx='8' cy='8' r='4' fill='{colour}'/>"
    picture = f"<svg xmlns='http://www.w3.org/2000/svg' width='16' height='16'>{circle}</svg>"
    return f"data:image/svg+xml,{quote(picture)}"


def _height(n_rows: int, most_rows: int) -> int | Literal["auto"]:
    """Height in pixels; short tables take what they need."""
    return "auto" if n_rows <= min(most_rows, 10) else _HEADER + _ROW * min(n_rows, most_rows)


def _column(
    name: str, headers: Mapping[str, str], meanings: Mapping[str, tuple[str, str, str]]
) -> object:
    """Header, meaning and format of a column."""
    label, meaning, kind = meanings.get(name) or _COLUMNS.get(name, (name, "", "text"))
    label = headers.get(name, label)
    help_text = meaning or None
    width = _WIDTHS.get(name)
    if kind == "flag":
        return st.column_config.CheckboxColumn(label, help=help_text, width=width)
    if kind == "bar":
        return st.column_config.ProgressColumn(
            label, help=help_text, min_value=0, max_value=100, format="%.1f"
        )
    if kind in _PLACES:
        return st.column_config.NumberColumn(
            label, help=help_text, format=_PLACES[kind], width=width, alignment="right"
        )
    return st.column_config.TextColumn(label, help=help_text, width=width)
