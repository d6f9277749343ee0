"""Selections on the page: what a gesture does, the way back, and what is kept under a name."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from musegnn.embeddings.vector_set import VectorSet
from musegnn.errors import MuseGNNError
from musegnn.screens.shell.downloads import download
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.named_selections import NamedSelections, gmt_bytes
from musegnn.screens.shell.selection import MODES
from musegnn.screens.shell.state import PageState, remembered, tied
from musegnn.screens.shell.words import prose

# what a button does to the current selection: label, mode of the history, meaning
_COMBINATIONS = (
    ("Load", "replace", "Select exactly the saved points"),
    ("Union", "add", "Add the saved points to the selection"),
    ("Intersect", "keep common", "Keep the points that both have"),
    ("Subtract", "remove", "Remove the saved points from the selection"),
    ("Only in one", "keep different", "Keep the points that only one of both has"),
)
_ERROR = "named_error"
_MODE_HELP = (
    "What a new lasso, box, click or legend entry does to the selection: take its place, add to "
    "it, keep what both have, or remove from it"
)


def selection_controls(state: PageState, vectors: VectorSet) -> None:
    """Let the user say what a gesture on the map does, go back, and keep selections by name."""
    st.segmented_control(
        "A new selection will",
        MODES,
        help=_MODE_HELP,
        **tied("mode", state.mode, lambda mode: setattr(state, "mode", mode or state.mode)),
    )
    history = state.history
    with st.container(horizontal=True):
        st.button(
            "Undo",
            key="undo",
            disabled=not history.steps,
            help="Back to the selection before",
            on_click=lambda: setattr(state, "history", history.undo()),
        )
        st.button(
            "Clear selection",
            key="clear",
            disabled=not len(history.current),
            on_click=lambda: setattr(state, "history", history.clear()),
        )
    _show_named(state, vectors)


def _show_named(state: PageState, vectors: VectorSet) -> None:
    """Show the saved selections and what can be done with them."""
    named, n_selected = state.named, len(state.selection)
    is_open = bool(named.selections or n_selected)
    with st.expander(f"Saved selections ({len(named.selections)})", expanded=is_open):
        error = st.session_state.pop(_ERROR, None)
        if error is not None:
            show_error(error)
        _save_box(state, named)
        if named.selections:
            _show_saved(state, named, vectors)
        if named.past:
            st.button(
                "Undo last change",
                key="undo_named",
                help="Brings back what was saved, renamed or deleted last",
                on_click=_change(state, named.undo),
            )


def _change(state: PageState, make: Callable[[], NamedSelections]) -> Callable[[], None]:
    """Give the action of a button: change what is saved, or keep the reason why not."""

    def change_or_say_why() -> None:
        try:
            state.named = make()
        except MuseGNNError as error:
            st.session_state[_ERROR] = error

    return change_or_say_why


def _save_box(state: PageState, named: NamedSelections) -> None:
    """Let the user keep the current selection under a name."""
    current = state.selection
    n_selected = len(current)
    with st.form("save_selection", clear_on_submit=True, border=False):
        st.text_input(
            f"Save the {n_selected:,} selected points as" if n_selected else "Save a selection as",
            key="_selection_name",
            placeholder="My selection",
        )
        st.form_submit_button(
            "Save",
            key="save_selection_button",
            disabled=not n_selected,
            help="Keeps the current selection under this name" if n_selected else "Select first",
            on_click=_change(
                state, lambda: named.save(st.session_state["_selection_name"], current)
            ),
        )


def _show_saved(state: PageState, named: NamedSelections, vectors: VectorSet) -> None:
    """List what is saved, with the actions on the chosen one."""
    if st.session_state.get("named_chosen") not in named.names:
        st.session_state["named_chosen"] = named.names[-1]
    chosen = st.selectbox(
        "Saved",
        named.names,
        format_func=lambda name: f"{name} (n = {len(named.get(name)):,})",
        **remembered("named_chosen", named.names[-1]),
    )

    def combine(mode: str) -> None:
        state.select(named.get(chosen), mode=mode)

    with st.container(horizontal=True, gap="small"):
        for label, mode, meaning in _COMBINATIONS:
            st.button(
                prose(label),
                key=f"named_{mode}",
                help=prose(meaning),
                on_click=combine,
                args=(mode,),
            )

    def rename() -> NamedSelections:
        changed = named.rename(chosen, st.session_state["_new_name"])
        st.session_state["named_chosen"] = changed.names[named.names.index(chosen)]
        return changed

    with st.container(horizontal=True, gap="small"):
        with st.popover("Rename"):
            st.text_input("New name", value=chosen, key="_new_name")
            st.button("Keep this name", key="rename", on_click=_change(state, rename))
        st.button(
            "Delete",
            key="delete_named",
            help="Can be undone",
            on_click=_change(state, lambda: named.delete(chosen)),
        )
        if len(named.selections) > 1:
            _combine_two(state, named)
        download(
            "All as GMT",
            lambda: gmt_bytes(named, vectors),
            vectors.origin,
            "selections",
            "gmt",
            key="download_gmt",
        )


def _combine_two(state: PageState, named: NamedSelections) -> None:
    """Let the user make a new saved selection of two others."""

    def make() -> NamedSelections:
        session = st.session_state
        return named.combine(
            session["_first_named"],
            session["_second_named"],
            mode=session["_named_operation"],
            name=session["_combined_name"],
        )

    with st.popover("Combine two"), st.form("combine_named", border=False):
        st.selectbox("First", named.names, key="_first_named")
        st.selectbox(
            "Operation",
            [mode for _, mode, _ in _COMBINATIONS[1:]],
            key="_named_operation",
            format_func=lambda mode: next(
                label for label, other, _ in _COMBINATIONS if other == mode
            ),
        )
        st.selectbox("Second", named.names, index=1, key="_second_named")
        st.text_input("Name of the result", key="_combined_name")
        st.form_submit_button("Save result", key="save_combined", on_click=_change(state, make))
