"""Link panel: the address of what is on screen, and the way back from an address to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from musegnn.embeddings.vector_set import VectorSet
from musegnn.errors import InputError, MuseGNNError
from musegnn.screens.shell import permalink
from musegnn.screens.shell.browser_code import read_browser_code
from musegnn.screens.shell.screen import find_screen
from musegnn.screens.shell.shared_fields import LIST, SELECTION
from musegnn.screens.shell.state import PageState
from musegnn.screens.shell.words import prose
from musegnn.settings import Settings

if TYPE_CHECKING:
    from musegnn.screens.shell.stored_content import ContentStore

_GAPS = "link_gaps"  # what the link of this session cannot carry, by field


def open_link(state: PageState, vectors: VectorSet | None) -> None:
    """Select and list what the address asks for; what cannot be found becomes a message."""
    asked = [name for name in ("selection", "list") if name in state.linked and state.get(name)]
    if not asked:
        return
    # few links carry either
    from musegnn.screens.shell.linked_content import read_list, read_selection  # noqa: PLC0415

    store = _store()

    def select() -> None:
        if vectors is None:
            msg = "Expected an atlas, found none."
            raise InputError(msg, "Open the link again when one is loaded.")
        selection = read_selection(
            state.get("selection"), atlas_id=vectors.id, n_points=len(vectors), store=store
        )
        state.select(selection)
        _remember("selection", selection, state.get("selection"))

    def paste() -> None:
        state.list_text = read_list(state.get("list"), store=store)
        _remember("list", state.list_text, state.get("list"))

    for name in asked:
        _try(state, name, {"selection": select, "list": paste}[name])


def show_messages(state: PageState) -> None:
    """Say what the link carried in vain, until it is read or the page is left."""
    if not state.messages:
        return
    st.warning(prose("\n\n".join(state.messages)))
    st.button("Close", key="forget_link_messages", type="tertiary", on_click=state.forget_messages)


def close_link(state: PageState, vectors: VectorSet | None) -> None:
    """Bring the address up to date with the selection, the list and all that was chosen."""
    fields = find_screen(state.page).fields
    if SELECTION in fields and vectors is not None:
        selection, atlas_id = state.selection, vectors.id

        def write_selection() -> str:
            from musegnn.screens.shell import linked_content  # noqa: PLC0415

            return linked_content.write_selection(selection, atlas_id=atlas_id, store=_store())

        _follow(state, "selection", selection, write_selection)
    if LIST in fields:
        text = state.list_text

        def write_list() -> str:
            from musegnn.screens.shell import linked_content  # noqa: PLC0415

            return linked_content.write_list(text, store=_store())

        _follow(state, "list", text, write_list)
    state.write_link()


_SCRIPT = st.components.v2.component(
    "page_script",
    js=read_browser_code("musegnn.screens.shell", "page_script.js"),
    html="<span role='status'></span>",
    isolate_styles=False,
)


def show_link(state: PageState) -> None:
    """Offer the link to this view: a click copies it."""
    query = state.query()
    _SCRIPT(key="page_script", data={"query": urlencode(query)}, height=1)
    with st.popover("Copy link", key="copy_link", help="Copies a link to exactly this view"):
        st.code(permalink.address(st.context.url or "", query), language=None)
        st.caption(
            "Opens this page with the same choices, selection and list in any browser that "
            "reaches this server and this atlas."
            if find_screen(state.page).fields
            else "Opens this page; a file you gave it is not part of the link."
        )
        for gap in st.session_state.get(_GAPS, {}).values():
            st.warning(prose(gap))


def _store() -> ContentStore:
    """Where long selections and lists are kept."""
    from musegnn.screens.shell.stored_content import ContentStore  # noqa: PLC0415

    return ContentStore(Settings.from_environment().links)


def _try(state: PageState, name: str, take: Callable[[], None]) -> None:
    """Take a value over, or say why not and go on without it."""
    try:
        take()
    except MuseGNNError as error:
        state.put(name, "")
        state.add_message(f"`{name}` of the link was left out. {error}")


def _remember(name: str, content: object, value: str) -> None:
    """Keep what a content is called in links, so that it is not written again on each run."""
    st.session_state[f"linked:{name}"] = (content, value)


def _follow(state: PageState, name: str, content: Any, write: Callable[[], str]) -> None:
    """Write a content into the link when it is another one than last time."""
    last, value = st.session_state.get(f"linked:{name}", (None, ""))
    if content is not last:
        gaps = st.session_state.setdefault(_GAPS, {})
        gaps.pop(name, None)
        try:
            value = write()
        except MuseGNNError as error:
            value, gaps[name] = "", f"The {name} is not part of the link. {error}"
        _remember(name, content, value)
    state.put(name, value)
