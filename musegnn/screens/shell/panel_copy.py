"""Copy button: names that a press puts on the clipboard, which the script of each page does."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from musegnn.screens.shell.words import prose


def copy_button(names: Sequence[str], *, key: str, help: str) -> None:
    """Offer names for the clipboard, a line each; without any the button is grey.

    Parameters
    ----------
    names
        What is copied.
    key
        Name of the button on the page.
    help
        What it copies.
    """
    with st.container(key=f"copied_{key}", width="content", gap=None):
        st.button("Copy", key=f"copy_{key}", help=prose(help), disabled=not names)
        if names:
            # `page_script.js` reads it there: it may write to the clipboard only at the press
            text = escape("\n".join(names))
            st.html(f'<span data-copied="{len(names)}" style="display:none">{text}</span>')
