"""Methods on the page: what was computed, and the code that computes it again."""

from __future__ import annotations

import streamlit as st

from musegnn.screens.shell.downloads import download
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.methods import OPEN_ATLAS, Methods, as_markdown, as_script
from musegnn.screens.shell.words import escaped, prose


def show_methods(frame: BareFrame, methods: Methods, *, key: str = "methods") -> None:
    """Show, folded, how a table was made; once at the bottom of a page.

    Parameters
    ----------
    frame
        Frame of the page.
    methods
        What to show.
    key
        Name on the page, when it has more than one.
    """
    with st.expander(escaped(f"Methods: {methods.title}")):
        st.markdown(prose(" ".join(methods.sentences)))
        st.markdown(prose(_facts(methods)))
        place = (
            "; set `MUSEGNN_ATLAS` to the folder of the atlas when it is not the shipped one"
            if methods.code.startswith(OPEN_ATLAS)
            else ""
        )
        st.caption(f"This program leaves the table above in `table`{place}.")
        st.code(methods.code, language="python")
        with st.container(horizontal=True):
            download(
                "Program as .py",
                lambda: as_script(methods),
                frame.origin,
                f"{methods.title}-methods",
                "py",
                key=f"{key}_script",
            )
            download(
                "Methods as .md",
                lambda: as_markdown(methods),
                frame.origin,
                f"{methods.title}-methods",
                "md",
                key=f"{key}_text",
            )
        st.caption(prose("  \n".join(f"Cite: {entry}" for entry in methods.cite)))


def _facts(methods: Methods) -> str:
    """Parameters, data and versions, one line each."""
    rows = {
        "Parameters": methods.parameters,
        "Data": {name: value for name, value in methods.data.items() if name != "sources"},
        "Versions": methods.versions,
    }
    return "\n".join(
        f"- **{label}**: " + ", ".join(f"{name} `{value}`" for name, value in values.items())
        for label, values in rows.items()
    )
