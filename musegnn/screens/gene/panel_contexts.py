"""The same gene in its other contexts: table, heatmap, company it keeps, small maps."""

from __future__ import annotations

import streamlit as st

from musegnn import keys
from musegnn.screens.gene.columns import COMPANY, CONTEXTS
from musegnn.screens.gene.controls import offer_open
from musegnn.screens.gene.figure_agreement import plot_agreement
from musegnn.screens.gene.figure_context_maps import plot_context_maps
from musegnn.screens.gene.view import GeneView
from musegnn.screens.gene.view_maps import build_maps
from musegnn.screens.shell import navigation
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.tables import context_name, say_contexts, show_table
from musegnn.screens.shell.words import escaped, prose


def show_contexts(frame: Frame, view: GeneView) -> None:
    """Show the same gene in its other contexts, and the way on."""
    contexts = view.contexts
    st.subheader(f"The same gene in {len(contexts.table)} contexts", anchor=False)
    chosen = show_table(
        contexts.table,
        key="contexts",
        description=f"{view.symbol} in every context that has it",
        columns=CONTEXTS,
        selectable=True,
    )
    st.caption(prose(contexts.caption))
    with st.container(horizontal=True):
        offer_open(frame, contexts.table, chosen, key="open_context")
        _offer_compare(frame, view, chosen)
        download_csv(
            "Contexts as CSV",
            contexts.table,
            origin=frame.origin,
            what=f"{view.symbol}-contexts",
            key="download_contexts",
        )
        navigation.next_page(
            "Atlas",
            f"Light {view.symbol} on the Atlas",
            key="to_atlas",
            help="All its contexts light up on the map",
        )
    if len(contexts.table) > 1:
        _show_agreement(frame, view)
        _show_maps(frame, view)


def _offer_compare(frame: Frame, view: GeneView, chosen: int | None) -> None:
    """Offer to compare this context with the marked one, or with the most alike."""
    others = view.contexts.table["context"]
    elsewhere = others[others != view.dataset]
    if elsewhere.empty:
        return
    other = str(elsewhere.iloc[0])
    if chosen is not None and str(others.iloc[chosen]) != view.dataset:
        other = str(others.iloc[chosen])
    if st.button(
        escaped(f"Compare with {context_name(other)}"),
        key="to_compare",
        help=escaped(f"{view.dataset} and {other} side by side; mark a row for another one"),
    ):
        if _is_one_to_one(frame, view, other):
            frame.state.put("left", view.dataset)
            frame.state.put("right", other)
            navigation.go_to("Compare")
        # Compare goes by genes that both have one to one; lists stand side by side for any others
        for name, value in (
            ("pooled_by", "context"),
            ("pool", view.dataset),
            ("other_pool", other),
        ):
            frame.state.put(name, value)
        navigation.go_to("Tissues")


def _is_one_to_one(frame: Frame, view: GeneView, other: str) -> bool:
    """Tell whether another context has the gene as the one partner of the gene here."""
    genes, table = frame.atlas.embedding.genes, view.contexts.table
    names = genes[keys.COMMON_GENE].astype(str)
    here = table.loc[(table["context"] == view.dataset) & (table["gene"] == view.symbol), "row"]
    there = table.loc[table["context"] == other, "row"]
    return bool(names.iloc[there].isin(set(names.iloc[here])).any())


def _show_agreement(frame: Frame, view: GeneView) -> None:
    """Show which contexts agree about the neighbours, and on whom."""
    contexts, embedding = view.contexts, frame.atlas.embedding
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown("**Where do the neighbourhoods agree?**")
        show_figure(
            plot_agreement(
                contexts.overlap, contexts.shared, contexts.labels, here=contexts.here, on=frame.on
            ),
            key="agreement",
            description=f"Overlap of the neighbourhoods of {view.symbol} in "
            f"{len(contexts.labels)} contexts; the download lists the same pairs",
            caption=contexts.heatmap_caption,
        )
        download_csv(
            "Pairs as CSV",
            contexts.pairs,
            origin=embedding.origin,
            what=f"{view.symbol}-context-pairs",
            key="download_pairs",
        )
    with right:
        st.markdown("**Neighbours in many contexts, and in one only**")
        show_table(
            contexts.company.assign(contexts=say_contexts(contexts.company["contexts"])),
            key="company",
            description=f"Genes that are neighbours of {view.symbol} in one context or many",
            columns=COMPANY,
        )
        st.caption(prose(contexts.company_caption))
        download_csv(
            "Company as CSV",
            contexts.company,
            origin=embedding.origin,
            what=f"{view.symbol}-company",
            key="download_company",
        )


def _show_maps(frame: Frame, view: GeneView) -> None:
    """Show the gene and its neighbours on the map, context by context."""
    points, caption = build_maps(view, embedding=frame.atlas.embedding)
    show_figure(
        plot_context_maps(points, on=frame.on),
        key="context_maps",
        description=f"{view.symbol} and its nearest genes on the map, in a few contexts; the "
        "tables above list the same genes",
        caption=caption,
    )
    download_csv(
        "Points as CSV",
        points,
        origin=frame.origin,
        what=f"{view.symbol}-context-maps",
        key="download_maps",
    )
