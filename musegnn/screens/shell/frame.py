"""Frame: what every page has around its content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.origin import PROGRAM, Origin
from musegnn.embeddings.vector_set import VectorSet
from musegnn.errors import MuseGNNError
from musegnn.extensions import load
from musegnn.screens.shell import navigation
from musegnn.screens.shell import panel_link as link_panel
from musegnn.screens.shell.cached_build import settle
from musegnn.screens.shell.messages import errors_as_messages
from musegnn.screens.shell.needs import needs
from musegnn.screens.shell.panel_map_choice import choose_map, keep_map, show_map_choice
from musegnn.screens.shell.panel_notes import show_notes
from musegnn.screens.shell.panel_session import show_session
from musegnn.screens.shell.panel_story import show_story
from musegnn.screens.shell.panel_visitor import let_in, show_visitor
from musegnn.screens.shell.screen import ATLAS, Screen, find_screen
from musegnn.screens.shell.state import PageState
from musegnn.screens.shell.tables import CONTEXT_NAMES
from musegnn.screens.shell.theme import Ground, ground
from musegnn.screens.shell.words import escaped, prose
from musegnn.settings import Settings

PRODUCT = "Genes in context"

# the picture is what counts: less empty space around it than usual, and columns that would be
# too narrow to read go below each other
_STYLE = """
.stMainBlockContainer { padding: 2.2rem 2.5rem 4rem; }
.st-key-gene_map_library, .st-key-paper_library, .st-key-page_script,
.st-key-gene_suggest { position: absolute; }
/* what a page waits for has no place of its own: the first visitor of a server waits for what is
   read, anyone for what is reckoned. Most answers are there before it shows */
