"""Which drugs belong together: controls, picture, tables and files of the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from musegnn.screens.drugs import AROUND, COLOURS, COMMUNITY, COMPOUND, SHOWN
from musegnn.screens.drugs import view_network as networks
from musegnn.screens.drugs.columns import AGREEMENT, COMMUNITIES, ODD
from musegnn.screens.drugs.figure_network import plot_network
from musegnn.screens.drugs.methods import network_methods
from musegnn.screens.drugs.panel_ways_on import ask_compound, ask_network
from musegnn.screens.drugs.view_network import NetworkView
from musegnn.screens.shell import navigation
from musegnn.screens.shell.downloads import download, download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose
from musegnn.targets.network import PharmacologicalNetwork
from musegnn.targets.network_files import write_network

_PLOT: Final = "drug_network_plot"


def show_network(frame: BareFrame, network: PharmacologicalNetwork) -> None:
    """Show a part of the network, who belongs together, and who is odd there."""
    st.markdown(prose(networks.told(network)))
    view = _choose(frame, network)
    _show_picture(frame, view)
    _show_ways_on(frame, network, view)
    _show_tables(frame, network)
    show_methods(frame, network_methods(frame.origin), key="drug_network_methods")


def _choose(frame: BareFrame, network: PharmacologicalNetwork) -> NetworkView:
    """Let the user say what is shown, and by what it is coloured."""
    state = frame.state
    left, middle, right = st.columns([2, 3, 1], vertical_alignment="bottom")
    with left:
        shown = st.segmented_control(
            "Show",
            list(SHOWN),
            format_func=lambda name: SHOWN[name],
            **state.bound("drug_part"),
        )
    with right:
        colour = st.selectbox(
            "Colour",
            COLOURS,
            help="Of compounds; the most frequent groups have a colour of their own",
            **state.bound("drug_colour"),
        )
    shown = shown or state.get("drug_part")
    node = state.get("drug_node")
    if shown == AROUND:
        names = networks.names_of(network)
        with middle:
            chosen = st.selectbox(
                "Compound or target",
                names,
                index=None,
                placeholder="imatinib, ABL1",
                **state.bound(
                    "drug_node",
                    networks.name_of(network, node) if node else None,
                    write=lambda name: clean("drug_node", name),
                    widget="drug_node_chosen",
                ),
            )
        if chosen:
            return networks.show_near(network, chosen, colour=colour)
        if node:
            st.info(
                escaped(
                    f"{node} is not in the network: it has no pair among the ten best of each "
                    "other. A community is shown."
                )
            )
        shown = COMMUNITY
    if shown == COMMUNITY:
        labels = networks.labels_of(network)
        wished = state.get("drug_community")
        usual = networks.community_of(network, node) if node else 0
        number = int(wished) - 1 if wished else usual
        with middle:
            community = st.selectbox(
                "Community",
                list(labels),
                format_func=lambda one: escaped(labels[one]),
                **state.bound(
                    "drug_community",
                    number if number in labels else 0,
                    write=lambda one: str(one + 1),
                    widget="drug_community_chosen",
                ),
            )
        return networks.show_community(network, community, colour=colour)
    return networks.show_whole(network, colour=colour)


def _show_picture(frame: BareFrame, view: NetworkView) -> None:
    """Show the network; a click on a node goes to what is around it."""

    def take() -> None:
        selection: Any = st.session_state[_PLOT]["selection"]
        for point in selection["points"][:1]:
            if "customdata" in point:
                ask_network(frame, str(point["customdata"][0]))

    show_figure(
        plot_network(view.nodes, view.edges, view.legend, view.titles, on=frame.on),
        key=_PLOT,
        on_select=take,
        description="Compounds joined with targets; the tables and files below list them",
        caption=f"{view.sentence} Circles are compounds, squares targets, larger with more edges; "
        "solid edges are known, dashed ones predicted. A click on one shows what is around it.",
        name=file_name(frame.origin, "drugs-and-targets", "svg"),
        can_move=True,
    )


def _show_ways_on(frame: BareFrame, network: PharmacologicalNetwork, view: NetworkView) -> None:
    """Offer the maps for targets and compounds, and the files."""
    state = frame.state
    said = ""
    chosen = view.nodes[view.nodes["is_chosen"]]
    with st.container(horizontal=True):
        if len(chosen):
            kind, name, said = networks.facts_of_node(network, str(chosen["id"].iloc[0]))
            if kind == COMPOUND:
                _button(
                    f"{name} on every tissue's map",
                    "drug_network_compound",
                    lambda: ask_compound(frame, networks.link_to(network, name)),
                )
            elif frame.atlas is not None and st.button(
                escaped(f"Open {name}"), key="drug_network_gene", help="Its neighbours"
            ):
                state.gene = name
                navigation.go_to("Gene")
        genes = networks.genes_of(view)
        if (
            frame.atlas is not None
            and genes
            and st.button(
                escaped(f"Light {len(genes)} target{'s' * (len(genes) > 1)} on the Atlas"),
                key="drug_network_atlas",
            )
        ):
            state.list_text = ",".join(genes)
            navigation.go_to("Atlas")
        for label, of, what in (("This part", view.part, "part"), ("All", network, "network")):
            for form in ("graphml", "cx2"):
                download(
                    f"{label} as {'GraphML' if form == 'graphml' else 'CX2'}",
                    lambda of=of, form=form: write_network(of, form),  # type: ignore[misc]
                    frame.origin,
                    f"drugs-{what}",
                    form,
                    key=f"drug_network_{what}_{form}",
                )
        download_csv(
            "All edges as CSV",
            network.edges,
            origin=frame.origin,
            what="drugs-edges",
            key="drug_network_edges",
        )
    if len(chosen):
        st.markdown(prose(said))


def _button(label: str, key: str, act: Callable[[], None]) -> None:
    """Offer a step that stays on the page."""
    st.button(escaped(label), key=key, on_click=act)


def _show_tables(frame: BareFrame, network: PharmacologicalNetwork) -> None:
    """Show communities, odd companions, and agreement against chance."""
    st.markdown("**Communities**")
    table = networks.communities_table(network)
    row = show_table(
        table,
        key="drug_communities",
        description="Communities, the largest first",
        columns=COMMUNITIES,
        selectable=True,
    )
    if row is not None:

        def show() -> None:
            frame.state.put("drug_part", COMMUNITY)
            frame.state.put("drug_community", str(int(table["number"].iloc[row])))

        _button(f"Show {table['name'].iloc[row]}", "drug_show_community", show)
    st.markdown("**In the company of another use**")
    st.caption(prose(networks.OF_ODD))
    odd = networks.spaced(network.odd)
    row = show_table(
        odd,
        key="drug_odd",
        description="Compounds whose community is of another use than their own",
        columns=ODD,
        selectable=True,
    )
    if row is not None:
        name = str(odd["name"].iloc[row])
        _button(f"Show what is around {name}", "drug_show_odd", lambda: ask_network(frame, name))
    with st.container(horizontal=True):
        for label, content, what in (
            ("Communities as CSV", table, "drug-communities"),
            ("Other uses as CSV", odd, "drugs-of-another-use"),
            ("Groups tested as CSV", network.groups, "drug-groups"),
        ):
            download_csv(label, content, origin=frame.origin, what=what, key=f"drug_csv_{what}")
    st.markdown("**Compounds that share a target: do they agree in ATC?**")
    show_table(
        network.agreement,
        key="drug_agreement",
        description="Agreement of ATC groups against rewirings",
        columns=AGREEMENT,
    )
    st.caption(prose(networks.STATEMENT))
