"""Frame: what every page has around its content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from musegnn.embeddings.origin import Origin
from musegnn.errors import MuseGNNError
from musegnn.screens.shell import navigation, permalink
from musegnn.screens.shell import panel_link as link_panel
from musegnn.screens.shell.cache import OpenAtlas, open_atlas, settle
from musegnn.screens.shell.messages import errors_as_messages, show_missing_atlas
from musegnn.screens.shell.panel_map_choice import choose_map, keep_map, show_map_choice
from musegnn.screens.shell.panel_notes import show_notes
from musegnn.screens.shell.panel_session import show_session
from musegnn.screens.shell.state import PageState
from musegnn.screens.shell.theme import Ground, ground
from musegnn.screens.shell.words import escaped
from musegnn.settings import Settings

PRODUCT = "Genes in context"

# the picture is what counts: less empty space around it than usual, and columns that would be
# too narrow to read go below each other
_STYLE = """
.stMainBlockContainer { padding: 2.2rem 2.5rem 4rem; }
.st-key-gene_map_library { position: absolute; }
/* captions and small code come too faint to read, and white is so on the light primary colour */
[data-testid="stCaptionContainer"] { color: inherit !important; opacity: 0.82 !important; }
[data-testid="stCaptionContainer"] code { color: inherit !important; }
@media (max-width: 1100px) {
  .stMainBlockContainer { padding: 2.2rem 1.2rem 4rem; }
  .stMainBlockContainer [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
  .stMainBlockContainer [data-testid="stColumn"] { min-width: min(100%, 22rem); }
  .stMainBlockContainer [data-testid="stColumn"] [data-testid="stColumn"] { min-width: 7rem; }
}
.stSidebar [data-testid="stSidebarHeader"] { height: 2.5rem; margin-bottom: 0; }
"""
_DARK_STYLE = '[data-testid="stBaseButton-primary"] { color: #14171C; }'


@dataclass(frozen=True)
class Frame:
    """What a page works with.

    Parameters
    ----------
    atlas
        The opened atlas.
    state
        What the user chose.
    on
        Ground of the pictures, following the theme of the page.
    """

    atlas: OpenAtlas
    state: PageState
    on: Ground

    @property
    def origin(self) -> Origin:
        """Where what the page shows comes from."""
        return self.atlas.embedding.origin


@contextmanager
def page(title: str, question: str) -> Iterator[Frame]:
    """Draw the frame of a page and run its content inside.

    Errors become messages. Without an atlas the page stops with the way to get one.

    Parameters
    ----------
    title
        Name of the page.
    question
        The question the page answers, one sentence.
    """
    st.set_page_config(page_title=f"{title} - {PRODUCT}", layout="wide")
    is_dark = st.context.theme.type == "dark"
    st.html(f"<style>{_STYLE}{_DARK_STYLE if is_dark else ''}</style>")
    with errors_as_messages():
        left, actions = st.columns([2, 1])
        with left:
            st.title(title, anchor=False)
            st.markdown(question)
        navigation.list_pages()
        settings = Settings.from_environment()
        choice = choose_map(settings)
        atlas = _atlas_or_stop(choice.folder, settings.knowledge)
        _show_loaded(atlas)
        show_map_choice(choice)
        state = PageState(permalink.HOME if title == PRODUCT else title, atlas.names)
        keep_map(choice, state, atlas)
        link_panel.open_link(state, atlas)
        link_panel.show_messages(state)
        frame = Frame(atlas, state, ground(dark=is_dark))
        with errors_as_messages():
            yield frame
        # last, because the content of the page decides what the link says
        link_panel.close_link(state, atlas)
        with actions.container(horizontal=True, horizontal_alignment="right", key="actions"):
            link_panel.show_link(state)
            show_session(state, atlas)
            show_notes(state, atlas)
        settle(state.page, atlas.file_key)


def _atlas_or_stop(folder: Path, knowledge: Path | None) -> OpenAtlas:
    """Open the atlas, or show the empty state and stop."""
    try:
        atlas = open_atlas(folder, knowledge)
    except MuseGNNError as error:
        show_missing_atlas(folder, error)
        st.stop()
    if atlas is None:
        show_missing_atlas(folder)
        st.stop()
    return atlas


def _show_loaded(atlas: OpenAtlas) -> None:
    """Say in the sidebar what is loaded."""
    embedding, origin = atlas.embedding, atlas.embedding.origin
    with st.sidebar:
        st.markdown(f"**{escaped(origin.name)}**")
        st.caption(
            f"{len(embedding.datasets)} contexts, {atlas.n_genes:,} genes, "
            f"{len(embedding.genes):,} genes in context  \nconfiguration `{origin.config_hash}`"
        )
