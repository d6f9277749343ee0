"""Selection bar: what is selected, listed and lit, above the map, with what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.screens.parts.selected_genes import most_selected_contexts
from musegnn.screens.parts.selection_bar import (
    KIND_OF,
    MOST_COPIED,
    BarSet,
    gmt_of,
    names_of,
)
from musegnn.screens.shell import navigation
from musegnn.screens.shell.downloads import download
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.named_selections import NAME_LETTERS
from musegnn.screens.shell.panel_copy import copy_button
from musegnn.screens.shell.screen import Screen, screens
from musegnn.screens.shell.shared_fields import LEFT
from musegnn.screens.shell.state import PageState
from musegnn.screens.shell.words import escaped, prose

_ERROR: Final = "bar_error"
_CHOSEN: Final = "bar_set"
_MOST_ASKED: Final = "Enrichment"  # the page that a set is most often made for, one press away
_TITLES: Final = {"selection": "Selected", "list": "List", "lit": "Lit"}


def show_selection_bar(frame: Frame, sets: tuple[BarSet, ...], *, n_listed: int = 0) -> None:
    """Say what holds the map in its present look, and offer to keep, copy or send it.

    Nothing is shown where nothing does.

    Parameters
    ----------
    frame
        The page.
    sets
        What is selected, listed and lit, those that hold a point.
    n_listed
        Genes of the pasted list that were found.
    """
    state = frame.state
    error = st.session_state.pop(_ERROR, None)
    if error is not None:
        show_error(error)
    if not (len(state.selection) or n_listed or state.gene):
        return
    with st.container(
        horizontal=True, key="selection_bar", gap="small", vertical_alignment="center"
    ):
        _show_chips(state, n_listed)
        if sets:
            _show_actions(frame, _choose(sets))


def _show_chips(state: PageState, n_listed: int) -> None:
    """Name what is selected, listed and lit; a press takes it away."""
    n_selected = len(state.selection)
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


def _choose(sets: tuple[BarSet, ...]) -> BarSet:
    """Let the user say which of several sets the actions are about; the first one else."""
    by_source = {one.source: one for one in sets}
    if len(sets) == 1:
        return sets[0]
    chosen = st.selectbox(
        "What to keep, copy or send",
        list(by_source),
        key=_CHOSEN,
        format_func=lambda source: f"Take: {_TITLES[source].lower()}",
        label_visibility="collapsed",
        width=160,
    )
    return by_source[chosen]


def _show_actions(frame: Frame, one: BarSet) -> None:
    """Offer what can be done with a set."""
    embedding = frame.atlas.embedding
    names = names_of(one, embedding)
    _offer_to_save(frame.state, one)
    copy_button(
        names if len(names) <= MOST_COPIED else (),
        key="genes",
        help=f"Copies {len(names):,} gene name{'s' if len(names) != 1 else ''}, a line each"
        if len(names) <= MOST_COPIED
        else f"More than {MOST_COPIED:,} names: take them as GMT",
    )
    download(
        "GMT",
        lambda: gmt_of(one, embedding),
        embedding.origin,
        "gene-set",
        "gmt",
        key="download_bar_gmt",
    )
    for screen in screens():
        if screen.name == _MOST_ASKED and st.button(
            escaped(screen.name),
            key=f"send_{screen.name}",
            help=prose(screen.on_selection),
            icon=screen.icon,
        ):
            _send(frame, one, screen, names)
    with st.popover("Send to", key="send_to", help="Pages that ask on about these genes"):
        for screen in screens():
            if (
                screen.on_selection
                and screen.name != _MOST_ASKED
                and st.button(
                    escaped(screen.name),
                    key=f"send_{screen.name}",
                    help=prose(screen.on_selection),
                    icon=screen.icon,
                    width="stretch",
                )
            ):
                _send(frame, one, screen, names)


def _offer_to_save(state: PageState, one: BarSet) -> None:
    """Let the user keep a set under a name, which all pages then offer."""
    usual = " ".join(one.label.split())[:NAME_LETTERS]
    usual = "" if usual in state.named.names else usual

    def save() -> None:
        name = st.session_state["_bar_name"].strip() or usual
        try:
            state.named = state.named.save(name, one.selection)
        except MuseGNNError as error:
            st.session_state[_ERROR] = error
            return
        st.toast(prose(f"Saved as {state.named.names[-1]}: other pages offer it now"))

    with (
        st.popover("Save", key="bar_save", help="Keeps these genes under a name"),
        st.form("bar_save_form", clear_on_submit=True, border=False),
    ):
        st.text_input("Name", placeholder=usual or "My genes", key="_bar_name")
        st.form_submit_button("Save", key="bar_save_button", on_click=save)


def _send(frame: Frame, one: BarSet, screen: Screen, names: tuple[str, ...]) -> None:
    """Tell the next page what the question is about, and go there."""
    _MANNERS[_manner(screen)](frame, one, screen, names)
    navigation.go_to(screen.name)


def _manner(screen: Screen) -> str:
    """Tell how a page takes genes: by its chooser, as a text of its own, or as contexts."""
    if _chooser(screen) in {field.name for field in screen.fields}:
        return "chooser"
    if screen.list_into:
        return "text"
    return "contexts" if LEFT in screen.fields else "shared"


def _chooser(screen: Screen) -> str:
    """Field of the link that says where the genes of a page come from, see `gene_set_fields`."""
    return f"{screen.name.casefold()}_kind"


def _send_by_chooser(frame: Frame, one: BarSet, screen: Screen, names: tuple[str, ...]) -> None:
    """Have the chooser of the page take the set."""
    frame.state.put(_chooser(screen), KIND_OF[one.source])


def _send_as_text(frame: Frame, one: BarSet, screen: Screen, names: tuple[str, ...]) -> None:
    """Fill in the box of the page."""
    st.session_state[screen.list_into] = "\n".join(names)
    for field, value in screen.list_fields.items():
        frame.state.put(field, value)


def _send_contexts(frame: Frame, one: BarSet, screen: Screen, names: tuple[str, ...]) -> None:
    """Choose the two contexts with most points of the set."""
    contexts = most_selected_contexts(one.selection, frame.atlas.embedding)
    for side, context in zip(("left", "right"), contexts, strict=False):
        frame.state.put(side, context)


def _send_nothing(frame: Frame, one: BarSet, screen: Screen, names: tuple[str, ...]) -> None:
    """Leave it to what all pages share: selection, list and gene."""


_MANNERS: Final[dict[str, Callable[[Frame, BarSet, Screen, tuple[str, ...]], None]]] = {
    "chooser": _send_by_chooser,
    "text": _send_as_text,
    "contexts": _send_contexts,
    "shared": _send_nothing,
}
