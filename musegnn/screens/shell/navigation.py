"""Navigation: links between pages that also work when a page runs alone."""

from __future__ import annotations

from contextlib import suppress
from itertools import groupby
from typing import Literal

import streamlit as st
from streamlit.errors import StreamlitAPIException

from musegnn.access.visitor import Visitor
from musegnn.screens.shell.screen import Screen, find_screen, screens
from musegnn.screens.shell.words import escaped, prose


def list_pages(who: Visitor) -> None:
    """List what somebody may see in the sidebar, also when a page runs without `app.py`."""
    allowed = [screen for screen in screens() if who.may(screen.right)]
    with st.sidebar, st.container(key="menu", gap=None):
        for group, own in groupby(allowed, key=lambda screen: screen.group):
            if group:
                st.caption(escaped(group))
            # two beside each other: twenty below each other push the controls out of sight
            with st.container(key=f"menu_{group.lower() or 'first'}", gap=None):
                for screen in own:
                    # a test that runs a page file by itself knows of no other pages
                    with suppress(StreamlitAPIException):
                        st.page_link(_target(screen), label=escaped(screen.name), icon=screen.icon)


def next_page(name: str, label: str, *, key: str, primary: bool = False, help: str = "") -> None:
    """Show a button that goes to another page; what was chosen goes along in the session."""
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    if st.button(prose(label), key=key, type=kind, help=prose(help) or None):
        go_to(name)


def go_to(name: str) -> None:
    """Go to another page by the name of its screen, or say how when this page runs alone."""
    try:
        st.switch_page(_target(find_screen(name)))
    except StreamlitAPIException:
        st.info("This page runs alone. Start all pages with `streamlit run app.py`.")


def _target(screen: Screen) -> str | st.Page:
    """Return what a link to a screen points at: its file, or its address when it has none."""
    if screen.file:
        return f"pages/{screen.file}"
    # a link goes by the address alone; what draws the page is known to `app.py`
    return st.Page(lambda: None, title=screen.name, url_path=screen.name)
