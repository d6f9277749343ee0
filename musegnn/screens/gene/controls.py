"""What is asked on the Gene page: the gene, its context, where to search and what to list."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from musegnn.analysis.choices import EVIDENCE_FILTERS, SCOPES
from musegnn.analysis.neighbours.gene_neighbours import NeighbourRequest
from musegnn.embeddings.gene_search import GeneMatch
from musegnn.screens.gene import MINIMUM_COSINES
from musegnn.screens.parts.gene_search_panel import (
    choose_gene_context,
    gene_search_box,
    offer_choices,
    offer_examples,
    remember_gene,
)
from musegnn.screens.parts.studies_panel import choose_blocks
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_notice
from musegnn.screens.shell.state import PageState
from musegnn.screens.shell.tables import context_name
from musegnn.screens.shell.words import escaped

_MOST_NEIGHBOURS = 100
_FILTERS = ("why", "cosine", "orthologs")
_KIND_LABELS = {"any": "any or none"}


def choose(frame: Frame) -> NeighbourRequest | GeneMatch | None:
    """Show the controls and return what the user asks for.

    Returns
    -------
    What is asked, None while no gene is chosen, or what a name of a known gene stands for that no
    context has.
    """
    state = frame.state
    with st.sidebar:
        gene_search_box(frame)
    if not state.gene:
        st.markdown("Type a gene on the left, for example one of these:")
        offer_examples(frame, key="example")
        return None
    match = frame.atlas.search.find(state.gene)
    if match.status == "absent":
        return match
    show_notice((match.message,) if match.message else ())
    offer_choices(state, match)
    if match.status != "found":
        return None
    row = choose_gene_context(frame, match.gene, widget="context")
    if row is None:
        return None
    with st.sidebar:
        _choose_search(state)
        _choose_filters(state)
    cosine = state.get("cosine")
    return NeighbourRequest(
        row,
        k=int(state.get("k")),
        scope=state.get("scope"),
        orthologs_only=state.get("orthologs") == "only",
        minimum_cosine=-1.0 if cosine == MINIMUM_COSINES[0] else float(cosine),
        evidence=state.get("why"),
    )


def forget_filters(frame: Frame) -> None:
    """List neighbours with and without evidence again, and all candidates."""
    for name in _FILTERS:
        frame.state.put(name, "")


def _choose_search(state: PageState) -> None:
    """Let the user say by what and where to search, and how many neighbours to list."""
    choose_blocks(state)
    st.selectbox(
        "Search neighbours in",
        SCOPES,
        help="Which genes in context are compared with this one",
        **state.bound("scope"),
    )
    st.slider(
        "Number of neighbours",
        5,
        _MOST_NEIGHBOURS,
        help="Also the size of a neighbourhood wherever two are compared",
        **state.bound("k", int(state.get("k"))),
    )


def _choose_filters(state: PageState) -> None:
    """Let the user say which neighbours to list."""
    st.selectbox(
        "With this evidence",
        EVIDENCE_FILTERS,
        format_func=lambda kind: _KIND_LABELS.get(kind, kind),
        help="List the nearest genes that have it; their ranks still count every gene",
        **state.bound("why"),
    )
    st.selectbox(
        "Cosine at least",
        MINIMUM_COSINES,
        help="Similarity in the embedding, -1 to 1",
        **state.bound("cosine"),
    )
    st.toggle(
        "Only genes with an ortholog",
        help="Compare only genes that have an ortholog in another species of this atlas",
        **state.bound(
            "orthologs",
            state.get("orthologs") == "only",
            write=lambda is_only: "only" if is_only else "",
        ),
    )


def offer_open(frame: Frame, table: pd.DataFrame, chosen: int | None, *, key: str) -> None:
    """Offer to open the marked row of a table."""
    if chosen is None:
        st.button("Open", key=key, disabled=True, help="Mark a row of the table first")
        return
    row = table.iloc[chosen]
    st.button(
        escaped(f"Open {row['gene']} in {context_name(row['context'])}"),
        key=key,
        type="primary",
        on_click=remember_gene,
        args=(frame, int(row["row"])),
    )
