"""Selection bar: what is selected, listed and lit, above the map, each taken away with a press."""

from __future__ import annotations

import streamlit as st

from musegnn.screens.shell.state import PageState
from musegnn.screens.shell.words import prose


def show_selection_bar(state: PageState, *, n_listed: int = 0) -> None:
    """Say what holds the map in its present look; nothing where nothing does.

    Parameters
    ----------
    state
        State of the page.
    n_listed
        Names of the pasted list that were found.
    """
    n_selected = len(state.selection)
    if not (n_selected or n_listed or state.gene):
        return
    with st.container(horizontal=True, key="selection_bar", gap="small"):
        if n_selected:
            label = state.selection.label or "points"
            st.button(
                prose(f"Selected: {label} ({n_selected:,})"),
                key="chip_selected",
                icon=":material/close:",
                help="Select nothing; *Undo* on the left brings it back",
                on_click=lambda: setattr(state, "history", state.history.clear()),
            )
        if n_listed:
            st.button(
                f"List: {n_listed:,} gene{'s' if n_listed != 1 else ''}",
                key="chip_listed",
                icon=":material/close:",
                help="Take the list away",
                on_click=lambda: setattr(state, "list_text", ""),
            )
        if state.gene:
            st.button(
                prose(f"Lit: {state.gene}"),
                key="chip_lit",
                icon=":material/close:",
                help="Light no gene",
                on_click=lambda: setattr(state, "gene", ""),
            )
