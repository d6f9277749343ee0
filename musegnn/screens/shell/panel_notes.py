"""Notes on the page: write about the gene or the selection in view, read, delete, take away."""

from __future__ import annotations

import streamlit as st

from musegnn.embeddings.origin import Origin
from musegnn.embeddings.vector_set import VectorSet
from musegnn.errors import MuseGNNError
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.state import PageState, mirrored
from musegnn.screens.shell.tables import context_name, show_table

_ERROR = "note_error"


def show_notes(state: PageState, vectors: VectorSet | None, origin: Origin) -> None:
    """Show the notes of this session behind a button of the frame."""
    notes = state.notes
    with st.popover(f"Notes ({len(notes)})", key="notes", help="They travel in the session file"):
        error = st.session_state.pop(_ERROR, None)
        if error is not None:
            show_error(error)
        _write(state, vectors)
        if notes:
            _list(state, origin)


def _write(state: PageState, vectors: VectorSet | None) -> None:
    """Let the user write a note about what is in view."""

    def keep_note() -> None:
        # few visits write notes
        from musegnn.screens.shell.notes import write_note  # noqa: PLC0415

        st.session_state["note_author"] = st.session_state["_note_author"]
        try:
            state.notes = write_note(
                state.notes,
                about=st.session_state["_note_about"],
                text=st.session_state["_note_text"],
                author=st.session_state["_note_author"],
            )
        except MuseGNNError as error:
            st.session_state[_ERROR] = error

    with st.form("note", clear_on_submit=True, border=False):
        st.text_input("About", key=mirrored("note_about", _in_view(state, vectors)), max_chars=200)
        st.text_area("Note", key="_note_text", max_chars=2_000)
        st.text_input(
            "Author",
            key=mirrored("note_author", st.session_state.get("note_author", "")),
            max_chars=200,
        )
        st.form_submit_button("Keep note", key="keep_note", on_click=keep_note)


def _in_view(state: PageState, vectors: VectorSet | None) -> str:
    """Say what a note is most likely about."""
    if state.gene:
        return f"{state.gene} in {context_name(state.dataset)}" if state.dataset else state.gene
    if vectors is None or not len(state.selection):
        return ""
    return f"selection of {len(state.selection):,} {vectors.unit}"


def _list(state: PageState, origin: Origin) -> None:
    """List the notes with the way to delete the last one."""
    from musegnn.screens.shell.notes import notes_table  # noqa: PLC0415  # who has some

    table = notes_table(state.notes)
    show_table(table, key="notes_table", description="Notes, newest first")

    def delete() -> None:
        state.notes = state.notes[:-1]

    with st.container(horizontal=True):
        st.button("Delete the newest", key="delete_note", on_click=delete)
        download_csv(
            "Notes as CSV",
            table,
            origin=origin,
            what="notes",
            key="download_notes",
        )
