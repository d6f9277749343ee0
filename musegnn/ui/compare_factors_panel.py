"""Panel of the Compare page: transcription factors that contexts share, or have alone."""

from __future__ import annotations

import streamlit as st

from musegnn.plots.upset import plot_upset
from musegnn.ui.cache import open_knowledge
from musegnn.ui.compare_controls import Asked
from musegnn.ui.compare_similarity_panel import picture_config
from musegnn.ui.downloads import download_csv
from musegnn.ui.frame import Frame
from musegnn.ui.messages import show_missing_knowledge
from musegnn.ui.tables import show_table
from musegnn.viewmodels import compare_factors
from musegnn.viewmodels.compare_factors import (
    MOST_CONTEXTS,
    WHICH,
    FactorsView,
    factor_lists,
    rows_of_factors,
    usual_contexts,
)
from musegnn.viewmodels.selection import Selection

_MEANINGS = {
    "n": ("n", "Factors in exactly these contexts", "count"),
    "contexts": ("in exactly these contexts", "And in none of the other chosen ones", "text"),
    "factors": ("factors", "Common names, in the order of the alphabet", "text"),
}


def show_factors(frame: Frame, asked: Asked) -> None:
    """Show the panel, folded; nothing is computed before it is opened."""
    panel = st.expander("Shared transcription factors", key="compare_factors", on_change="rerun")
    if not panel.open:
        return
    with panel:
        store = open_knowledge()
        lists = factor_lists(store)
        if store is None or not lists:
            show_missing_knowledge("list of transcription factors")
            return
        embedding = frame.atlas.embedding
        # another pair starts with other contexts; what was chosen for this pair is kept
        contexts = st.multiselect(
            "Contexts",
            sorted(map(str, embedding.datasets.index)),
            default=usual_contexts(embedding, asked.left, asked.right),
            max_selections=MOST_CONTEXTS,
            key=f"factor_contexts_{asked.left}_{asked.right}",
        )
        with st.container(horizontal=True):
            name = st.selectbox(
                "List of factors",
                list(lists),
                key="factor_list",
                format_func=lambda name: lists[name].title,
                width=380,
            )
            which = st.selectbox(
                "Count",
                WHICH,
                key="factor_which",
                help="Hubs: the quarter of the genes of a context with most edges",
                width=200,
            )
        if len(contexts) < 2:
            st.info("Choose at least two contexts.")
            return
        view = compare_factors.build(
            contexts, lists[name], which=which, embedding=embedding, store=store
        )
        if view.notice:
            st.info(view.notice)
            return
        _show(frame, view)


def _show(frame: Frame, view: FactorsView) -> None:
    """Show the picture and the same combinations as a table."""
    shared = view.shared
    st.plotly_chart(
        plot_upset(shared.table, shared.contexts, shared.n_factors, on=frame.on, what="factors"),
        key="factors_plot",
        theme=None,
        config=picture_config(frame, "shared-factors"),
        alt=view.description,
    )
    st.caption(view.caption)
    chosen = show_table(
        view.table,
        key="factors_table",
        description=view.description,
        selectable=True,
        meanings=_MEANINGS,
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
            embedding=frame.atlas.embedding,
            what="shared-factors",
            key="download_factors",
        )


def _select(frame: Frame, view: FactorsView, chosen: int) -> None:
    """Make the factors of a combination the current selection."""
    rows = rows_of_factors(frame.atlas.embedding, view.shared, chosen)
    label = f"factors in exactly {view.table['contexts'].iloc[chosen]}"
    history = frame.state.history(frame.atlas.points["id"])
    frame.state.keep_history(history.apply(Selection(rows, label), mode="replace"))
