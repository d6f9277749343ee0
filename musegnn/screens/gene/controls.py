"""What is asked on the Gene page: the gene, its context, where to search and what to list."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from musegnn import keys
from musegnn.analysis.choices import EVIDENCE_FILTERS, SCOPES
from musegnn.analysis.neighbours.gene_neighbours import NeighbourRequest
from musegnn.screens.gene.screen import MINIMUM_COSINES
from musegnn.screens.parts.gene_contexts import choose_row, context_options
from musegnn.screens.parts.gene_search_panel import gene_search_box, offer_choices
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_notice
from musegnn.screens.shell.state import mirrored

_MOST_NEIGHBOURS = 100
_FILTERS = ("why", "cosine", "orthologs")
_KIND_LABELS = {"any": "any or none"}


def choose(frame: Frame) -> NeighbourRequest | None:
    """Show the controls and return what the user asks for; None while no gene is chosen."""
    state = frame.state
    with st.sidebar:
        gene_search_box(state)
    if not state.gene:
        st.markdown("Type a gene on the left, for example one of these:")
        _offer_examples(frame)
        return None
    match = frame.atlas.search.find(state.gene)
    show_notice((match.message,) if match.message else ())
    offer_choices(state, match)
    row = _choose_context(frame, match.gene) if match.status == "found" else None
    if row is None:
        return None
    with st.sidebar:
        _choose_search(frame)
        _choose_filters(frame)
    cosine = state.get("cosine")
    return NeighbourRequest(
        row,
        k=int(state.get("k")),
        scope=state.get("scope"),
        orthologs_only=state.get("orthologs") == "only",
        minimum_cosine=-1.0 if cosine == MINIMUM_COSINES[0] else float(cosine),
        evidence=state.get("why"),
    )


def remember(frame: Frame, row: int) -> None:
    """Keep a gene in context as the chosen one."""
    genes = frame.atlas.embedding.genes
    frame.state.gene = str(genes[keys.GENE].iloc[row])
    frame.state.dataset = str(genes[keys.DATASET].iloc[row])


def forget_filters(frame: Frame) -> None:
    """List neighbours with and without evidence again, and all candidates."""
    for name in _FILTERS:
        frame.state.put(name, "")


def _offer_examples(frame: Frame) -> None:
    """Offer the six genes that most contexts have."""
    ortholog_groups = pd.Series(frame.atlas.search.ortholog_groups).value_counts()
    names = sorted(ortholog_groups.index, key=lambda name: (-ortholog_groups[name], name))[:6]

    def take(name: str) -> None:
        frame.state.gene = name

    with st.container(horizontal=True):
        for name in names:
            st.button(name, key=f"example_{name}", on_click=take, args=(name,))


def _choose_context(frame: Frame, ortholog_group: str) -> int | None:
    """Let the user choose among the contexts that have the gene."""
    state, embedding = frame.state, frame.atlas.embedding
    rows = frame.atlas.search.rows(ortholog_group)
    options = context_options(embedding, rows)
    row = choose_row(embedding, rows, symbol=state.gene, dataset=state.dataset)
    if row is None:
        return None

    def take() -> None:
        chosen = st.session_state["_context"]
        remember(frame, next(row for row, label in options.items() if label == chosen))

    with st.sidebar:
        st.selectbox(
            "Context",
            list(options.values()),
            key=mirrored("context", options[row]),
            on_change=take,
            help=f"The {len(options)} contexts that have this gene, most edges first",
        )
    remember(frame, row)
    return row


def _keep(frame: Frame, field: str) -> None:
    """Take over what a widget says."""
    frame.state.put(field, str(st.session_state[f"_{field}"]))


def _choose_search(frame: Frame) -> None:
    """Let the user say where to search, and how many neighbours to list."""
    state = frame.state
    st.selectbox(
        "Search neighbours in",
        SCOPES,
        key=mirrored("scope", state.get("scope")),
        on_change=_keep,
        args=(frame, "scope"),
        help="Which genes in context are compared with this one",
    )
    st.slider(
        "Number of neighbours",
        5,
        _MOST_NEIGHBOURS,
        key=mirrored("k", int(state.get("k"))),
        on_change=_keep,
        args=(frame, "k"),
        help="Also the size of a neighbourhood wherever two are compared",
    )


def _choose_filters(frame: Frame) -> None:
    """Let the user say which neighbours to list."""
    state = frame.state

    def take_orthologs() -> None:
        state.put("orthologs", "only" if st.session_state["_orthologs"] else "")

    st.selectbox(
        "With this evidence",
        EVIDENCE_FILTERS,
        key=mirrored("why", state.get("why")),
        on_change=_keep,
        args=(frame, "why"),
        format_func=lambda kind: _KIND_LABELS.get(kind, kind),
        help="List the nearest genes that have it; their ranks still count every gene",
    )
    st.selectbox(
        "Cosine at least",
        MINIMUM_COSINES,
        key=mirrored("cosine", state.get("cosine")),
        on_change=_keep,
        args=(frame, "cosine"),
        help="Similarity in the embedding, -1 to 1",
    )
    st.toggle(
        "Only genes with an ortholog",
        key=mirrored("orthologs", state.get("orthologs") == "only"),
        on_change=take_orthologs,
        help="Compare only genes that have an ortholog in another species of this atlas",
    )


def offer_open(frame: Frame, table: pd.DataFrame, chosen: int | None, *, key: str) -> None:
    """Offer to open the marked row of a table."""
    if chosen is None:
        st.button("Open", key=key, disabled=True, help="Mark a row of the table first")
        return
    row = table.iloc[chosen]
    st.button(
        f"Open {row['gene']} in {row['context']}",
        key=key,
        type="primary",
        on_click=remember,
        args=(frame, int(row["row"])),
    )
