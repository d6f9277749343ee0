"""Gene search: the same box on every page, with choices when a name is not clear."""

from __future__ import annotations

import streamlit as st

from musegnn.embeddings.gene_search import GeneMatch
from musegnn.screens.shell.state import PageState, mirrored


def gene_search_box(state: PageState) -> None:
    """Show the box a gene is typed into; the name goes to the state."""

    def take() -> None:
        state.gene = st.session_state["_gene"]

    st.text_input(
        "Find a gene",
        key=mirrored("gene", state.gene),
        on_change=take,
        placeholder="CD3E, Ins2, ENSG00000254647",
        help="Symbol of human or mouse, Ensembl id, or alias; upper and lower case count as equal",
    )


def offer_choices(state: PageState, match: GeneMatch | None) -> None:
    """Offer the genes that an unclear name can mean, as buttons."""
    if match is None or match.status not in {"ambiguous", "unknown"}:
        return
    names = match.choices or match.nearest
    if not names:
        return

    def take(name: str) -> None:
        state.gene = name

    with st.container(horizontal=True):
        for name in names[:8]:
            st.button(name, key=f"choice_{name}", on_click=take, args=(name,))
