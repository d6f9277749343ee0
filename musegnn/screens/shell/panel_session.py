"""Session on the page: save everything chosen and selected as a file, and load it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from musegnn.embeddings.origin import Origin
from musegnn.embeddings.vector_set import VectorSet
from musegnn.errors import MuseGNNError
from musegnn.screens.shell import permalink
from musegnn.screens.shell.downloads import download
from musegnn.screens.shell.navigation import go_to
from musegnn.screens.shell.state import PageState

Known = Mapping[str, tuple[str, ...]]


def show_session(state: PageState, vectors: VectorSet | None, known: Known, origin: Origin) -> None:
    """Show how to keep this session and to come back to it, behind a button of the frame.

    Parameters
    ----------
    state
        What the user chose.
    vectors
        What selections are of, or None.
    known
        Names in the opened atlas that values of a session are compared with.
    origin
        Where what the page shows comes from.
    """
    if page := state.asked_page():
        go_to(page)
    with st.popover("Session", key="session", help="Save or load everything as one file"):
        st.caption(
            "The file holds what was chosen on all pages, the gene list, the selection, saved "
            "selections and notes: names of genes and contexts, no data."
        )
        download(
            "Save session",
            _saver(state, vectors),
            origin,
            "session",
            "json",
            key="save_session",
        )
        with st.form("load_session", clear_on_submit=True, border=False):
            st.file_uploader(
                "Load a session file", type="json", key="_session_file", max_upload_size=20
            )
            st.form_submit_button(
                "Load session", key="load_session_button", on_click=_load(state, vectors, known)
            )


def _saver(state: PageState, vectors: VectorSet | None) -> Callable[[], bytes]:
    """Give what writes the session as it is now; the server calls it outside of any session."""
    fields = {name: state.get(name) for name in permalink.fields()}
    gene_list, notes = state.list_text, state.notes
    selection, named = state.selection, state.kept_named
    page = state.page

    def save() -> bytes:
        from musegnn.screens.shell.session_file import save_session  # noqa: PLC0415

        return save_session(
            vectors,
            fields=fields,
            gene_list=gene_list,
            selection=selection,
            named=named,
            notes=notes,
            page=page,
        )

    return save


def _load(state: PageState, vectors: VectorSet | None, known: Known) -> Callable[[], None]:
    """Give the action of the button: take over what the file holds, or say why not."""

    def load_session() -> None:
        # what a file means is worked out by few visits
        from musegnn.screens.shell.session_file import read_session  # noqa: PLC0415
        from musegnn.screens.shell.session_restore import restore  # noqa: PLC0415

        file = st.session_state["_session_file"]
        if file is None:
            state.add_message("Choose a session file first.")
            return
        try:
            restored = restore(
                read_session(file.getvalue()), vectors=vectors, named=state.named, known=known
            )
        except MuseGNNError as error:
            state.add_message(f"The session was not loaded. {error}")
            return
        for name in permalink.fields():
            state.put(name, restored.fields.get(name, ""))
        state.show_zoom()
        state.list_text = restored.gene_list
        state.select(restored.selection)
        state.named = restored.named
        state.notes = (*state.notes, *(note for note in restored.notes if note not in state.notes))
        for message in restored.messages:
            state.add_message(message)
        if restored.page and restored.page != state.page:
            state.leave_for(restored.page)

    return load_session
