"""Part of the Gene page: modalities of a gene of a fused set."""

from __future__ import annotations

import streamlit as st

from musegnn.screens.gene.cache import open_fused
from musegnn.screens.gene.columns import CONTRIBUTIONS, agreement_columns
from musegnn.screens.gene.figure_modalities import plot_contributions
from musegnn.screens.gene.view import GeneView
from musegnn.screens.gene.view_modalities import build_modalities
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose


def show_modalities(frame: Frame, view: GeneView, row: int) -> None:
    """Show what each modality does to the gene and to its neighbours; nothing for other sets."""
    fused = open_fused(frame.atlas)
    if fused is None:
        return
    found = build_modalities(view, row, fused)
    st.subheader(escaped(f"What is known of {view.symbol}, kind by kind"), anchor=False)
    what = f"{view.symbol}-{view.dataset}-modalities"
    left, right = st.columns([1, 1], gap="medium")
    with left:
        show_figure(
            plot_contributions(
                found.contributions, value=found.value, title=found.title, on=frame.on
            ),
            key="modalities",
            description=f"What each modality does to {view.symbol}; the table lists the numbers",
            caption=found.caption,
            name=file_name(frame.origin, what, "svg"),
        )
    with right:
        show_table(
            found.contributions,
            key="contributions",
            description=f"What each modality does to {view.symbol}",
            columns=CONTRIBUTIONS,
        )
        download_csv(
            "Modalities as CSV",
            found.contributions.assign(query_gene=view.symbol),
            origin=frame.origin,
            what=what,
            key="download_modalities",
        )
    if found.agreement.empty:
        return
    st.markdown("**Which modalities agree on each neighbour?**")
    show_table(
        found.agreement,
        key="agreement_of_modalities",
        description=f"Modalities that agree on the neighbours of {view.symbol}",
        columns=agreement_columns(found.modalities),
    )
    st.caption(prose(found.agreement_caption))
    download_csv(
        "Agreement as CSV",
        found.agreement.assign(query_gene=view.symbol, query_context=view.dataset),
        origin=frame.origin,
        what=f"{what}-agreement",
        key="download_agreement_of_modalities",
    )
