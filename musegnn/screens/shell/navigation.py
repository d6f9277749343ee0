"""Navigation: links between pages that also work when a page runs alone."""

from __future__ import annotations

from contextlib import suppress
from typing import Final, Literal

import streamlit as st
from streamlit.errors import StreamlitAPIException

from musegnn.settings import REPOSITORY

HOME: Final = "pages/1_Home.py"
ATLAS: Final = "pages/2_Atlas.py"
GENE: Final = "pages/3_Gene.py"
DATA: Final = "pages/4_Data.py"
BENCHMARKS: Final = "pages/5_Benchmarks.py"
COMPARE: Final = "pages/6_Compare.py"
ENRICHMENT: Final = "pages/7_Enrichment.py"
CAUSAL: Final = "pages/8_Causal.py"
RUNS: Final = "pages/9_Runs.py"
LABELS: Final = "pages/10_Labels.py"
ORDER: Final = (HOME, ATLAS, GENE, COMPARE, ENRICHMENT, CAUSAL, LABELS, DATA, RUNS, BENCHMARKS)


def exists(page: str) -> bool:
    """True when a page is part of this installation."""
    return (REPOSITORY / page).is_file()


def list_pages() -> None:
    """List the pages in the sidebar, also when a page runs without `app.py` around it."""
    with st.sidebar:
        for page in filter(exists, ORDER):
            # a test that runs a page file by itself knows of no other pages
            with suppress(StreamlitAPIException):
                st.page_link(page)


def next_page(page: str, label: str, *, key: str, primary: bool = False, help: str = "") -> None:
    """Show a button that goes to another page; what was chosen goes along in the session."""
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    if st.button(label, key=key, type=kind, help=help or None):
        go_to(page)


def go_to(page: str) -> None:
    """Go to another page, or say how when this page runs alone."""
    try:
        st.switch_page(page)
    except StreamlitAPIException:
        st.info("This page runs alone. Start all pages with `streamlit run app.py`.")
