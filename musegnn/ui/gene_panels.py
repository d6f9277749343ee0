"""Parts of the Gene page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from musegnn.plots.ego_network import ego_network_svg, plot_ego_network
from musegnn.ui import navigation
from musegnn.ui.downloads import download, download_csv
from musegnn.ui.frame import Frame
from musegnn.ui.gene_search_box import gene_search_box, offer_choices
from musegnn.ui.messages import show_notice
from musegnn.ui.state import mirrored
from musegnn.ui.tables import show_table
from musegnn.viewmodels.export import graphml_bytes
from musegnn.viewmodels.gene import SCOPES, GeneRequest, GeneView
from musegnn.viewmodels.gene_contexts import choose_row, context_options

_NEIGHBOUR_COLUMNS = (
    "rank",
    "gene",
    "context",
    "cosine",
    "mutual",
    "evidence",
    "statistic",
    "percentile",
)
_CONTEXT_COLUMNS = (
    "gene",
    "context",
    "tissue",
    "species",
    "overlap",
    "cosine",
    "degree",
    "nearest",
    "shared_genes",
    "cells",
)
_MOST_NEIGHBOURS = 100


def choose(frame: Frame) -> GeneRequest | None:
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
        scope = st.radio(
            "Search neighbours in",
            SCOPES,
            key=mirrored("scope", st.session_state.get("scope", SCOPES[0])),
            on_change=lambda: st.session_state.update(scope=st.session_state["_scope"]),
            help="Which genes in context are compared with this one",
        )
        k = st.slider(
            "Number of neighbours",
            5,
            _MOST_NEIGHBOURS,
            key=mirrored("k", st.session_state.get("k", 20)),
            on_change=lambda: st.session_state.update(k=st.session_state["_k"]),
        )
    return GeneRequest(row, k=k, scope=scope)


def _offer_examples(frame: Frame) -> None:
    """Offer the six genes that most contexts have."""
    families = pd.Series(frame.atlas.search.families).value_counts()
    names = sorted(families.index, key=lambda name: (-families[name], name))[:6]

    def take(name: str) -> None:
        frame.state.gene = name

    with st.container(horizontal=True):
        for name in names:
            st.button(name, key=f"example_{name}", on_click=take, args=(name,))


def _choose_context(frame: Frame, family: str) -> int | None:
    """Let the user choose among the contexts that have the gene."""
    state, embedding = frame.state, frame.atlas.embedding
    rows = frame.atlas.search.rows(family)
    options = context_options(embedding, rows)
    row = choose_row(embedding, rows, symbol=state.gene, dataset=state.dataset)
    if row is None:
        return None

    def take() -> None:
        chosen = st.session_state["_context"]
        _remember(frame, next(row for row, label in options.items() if label == chosen))

    with st.sidebar:
        st.selectbox(
            "Context",
            list(options.values()),
            key=mirrored("context", options[row]),
            on_change=take,
            help=f"The {len(options)} contexts that have this gene, most edges first",
        )
    _remember(frame, row)
    return row


def _remember(frame: Frame, row: int) -> None:
    """Keep a gene in context as the chosen one."""
    genes = frame.atlas.embedding.genes
    frame.state.gene = str(genes["gene"].iloc[row])
    frame.state.dataset = str(genes["dataset"].iloc[row])


def show_gene(frame: Frame, view: GeneView) -> None:
    """Show the gene, its neighbours and their network."""
    st.subheader(f"{view.symbol} in {view.dataset}", anchor=False)
    st.caption(" \u00b7 ".join(f"{label} **{value}**" for label, value in view.facts))
    if view.graph_note:
        st.warning(view.graph_note)
    left, right = st.columns([4, 3], gap="medium")
    with left:
        _show_neighbours(frame, view)
    with right:
        _show_network(frame, view)


def _show_neighbours(frame: Frame, view: GeneView) -> None:
    """Show the table of neighbours; a marked one can be opened."""
    chosen = show_table(
        view.neighbours,
        key="neighbours",
        description=f"Nearest neighbours of {view.symbol} in {view.dataset}",
        columns=_neighbour_columns(view),
        selectable=True,
    )
    st.caption(f"{view.caption} Mark a row to go on to that gene.")
    with st.container(horizontal=True):
        _offer_open(frame, view.neighbours, chosen, key="open_neighbour")
        download_csv(
            "Neighbours as CSV",
            view.neighbours.assign(query_gene=view.symbol, query_context=view.dataset),
            embedding=frame.atlas.embedding,
            what=f"{view.symbol}-{view.dataset}-neighbours",
            key="download_neighbours",
        )


def _neighbour_columns(view: GeneView) -> tuple[str, ...]:
    """Columns of the table; the context is left out where it is the same in every row."""
    is_constant = (view.neighbours["context"] == view.dataset).all()
    return tuple(c for c in _NEIGHBOUR_COLUMNS if c != "context" or not is_constant)


def _offer_open(frame: Frame, table: pd.DataFrame, chosen: int | None, *, key: str) -> None:
    """Offer to open the marked row of a table."""
    if chosen is None:
        st.button("Open", key=key, disabled=True, help="Mark a row of the table first")
        return
    row = table.iloc[chosen]
    st.button(
        f"Open {row['gene']} in {row['context']}",
        key=key,
        type="primary",
        on_click=_remember,
        args=(frame, int(row["row"])),
    )


def _show_network(frame: Frame, view: GeneView) -> None:
    """Show the network with its downloads."""
    figure = plot_ego_network(view.nodes, view.edges, on=frame.on)
    st.plotly_chart(
        figure,
        key="network",
        theme=None,
        config={"displayModeBar": False},
        alt=f"Network of {view.symbol} and its neighbours; the table lists the same genes",
    )
    st.caption(view.network_caption)
    embedding, what = frame.atlas.embedding, f"{view.symbol}-{view.dataset}-network"
    with st.container(horizontal=True):
        download(
            "Network as SVG",
            lambda: ego_network_svg(
                view.nodes,
                view.edges,
                title=f"{view.symbol} in {view.dataset}",
                caption=view.network_caption,
            ),
            embedding,
            what,
            "svg",
            key="download_network_svg",
        )
        download(
            "as GraphML",
            lambda: graphml_bytes(view.nodes, view.edges, embedding),
            embedding,
            what,
            "graphml",
            key="download_network_graphml",
        )


def show_contexts(frame: Frame, view: GeneView) -> None:
    """Show the same gene in its other contexts, and the way back to the map."""
    st.subheader(f"The same gene in {len(view.contexts)} contexts", anchor=False)
    chosen = show_table(
        view.contexts,
        key="contexts",
        description=f"{view.symbol} in every context that has it",
        columns=_CONTEXT_COLUMNS,
        selectable=True,
        headers={"cosine": "cosine to here"},
    )
    st.caption(view.contexts_caption)
    with st.container(horizontal=True):
        _offer_open(frame, view.contexts, chosen, key="open_context")
        download_csv(
            "Contexts as CSV",
            view.contexts,
            embedding=frame.atlas.embedding,
            what=f"{view.symbol}-contexts",
            key="download_contexts",
        )
        navigation.next_page(
            navigation.ATLAS,
            f"Light {view.symbol} on the Atlas",
            key="to_atlas",
            help="All its contexts light up on the map",
        )
