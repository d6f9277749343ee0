"""Table of the Compare page: every common gene, how its neighbourhood changed, where to go on."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from musegnn.screens.compare.columns import change_columns
from musegnn.screens.compare.controls import MARKED, Asked
from musegnn.screens.compare.view import CompareView
from musegnn.screens.compare.view_comparison import Comparison, rows_of_genes
from musegnn.screens.parts.map_basics_panel import map_colours
from musegnn.screens.shell import navigation
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.selection import Selection
from musegnn.screens.shell.state import remembered
from musegnn.screens.shell.tables import context_name, show_table
from musegnn.screens.shell.words import escaped, prose

_TOP: Final = "compare_top"
_MOST, _USUAL = 500, 30


def show_change_table(
    frame: Frame, comparison: Comparison, view: CompareView, asked: Asked
) -> None:
    """Show the table with test and background below it, and the ways on."""
    st.subheader(escaped(view.table_title), anchor=False)
    if view.selected is None:
        st.caption("Draw around genes on either map, and both maps and this table follow.")
    colours = map_colours(view.layers[0], on=frame.on).colours
    chosen = show_table(
        view.table,
        # another table is another widget: a mark must not slip to another gene
        key=f"compare_table_{_identity(view.table)}",
        description=f"{view.table_title}, {asked.request.order} first",
        columns=tuple(
            column
            for column in change_columns(*view.titles, asked.settings.k)
            if column.name != "q_changed" or comparison.change.n_changed is not None
        ),
        selectable=True,
        row_colours=view.table["code"].map(lambda code: colours[code]),
        most_rows=14,
    )
    marked = "" if chosen is None else str(view.table["gene"].iloc[chosen])
    if marked != st.session_state.get(MARKED, ""):
        st.session_state[MARKED] = marked
        st.rerun()  # the maps above light the marked gene
    st.caption(prose(view.table_caption))
    _show_actions(frame, comparison, view, chosen)


def _identity(table: pd.DataFrame) -> str:
    """Short name of the genes of a table in their order."""
    hashes = pd.util.hash_pandas_object(table["gene"], index=True).to_numpy()
    return f"{int(np.bitwise_xor.reduce(hashes)) if len(hashes) else 0:x}"


def _show_actions(
    frame: Frame, comparison: Comparison, view: CompareView, chosen: int | None
) -> None:
    """Offer the gene page, the download, and the genes at the top for the next question."""
    row = view.table.iloc[chosen if chosen is not None else 0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for side, context in (("first", comparison.left), ("second", comparison.right)):
            symbol = str(row[f"{side}_gene"])
            if st.button(
                escaped(f"{symbol} in {context_name(context)}"),
                key=f"open_{side}",
                help="Opens the Gene page",
            ):
                frame.state.gene, frame.state.dataset = symbol, context
                navigation.go_to("Gene")
        download_csv(
            "This table as CSV",
            _for_file(comparison, view.table),
            origin=frame.origin,
            what=f"{comparison.left}-to-{comparison.right}",
            key="download_change",
        )
    _send_on(frame, comparison, view)


def _for_file(comparison: Comparison, table: pd.DataFrame) -> pd.DataFrame:
    """All columns with the pair, the settings and what is expected by chance in each row."""
    change = comparison.change
    settings = change.settings
    return table.drop(columns="code").assign(
        left=comparison.left,
        right=comparison.right,
        k=settings.k,
        measure=settings.measure,
        persistence=settings.persistence,
        permutations=settings.permutations,
        seed=settings.seed,
        jaccard_by_chance=change.jaccard_by_chance,
        rbo_by_chance=change.rbo_by_chance,
    )


def _send_on(frame: Frame, comparison: Comparison, view: CompareView) -> None:
    """Select the genes at the top of the list, or take the selection on."""
    n_genes = len(view.table)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if view.selected is None:
            st.session_state[_TOP] = min(st.session_state.get(_TOP, _USUAL), n_genes)
            n = st.number_input(
                "Take the first genes of the list",
                min_value=1,
                max_value=min(_MOST, n_genes),
                step=5,
                width=220,
                **remembered(_TOP, _USUAL),
            )
            st.button(
                "Select them",
                key="select_top",
                on_click=_select,
                args=(frame, comparison, view, n),
                help="Lit on both maps, and the current selection on every page",
            )
        else:
            n = n_genes
        for page, label in (
            ("Enrichment", "What are they about: Enrichment"),
            ("Causal", "To Causal"),
        ):
            help_text = f"Takes these {n:,} genes to {page}"
            if st.button(prose(label), key=f"to_{page.casefold()}", help=prose(help_text)):
                if view.selected is None:
                    _select(frame, comparison, view, n)
                navigation.go_to(page)


def _select(frame: Frame, comparison: Comparison, view: CompareView, n: int) -> None:
    """Make the first genes of the list the current selection."""
    genes = view.table["gene"].head(n)
    is_first = np.isin(comparison.change.common.names, genes)
    rows = rows_of_genes(comparison, is_first)
    label = f"{len(genes):,} genes first in the list, {view.titles[0]} to {view.titles[1]}"
    frame.state.select(Selection(rows, label))
