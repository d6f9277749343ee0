"""Panel of the Compare page: transcription factors that contexts share, or have alone."""

from __future__ import annotations

import streamlit as st

from musegnn.analysis.choices import MOST_CONTEXTS, WHICH
from musegnn.screens.compare import view_factors as compare_factors
from musegnn.screens.compare.columns import FACTORS
from musegnn.screens.compare.controls import Asked, choose_field
from musegnn.screens.compare.figure_upset import plot_upset
from musegnn.screens.compare.view_factors import (
    FactorsView,
    code_of_contexts,
    contexts_of_code,
    factor_lists,
    rows_of_factors,
    usual_contexts,
)
from musegnn.screens.parts.cache import open_knowledge
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_missing_knowledge
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.selection import Selection
from musegnn.screens.shell.state import linked_panel
from musegnn.screens.shell.tables import context_namer, show_table
from musegnn.screens.shell.words import prose


def show_factors(frame: Frame, asked: Asked) -> None:
    """Show the panel, folded; nothing is computed before it is opened."""
    panel = linked_panel(
        frame.state, "factors", "Shared transcription factors", key="compare_factors"
    )
    if panel is None:
        return
    with panel:
        store = open_knowledge()
        lists = factor_lists(store)
        if store is None or not lists:
            show_missing_knowledge("list of transcription factors")
            return
        contexts = _choose_contexts(frame, asked)
        with st.container(horizontal=True):
            name = choose_field(
                frame,
                "factor_list",
                "List of factors",
                list(lists),
                format_func=lambda name: lists[name].title,
                width=380,
            )
            which = choose_field(
                frame,
                "factor_which",
                "Count",
                WHICH,
                help="Hubs: the quarter of the genes of a context with most edges",
                width=200,
            )
        if len(contexts) < 2:
            st.info("Choose at least two contexts.")
            return
        view = compare_factors.build(
            contexts, lists[name], which=which, embedding=frame.atlas.embedding, store=store
        )
        if view.notice:
            st.info(prose(view.notice))
            return
        _show(frame, view)


def _choose_contexts(frame: Frame, asked: Asked) -> list[str]:
    """Show which contexts are looked at; another pair starts with other ones."""
    pair = sorted((asked.left, asked.right))
    is_linked = "factor_contexts" in frame.state.linked
    if st.session_state.setdefault("factor_pair", pair) != pair and not is_linked:
        frame.state.put("factor_contexts", "")
    st.session_state["factor_pair"] = pair
    names = sorted(map(str, frame.atlas.embedding.datasets.index))
    chosen = contexts_of_code(frame.state.get("factor_contexts"), names)
    usual = usual_contexts(frame.atlas.embedding, asked.left, asked.right)
    return st.multiselect(
        "Contexts",
        names,
        format_func=context_namer(),
        max_selections=MOST_CONTEXTS,
        **frame.state.bound(
            "factor_contexts",
            chosen or usual,
            write=lambda said: "" if set(said) == set(usual) else code_of_contexts(said),
        ),
    )


def _show(frame: Frame, view: FactorsView) -> None:
    """Show the picture and the same combinations as a table."""
    shared = view.shared
    show_figure(
        plot_upset(shared.table, shared.contexts, shared.n_factors, on=frame.on, what="factors"),
        key="factors_plot",
        description=view.description,
        caption=view.caption,
        name=file_name(frame.origin, "shared-factors", "svg"),
    )
    chosen = show_table(
        view.table,
        key="factors_table",
        description=view.description,
        columns=FACTORS,
        selectable=True,
        most_rows=8,
    )
    with st.container(horizontal=True):
        st.button(
            "Select these factors",
            key="select_factors",
            disabled=chosen is None,
            on_click=_select,
            args=(frame, view, chosen),
            help="In their contexts; the current selection on every page"
            if chosen is not None
            else "Mark a row of the table first",
        )
        download_csv(
            "Combinations as CSV",
            view.table,
            origin=frame.origin,
            what="shared-factors",
            key="download_factors",
        )


def _select(frame: Frame, view: FactorsView, chosen: int) -> None:
    """Make the factors of a combination the current selection."""
    rows = rows_of_factors(frame.atlas.embedding, view.shared, chosen)
    label = f"factors in exactly {view.table['contexts'].iloc[chosen]}"
    frame.state.select(Selection(rows, label))
