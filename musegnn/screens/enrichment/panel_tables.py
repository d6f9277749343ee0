"""Tables of terms: the same header, meaning and format of a column on every question."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from musegnn.screens.shell.tables import MISSING, show_dataframe

_MOST_ROWS, _ROW, _HEADER = 14, 35, 38  # rows visible at once, heights in pixels
LONGEST = 2_000  # rows sent to the browser; the file has all

# name -> header, meaning with range, format ("" for text), width in pixels or None
_COLUMNS: dict[str, tuple[str, str, str, int | None]] = {
    "term": ("term", "Gene set of the library", "", 300),
    "context": ("context", "Dataset: one species, tissue and technique", "", 210),
    "tissue": ("tissue", "Tissue of the dataset", "", None),
    "source": ("source", "Regulator or pathway", "", 110),
    "hits": ("k", "Genes of the set in the term", "localized", 55),
    "size": ("K", "Genes of the background (or ranking) in the term", "localized", 55),
    "set_size": ("n", "Genes of the set in the background", "localized", 60),
    "background": ("N", "Genes of the background", "localized", 70),
    "fold": ("fold", "k over n K / N, what chance gives; 1 by chance", "%.3g", 58),
    "odds_ratio": ("odds ratio", "Odds of the term inside over outside the set", "%.3g", 85),
    "odds_low": ("from", "Lower end of the 95 % interval of the odds ratio", "%.3g", 60),
    "odds_high": ("to", "Upper end of the 95 % interval of the odds ratio", "%.3g", 60),
    "p": ("p", "Chance of as extreme a result, 0 to 1", "%.3g", 85),
    "q": (
        "q",
        "p after Benjamini and Hochberg over the ortholog group named below, 0 to 1",
        "%.3g",
        85,
    ),
    "matched_p": (
        "matched p",
        "Share of all sets with genes of like degree and expression that have k or more, 0 to 1; "
        "computed for the 50 best terms",
        "%.3g",
        92,
    ),
    "stands": ("+", "Terms that name nearly the same genes and stand behind this one", "%d", 45),
    "represented_by": (
        "stands behind",
        "The better term that names nearly the same genes",
        "",
        200,
    ),
    "genes": ("genes", "Genes of the set in the term; along a ranking, its leading edge", "", None),
    "es": ("ES", "Largest deviation of the running score, -1 to 1", "%.3f", 65),
    "nes": ("NES", "ES over its mean of the same sign by chance; 1 or -1 by chance", "%.2f", 65),
    "log2_error": ("log2 p error", "Standard error of log2 p", "%.2g", 95),
    "leading": ("leading", "Genes of the leading edge", "localized", 75),
    "activity": ("activity (t)", "t of the slope on its targets; 0 by chance", "%.2f", 90),
    "targets": ("targets", "Targets measured in the context", "localized", 70),
    "n_genes": ("genes", "Genes compared", "localized", 65),
}


def show_terms(
    table: pd.DataFrame,
    *,
    key: str,
    description: str,
    columns: tuple[str, ...],
    selectable: bool = False,
) -> int | None:
    """Show a table of terms or activities; long ones scroll.

    Parameters
    ----------
    table
        What to show, in this order; at most `LONGEST` rows are sent.
    key
        Name of the table on the page.
    description
        Text alternative.
    columns
        Columns to show.
    selectable
        Let the user mark one row.

    Returns
    -------
    Position of the marked row in `table`, or None.
    """
    shown = table.loc[:, [name for name in columns if name in table]].head(LONGEST)
    event = show_dataframe(
        shown,
        key=key,
        hide_index=True,
        column_config={name: _column(name) for name in shown},
        on_select="rerun" if selectable else "ignore",
        selection_mode="single-row",
        placeholder=MISSING,
        height=_HEADER + _ROW * min(max(len(shown), 1), _MOST_ROWS),
        alt=description,
    )
    if len(table) > LONGEST:
        st.caption(f"The first {LONGEST:,} of {len(table):,} rows; the CSV has all.")
    chosen = event.selection.rows if selectable else []
    return int(chosen[0]) if chosen and chosen[0] < len(shown) else None


def _column(name: str) -> Any:
    """Header, meaning and format of a column."""
    label, meaning, places, width = _COLUMNS[name]
    if not places:
        return st.column_config.TextColumn(label, help=meaning, width=width)
    return st.column_config.NumberColumn(
        label, help=meaning, format=places, width=width, alignment="right"
    )
