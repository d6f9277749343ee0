"""Part of the Drugs page: do drugs reach a gene, or its like."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from musegnn.screens.drugs import view_reach
from musegnn.screens.drugs.columns import NEIGHBOURS
from musegnn.screens.drugs.methods import reach_methods
from musegnn.screens.drugs.panel_ways_on import ask_network
from musegnn.screens.shell import navigation
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose
from musegnn.targets.tables import Pharmacology

State = tuple[tuple[str, int, int], ...]


@cached_build(max_entries=1, spinner="Laying out what is known of genes, once")
def _spaces(folder: Path | None, state: State) -> view_reach.Spaces:
    """Open the vectors by which genes are alike."""
    return view_reach.open_gene_spaces(folder)


def show_reach(frame: BareFrame, folder: Path | None, state: State, data: Pharmacology) -> None:
    """Ask for a gene, say how far drugs came with it, and list tractable genes like it."""
    text = st.text_input(
        "Gene",
        placeholder="KRAS",
        max_chars=60,
        help="Symbol, older symbol or Ensembl id of a human gene",
        **frame.state.bound("drug_near"),
    )
    for note in view_reach.NOTES:
        st.caption(prose(note))
    if not text.strip():
        return
    view = view_reach.look_within_reach(folder, data, _spaces(folder, state), text)
    st.subheader(escaped(view.gene), anchor=False)
    st.markdown(prose(view.sentence))
    row = show_table(
        view.table,
        key="drug_reach",
        description=f"Tractable genes most like {view.gene}",
        columns=NEIGHBOURS,
        selectable=True,
    )
    with st.container(horizontal=True):
        chosen = view.gene if row is None else str(view.table["gene"].iloc[row])
        if frame.atlas is not None and st.button(escaped(f"Open {chosen}"), key="drug_open_near"):
            frame.state.gene = chosen
            navigation.go_to("Gene")
        st.button(
            escaped(f"Drugs around {chosen}"),
            key="drug_near_network",
            help="In the network of compounds and targets",
            on_click=lambda: ask_network(frame, chosen),
        )
        download_csv(
            "Tractable genes as CSV",
            view.table,
            origin=frame.origin,
            what=f"tractable-genes-like-{view.gene}",
            key="drug_reach_csv",
        )
    show_methods(frame, reach_methods(frame.origin, view.gene))
