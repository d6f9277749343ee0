"""Session on the page: save everything chosen and selected as a file, and load it again."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.origin import PROGRAM
from musegnn.errors import MuseGNNError
from musegnn.screens.shell import permalink
from musegnn.screens.shell.cache import OpenAtlas
from musegnn.screens.shell.downloads import download
from musegnn.screens.shell.session_file import read_session, save_session
from musegnn.screens.shell.session_restore import restore
from musegnn.screens.shell.state import PageState


def show_session(state: PageState, atlas: OpenAtlas | None) -> None:
    """Show how to keep this session and to come back to it, behind a button of the frame."""
    with st.popover("Session", key="session", help="Save or load everything as one file"):
        st.caption(
            "The file holds what was chosen on all pages, the gene list, the selection, saved "
            "selections and notes: names of genes and contexts, no data."
        )
        download(
            "Save session",
            _saver(state, atlas),
            atlas.embedding.origin if atlas is not None else PROGRAM,
            "session",
            "json",
            key="save_session",
        )
        with st.form("load_session", clear_on_submit=True, border=False):
            st.file_uploader(
                "Load a session file", type="json", key="_session_file", max_upload_size=20
            )
            st.form_submit_button(
                "Load session", key="load_session_button", on_click=_load(state, atlas)
            )


def _opened(atlas: OpenAtlas | None) -> tuple[EmbeddingSet | None, str]:
    """Return the opened set and the hash of its points; None and "" without an atlas."""
    return (None, "") if atlas is None else (atlas.embedding, atlas.points["id"])


def _saver(state: PageState, atlas: OpenAtlas | None) -> Callable[[], bytes]:
    """Give what writes the session as it is now; the server calls it outside of any session."""
    embedding, atlas_id = _opened(atlas)
    fields = {name: state.get(name) for name in permalink.fields()}
    gene_list, notes = state.list_text, state.notes
    selection, named = state.history(atlas_id).current, state.named(atlas_id)
    return lambda: save_session(
        embedding,
        atlas_id=atlas_id,
        fields=fields,
        gene_list=gene_list,
        selection=selection,
        named=named,
        notes=notes,
    )


def _load(state: PageState, atlas: OpenAtlas | None) -> Callable[[], None]:
    """Give the action of the button: take over what the file holds, or say why not."""

    def act() -> None:
        file = st.session_state["_session_file"]
        if file is None:
            state.add_message("Choose a session file first.")
            return
        embedding, atlas_id = _opened(atlas)
        try:
            restored = restore(
                read_session(file.getvalue()),
                embedding=embedding,
                atlas_id=atlas_id,
                named=state.named(atlas_id),
                known=atlas.names if atlas is not None else {},
            )
        except MuseGNNError as error:
            state.add_message(f"The session was not loaded. {error}")
            return
        for name in permalink.fields():
            state.put(name, restored.fields.get(name, ""))
        state.show_zoom()
        state.list_text = restored.gene_list
        state.keep_history(state.history(atlas_id).apply(restored.selection, mode="replace"))
        state.keep_named(restored.named)
        state.notes = (*state.notes, *(note for note in restored.notes if note not in state.notes))
        for message in restored.messages:
            state.add_message(message)

    return act