[data-testid="stApp"]:is([data-test-script-state="running"],
    [data-test-script-state="rerunRequested"])::after {
  content: "Working\\2026"; position: fixed; z-index: 999990; top: 0.6rem; left: 50%;
  transform: translateX(-50%); padding: 0.2rem 0.9rem; border: 1px solid currentColor;
  border-radius: 1rem; background: inherit; color: inherit; font-size: 0.875rem;
  pointer-events: none; opacity: 0; animation: working 1.6s 1s ease-in-out infinite alternate;
}
@keyframes working { 0% { opacity: 0.9; } 100% { opacity: 0.55; } }
@media (prefers-reduced-motion: reduce) {
  [data-testid="stApp"]::after { animation-name: working-still; }
}
@keyframes working-still { 0%, 100% { opacity: 0.9; } }
@media print { [data-testid="stApp"]::after { content: none !important; } }
/* captions and small code come too faint to read, and white is so on the light primary colour */
[data-testid="stCaptionContainer"] { color: inherit !important; opacity: 0.82 !important; }
[data-testid="stCaptionContainer"] code { color: inherit !important; }
@media (max-width: 1100px) {
  .stMainBlockContainer { padding: 2.2rem 1.2rem 4rem; }
  .stMainBlockContainer [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
  .stMainBlockContainer [data-testid="stColumn"] { min-width: min(100%, 22rem); }
  .stMainBlockContainer [data-testid="stColumn"] [data-testid="stColumn"] { min-width: 7rem; }
}
.st-key-menu { gap: 0.32rem; }
.st-key-menu [data-testid="stPageLink-NavLink"] { padding: 0.05rem 0.2rem; gap: 0.3rem; }
[class*="st-key-menu_"] {
  display: grid;
  grid-template-columns: repeat(2, minmax(max-content, 1fr)); /* the open page has bold letters */
  row-gap: 0.3rem;
}
.st-key-menu [data-testid="stCaptionContainer"] { margin: 0.35rem 0 0; }
.st-key-menu [data-testid="stCaptionContainer"] p { margin: 0; font-weight: 600; }
.stSidebar input[role="combobox"] { text-overflow: ellipsis; }
.stSidebar [data-testid="stSidebarHeader"] { height: 2.5rem; margin-bottom: 0; }
"""
_DARK_STYLE = '[data-testid="stBaseButton-primary"] { color: #14171C; }'


@dataclass(frozen=True)
class BareFrame:
    """What a page works with that can do without an atlas.

    Parameters
    ----------
    atlas
        The opened atlas; None when there is none.
    state
        What the user chose.
    on
        Ground of the pictures, following the theme of the page.
    opened
        What the page needs, by name of the need.
    vectors
        What its selections, its link and its files are about: of what it needs the first that are
        vectors, else those of the atlas; None without any.
    """

    atlas: Atlas | None
    state: PageState
    on: Ground
    opened: Mapping[str, Any]
    vectors: VectorSet | None

    @property
    def origin(self) -> Origin:
        """Where what the page shows comes from."""
        return PROGRAM if self.vectors is None else self.vectors.origin

    @property
    def result(self) -> Path | None:
        """The opened result folder; None without one."""
        path = None if self.atlas is None else self.atlas.embedding.path
        return None if path is None else path.parent


@dataclass(frozen=True)
class Frame(BareFrame):
    """What a page works with that needs an atlas."""

    atlas: Atlas


def show(name: str) -> None:
    """Draw a page: its frame, and inside what its record names, which is imported now."""
    screen = find_screen(name)
    with page(screen) as frame:
        with st.spinner(
            "Opening the page"
        ):  # the first visitor of a server waits for its libraries
            draw = load(screen.draw)
        draw(frame)


@contextmanager
def page(screen: Screen) -> Iterator[BareFrame]:
    """Draw the frame of a page and run its content inside.

    Who may not see it is told why, and nothing is opened. Errors become messages. Where something
    is missing that the page needs, it stops with the way to get it.
    """
    st.set_page_config(page_title=f"{screen.name} - {PRODUCT}", layout="wide")
    is_dark = st.context.theme.type == "dark"
    st.html(f"<style>{_STYLE}{_DARK_STYLE if is_dark else ''}</style>")
    with errors_as_messages():
        who = let_in(screen)
        left, actions = st.columns([2, 1])
        with left:
            st.title(escaped(screen.heading), anchor=False)
            st.markdown(prose(screen.question))
        navigation.list_pages(who)
        show_visitor(who)
        choice = choose_map(Settings.from_environment())
        opened = {name: _open(name, choice.folder, screen) for name in (ATLAS, *screen.needs)}
        atlas: Atlas | None = opened[ATLAS]
        st.session_state[CONTEXT_NAMES] = {} if atlas is None else atlas.context_names
        if atlas is not None:
            _show_loaded(atlas)
        show_map_choice(choice)
        needed = (opened[name] for name in (*screen.needs, ATLAS))
        vectors = next((v for v in map(_vectors_of, needed) if v is not None), None)
        known = atlas.names if atlas is not None else {}
        state = PageState(screen.name, known, opened=vectors.id if vectors is not None else "")
        keep_map(choice, state, atlas)
        link_panel.open_link(state, vectors)
        link_panel.show_messages(state)
        show_story(state, "" if atlas is None else atlas.embedding.id)
        on = ground(dark=is_dark)
        rest = (state, on, opened, vectors)
        frame = BareFrame(None, *rest) if atlas is None else Frame(atlas, *rest)
        with errors_as_messages():
            yield frame
        # last, because the content of the page decides what the link says
        link_panel.close_link(state, vectors)
        with actions.container(horizontal=True, horizontal_alignment="right", key="actions"):
            link_panel.show_link(state)
            show_session(state, vectors, known, frame.origin)
            show_notes(state, vectors, frame.origin)
        settle(state.page, atlas)


def _open(name: str, folder: Path, screen: Screen) -> Any:
    """Open something; where it is missing, stop a page that needs it and tell any other."""
    opened, problem = None, None
    try:
        opened = needs()[name].open(folder)
    except MuseGNNError as error:
        problem = error
    if opened is None:
        if name in screen.needs:
            needs()[name].show_missing(folder, problem)
            st.stop()
        with st.sidebar:
            needs()[name].tell_missing(problem)
    return opened


def _vectors_of(opened: Any) -> VectorSet | None:
    """Return the vectors of something that a page needs, or None when it has none."""
    return opened if isinstance(opened, VectorSet) else getattr(opened, "embedding", None)


def _show_loaded(atlas: Atlas) -> None:
    """Say in the sidebar what is loaded."""
    embedding, origin = atlas.embedding, atlas.embedding.origin
    with st.sidebar:
        st.markdown(f"**{escaped(origin.name)}**")
        st.caption(
            prose(
                f"{len(embedding.datasets)} contexts, {atlas.n_genes:,} genes, "
                f"{len(embedding.genes):,} genes in context"
            ),
            help=escaped(f"Configuration {origin.config_hash}"),
        )
