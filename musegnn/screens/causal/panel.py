"""Parts of the Causal page: the network, its table, what can be taken away."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from musegnn.analysis.causal.causal_discovery import Discovery
from musegnn.screens.causal.cache import open_view
from musegnn.screens.causal.columns import EDGES
from musegnn.screens.causal.controls import CausalQuestion, choose, offer_co_expression
from musegnn.screens.causal.figure_network import plot_causal_network
from musegnn.screens.causal.panel_evidence import show_evidence
from musegnn.screens.causal.panel_inference import show_inference
from musegnn.screens.causal.panel_regulators import show_regulators
from musegnn.screens.causal.panel_rules import show_methods_of, show_rules
from musegnn.screens.causal.view import CausalView, network_file
from musegnn.screens.parts.annotation_box_panel import show_annotation_box
from musegnn.screens.shell.downloads import download, download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_notice
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose

_LIT = "causal_lit"  # of the session: the edge whose evidence is open
_SEEN = "causal_seen"  # of the session: what chart and table said last


def draw(frame: Frame) -> None:
    """Let the user choose genes, and show what regulates them and how much of it is known."""
    question = choose(frame)
    if question is None:
        say_what_for()
        return
    picture, below = two_places()
    with below:
        discovery = show_inference(frame, question)
    with picture:
        show_network(frame, question, discovery)
    show_regulators(frame, question)
    show_rules()
    show_methods_of(frame, question, discovery)


def two_places() -> tuple[Any, Any]:
    """Return a place for the picture and one below it, which is filled first."""
    return st.container(), st.container()


def show_network(frame: Frame, question: CausalQuestion, discovery: Discovery | None) -> None:
    """Show the network, the same as a table, and the evidence of one edge."""
    view = open_view(frame.atlas, question.request, question.sources, discovery)
    st.subheader(escaped(view.title), anchor=False)
    show_notice(view.notices)
    if question.sources.regulation.is_empty:
        show_annotation_box("causal")
    if view.network.edges.empty:
        st.info(
            "No edge joins these genes. Choose Expand or All on the left, more kinds of edges, or "
            "infer edges below."
        )
    offer_co_expression(frame, question)
    lit = st.session_state.get(_LIT, "")
    chart = show_figure(
        plot_causal_network(view.nodes, view.network.edges, on=frame.on, lit=lit),
        key="causal_network",
        on_select="rerun",
        can_move=True,
        description=view.caption,
        caption=view.caption,
        name=file_name(frame.origin, f"causal-{question.request.label}", "svg"),
    )
    _show_expand(frame, view, _clicked(chart, "node"))
    row = show_table(
        view.table,
        key="causal_edges",
        description="Edges of the network in the order of what is known best",
        columns=EDGES,
        selectable=True,
    )
    st.caption(prose(view.table_caption))
    _show_downloads(frame, question, view)
    _show_chosen_edge(question, view, _clicked(chart, "edge"), row)


def say_what_for() -> None:
    """Fill the empty page."""
    st.caption(
        "This page joins what tables of regulation say about these genes, what their expression in "
        "one context suggests, and which regulators explain the set. Every edge opens its evidence."
    )


def _clicked(chart: Any, kind: str) -> str:
    """Return what was clicked in the picture, "" for nothing of that kind."""
    points = chart.selection.points if chart is not None else []
    for point in points:
        found = str(point.get("customdata") or "")
        if found.startswith(f"{kind}:"):
            return found.partition(":")[2]
    return ""


def _show_chosen_edge(
    question: CausalQuestion, view: CausalView, clicked: str, row: int | None
) -> None:
    """Show the evidence of the edge that was chosen last, in the picture or in the table."""
    edges = view.network.edges
    names = [
        f"{first}|{second}"
        for first, second in zip(edges["regulator"], edges["target"], strict=True)
    ]
    now = (clicked, "" if row is None else names[row])
    before = st.session_state.get(_SEEN, ("", ""))
    changed = [name for name, old in zip(now, before, strict=True) if name != old]
    if changed:
        st.session_state[_SEEN] = now
        st.session_state[_LIT] = next((name for name in changed if name), "")
        st.rerun()  # the picture above marks the edge
    lit = st.session_state.get(_LIT, "")
    if lit not in names:
        st.markdown("Choose an edge in the table, or click its middle, to open its evidence.")
        return
    edge = edges.iloc[names.index(lit)]
    show_evidence(edge, question.sources, dataset=question.request.context.dataset)


def _show_expand(frame: Frame, view: CausalView, clicked: str) -> None:
    """Offer to add the curated partners of a gene."""
    field = "causal_around"
    around = frame.state.get(field)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        options = ["", *sorted({*view.expandable, *([around] if around else [])})]
        wished = clicked if clicked in options else around
        chosen = st.selectbox(
            "Add the curated partners of",
            options,
            format_func=lambda name: name or "no gene",
            width=260,
            help="Choose a gene here, or click it in the picture and press the button",
            **frame.state.bound(
                field,
                wished if wished in options else "",
                write=partial(clean, field),
                widget="causal_around_box",
            ),
        )
        if chosen and chosen != around:
            st.button(
                escaped(f"Add the partners of {chosen}"),
                key="causal_add_partners",
                on_click=frame.state.put,
                args=(field, clean(field, chosen)),
            )


def _show_downloads(frame: Frame, question: CausalQuestion, view: CausalView) -> None:
    """Offer the network in the formats of other programs."""
    embedding = frame.atlas.embedding
    what = f"causal-{question.request.label}"
    with st.container(horizontal=True):
        download_csv(
            "Edges as CSV", view.network.edges, origin=embedding.origin, what=what, key="causal_csv"
        )
        for label, file_format in (("GraphML", "graphml"), ("SIF", "sif"), ("CX2", "cx2")):
            download(
                f"Network as {label}",
                partial(network_file, view, file_format, embedding),
                embedding.origin,
                what,
                file_format,
                key=f"causal_{file_format}",
            )
