"""Parts of the Context graph page: words, the picture around a molecule, tables, a training."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.molecules.context_graph import GENE
from musegnn.molecules.context_parts import as_graphml
from musegnn.screens.context_graph import (
    AROUND,
    ASKED,
    DENSITY,
    MOST_WALKS,
    TABLES,
    view_training,
)
from musegnn.screens.context_graph import view as contexts
from musegnn.screens.context_graph.columns import BLOCKS, EDGES, RULES, SHARES, STEPS, USED
from musegnn.screens.context_graph.figure import plot_near
from musegnn.screens.context_graph.methods import context_methods
from musegnn.screens.context_graph.view import NearView, OpenContext
from musegnn.screens.parts.page_work_panel import begin, show_end, watch
from musegnn.screens.parts.structures_panel import offer_structures_for_paper
from musegnn.screens.shell import navigation
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download, download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.link_field import LONGEST_PASTED
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.panel_visitor import offers
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose
from musegnn.settings import Settings

_DARK_INK: Final = "#e8eaed"
_PLOT, _STARTED, _CANCEL = "context_plot", "context_started", "context_cancel"
State = tuple[tuple[str, int, int], ...]


def draw(frame: BareFrame) -> None:
    """Say what is known of molecules, and show the part that is asked for."""
    folder = Settings.from_environment().knowledge
    try:
        context = _whole_or_part(folder, contexts.state_of(folder))
        st.markdown(prose(context.sentence))
        asked = st.radio(
            "Question",
            list(ASKED),
            format_func=lambda name: ASKED[name],
            horizontal=True,
            label_visibility="collapsed",
            **frame.state.bound("context_ask"),
        )
        if asked == AROUND:
            _show_around(frame, context)
        elif asked == DENSITY:
            _show_density(frame, context)
        elif asked == TABLES:
            _show_tables(frame, context)
        else:
            _show_training(folder, context)
    except MuseGNNError as error:  # the controls stay, and the link follows them
        show_error(error)


@cached_build(max_entries=2, spinner=contexts.BUILDING)
def _context(folder: Path | None, state: State, *, is_prepared: bool) -> OpenContext:
    """Join what is at hand; all of it once it was prepared."""
    return contexts.open_context(folder, is_patient=is_prepared)


def _whole_or_part(folder: Path | None, state: State) -> OpenContext:
    """Open the context; where molecules wait for their form, offer or show the run for them."""
    context = _context(folder, state, is_prepared=False)
    if not context.waiting:
        return context
    work = contexts.work_of(context)
    record = work.find()
    is_done = record is not None and record.state == "finished"
    if is_done or contexts.is_prepared(context):  # by another run, or on the command line
        return _context(folder, state, is_prepared=True)
    st.info(prose(contexts.say_waiting(context)))
    if record is not None and record.is_active:
        watch(record, _CANCEL)
        return context
    show_end(record, _CANCEL)
    if offers("run", "Bringing them into one form"):
        st.button("Add them", key="context_add", on_click=begin, args=(work, _CANCEL))
    return context


@cached_build(max_entries=60)
def _near(context: OpenContext, node: int, number: int, ink: str) -> NearView:
    """Lay out what stands around a node."""
    return contexts.show_near(context, node, number=number, ink=ink)


def _show_around(frame: BareFrame, context: OpenContext) -> None:
    """Ask for a molecule or gene, and show what stands around it."""
    state = frame.state
    text = st.text_input(
        "Molecule or gene",
        placeholder="dexamethasone, an InChIKey, a SMILES, or a gene such as NR3C1",
        max_chars=LONGEST_PASTED,
        help="A molecule of the graph by name, InChIKey or structure, or a human gene",
        **state.bound("context_node"),
    ).strip()
    node = contexts.find_node(context, text or context.example)
    if not text:
        st.caption(escaped(f"An example, {context.label(node)}. Type another one, or click on it."))
    number = int(state.get("context_walk") or 1)
    ink = _DARK_INK if st.context.theme.type == "dark" else ""
    view = _near(context, node, number, ink)
    st.markdown(prose(view.sentence))
    _show_picture(frame, context, view)
    left, right = st.columns([3, 2])
    with left:
        st.markdown("**One walk from here**")
        st.markdown(prose(view.walked))
        show_table(
            view.trail,
            key="context_walk_table",
            description="Nodes that a walk visits, in their order",
            columns=STEPS,
        )
        st.button(
            "Another walk",
            key="context_walk_next",
            on_click=lambda: state.put("context_walk", str(number % MOST_WALKS + 1)),
        )
    with right:
        if view.svg:
            st.image(view.svg, width=300, alt=f"Structure of {context.label(node)}")
            offer_structures_for_paper([""], [context.graph.smiles[node]], key="context_structure")
        _show_ways_on(frame, view)
    st.markdown("**Edges of the picture**")
    show_table(
        view.edges,
        key="context_edges",
        description="Edges between the nodes of the picture",
        columns=EDGES,
    )
    show_methods(frame, context_methods(frame.origin, name=view.name))


def _show_picture(frame: BareFrame, context: OpenContext, view: NearView) -> None:
    """Show the picture; a click on a node goes to what is around it."""

    def take() -> None:
        selection: Any = st.session_state[_PLOT]["selection"]
        for point in selection["points"][:1]:
            if "customdata" in point:
                name = contexts.name_of(context, int(point["customdata"][0]))
                frame.state.put("context_node", clean("context_node", name))

    show_figure(
        plot_near(view.nodes, view.edges, view.trail, contexts.KINDS_SAID, on=frame.on),
        key=_PLOT,
        on_select=take,
        description="Nodes around the one asked about; the table below lists the edges",
        caption="Ten neighbours of each kind, the heaviest, and three of each kind behind them. "
        "Dotted: alike; solid: known or measured; thick: the walk. A click on a node goes on "
        "there; on a signature or profile, to its molecule.",
        name=file_name(frame.origin, "context-of-a-molecule", "svg"),
        can_move=True,
    )
    with st.container(horizontal=True):
        nodes = view.nodes.drop(columns=["hover"])
        edges = view.edges[["first", "second", "weight", "rule"]]
        download(
            "As GraphML",
            lambda: as_graphml(nodes, edges),
            frame.origin,
            "context-of-a-molecule",
            "graphml",
            key="context_graphml",
        )
        for label, table, what in (
            ("Edges as CSV", view.edges, "context-edges"),
            ("Nodes as CSV", nodes, "context-nodes"),
        ):
            download_csv(label, table, origin=frame.origin, what=what, key=f"csv_{what}")


def _show_ways_on(frame: BareFrame, view: NearView) -> None:
    """Offer the pages that tell more of a molecule or gene."""
    state = frame.state
    if view.kind == GENE:
        if frame.atlas is not None and st.button(
            escaped(f"Open {view.name}"), key="context_gene", help="Its neighbours in the atlas"
        ):
            state.gene = view.name
            navigation.go_to("Gene")
        return
    if st.button("Its targets", key="context_drugs", help="Known and ranked ones, on Drugs"):
        state.put("drug", clean("drug", view.label))
        navigation.go_to("Drugs")
    if st.button("Profiles that match", key="context_matching", help="On Matching"):
        state.put("match_molecule", clean("match_molecule", view.name))
        navigation.go_to("Matching")


def _show_density(frame: BareFrame, context: OpenContext) -> None:
    """Show who is joined, and how densely."""
    st.markdown("**What is known of molecules**")
    show_table(
        context.shares,
        key="context_shares",
        description="Molecules by what they are joined with",
        columns=SHARES,
    )
    st.markdown("**Edges by rule**")
    st.markdown(
        prose(
            "Likeness joins few pairs on purpose: bounds lie as low as leaves 99.5 % of the pairs "
            "of a block apart, and never below 0.6. Molecules are compared within a scaffold, "
            "profiles within clusters."
        )
    )
    show_table(context.rules, key="context_rules", description="Edges of each rule", columns=RULES)
    st.markdown("**Nodes**")
    show_table(
        context.blocks, key="context_blocks", description="Nodes of each kind", columns=BLOCKS
    )
    with st.container(horizontal=True):
        for label, table, what in (
            ("Molecules as CSV", context.shares, "context-shares"),
            ("Rules as CSV", context.rules, "context-rules"),
            ("Nodes as CSV", context.blocks, "context-blocks"),
        ):
            download_csv(label, table, origin=frame.origin, what=what, key=f"csv_{what}")


def _show_tables(frame: BareFrame, context: OpenContext) -> None:
    """Show what it was made of, and what is missing."""
    show_table(
        context.used,
        key="context_used",
        description="Tables that the graph was made of",
        columns=USED,
    )
    for said in context.missing:
        st.markdown(prose(f"- {said}"))
    if not context.missing:
        st.caption("Nothing that the graph can use is missing.")
    download_csv(
        "As CSV", context.used, origin=frame.origin, what="context-tables", key="csv_context_used"
    )


def _show_training(folder: Path | None, context: OpenContext) -> None:
    """Offer a training on the graph to who may start runs."""
    st.markdown(prose(view_training.HONEST))
    if not offers("run", "Trainings"):
        return
    left, right = st.columns([2, 1])
    preset = left.selectbox(
        "Preset",
        list(view_training.PRESETS),
        format_func=view_training.PRESETS.__getitem__,
        key="context_preset",
    )
    name = right.text_input("Name", "Molecules", max_chars=100, key="context_name")
    n_molecules = int(context.blocks["nodes"].iloc[0])
    st.caption(prose(view_training.say_cost(preset, n_molecules)))
    if st.button("Start", key="context_start", type="primary"):
        with st.spinner("Making the graph anew with all features"):
            st.session_state[_STARTED] = view_training.start_training(
                folder, preset=preset, name=name, is_patient=not context.waiting
            )
    if _STARTED in st.session_state:
        st.success(escaped(f"Started: {st.session_state[_STARTED]}"))
        navigation.next_page("Runs", "Watch it on Runs", key="context_to_runs")
