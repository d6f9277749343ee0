"""Parts of the Gene page: the gene, its neighbours with evidence, and their network."""

from __future__ import annotations

import streamlit as st

from musegnn.analysis.known.knowledge_space import FUSED as FUSED_CONTEXT
from musegnn.analysis.neighbours.gene_evidence import GeneEvidence
from musegnn.analysis.neighbours.gene_neighbours import NeighbourRequest
from musegnn.embeddings.gene_search import GeneMatch
from musegnn.embeddings.reliability import DEFINITION, RESAMPLES_DEFINITION
from musegnn.screens.gene import cache as gene_cache
from musegnn.screens.gene import view as gene
from musegnn.screens.gene.columns import BACKGROUND, EVIDENCE, KNOWN, NEIGHBOURS, STABILITY, STUDIES
from musegnn.screens.gene.controls import choose, forget_filters, offer_open
from musegnn.screens.gene.figure_network import plot_ego_network
from musegnn.screens.gene.methods import build_methods
from musegnn.screens.gene.panel_card import show_absent, show_card
from musegnn.screens.gene.panel_contexts import show_contexts
from musegnn.screens.gene.panel_modalities import show_modalities
from musegnn.screens.gene.panel_surprising import show_surprising
from musegnn.screens.gene.view import GeneView
from musegnn.screens.gene.view_detail import build_detail
from musegnn.screens.gene.view_network import graphml_bytes
from musegnn.screens.parts.annotation_box_panel import show_annotation_box
from musegnn.screens.parts.cache import open_graph
from musegnn.screens.parts.studies_panel import open_studies
from musegnn.screens.shell import navigation
from musegnn.screens.shell.columns import Column
from musegnn.screens.shell.downloads import download, download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_missing_knowledge
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_map_choice import FIELD, FUSED, open_as_map
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.tables import context_name, show_table
from musegnn.screens.shell.words import escaped, joined_facts, prose


def draw(frame: Frame) -> None:
    """Let the user choose a gene in context, and show its neighbours and what speaks for them."""
    request = choose(frame)
    if request is None:
        return
    if isinstance(request, GeneMatch):
        show_absent(frame, request)
        return
    atlas = frame.atlas
    evidence = gene_cache.open_evidence(atlas)
    asked = gene.by_what_is_known(request, frame.state.get("blocks"), open_studies(frame))
    if asked.problem:
        st.info(prose(asked.problem))
    request = asked.request
    show_card(frame, request.row)
    known = gene_cache.open_known(atlas)
    view = gene.build(
        request,
        atlas=atlas,
        graph=open_graph(atlas, str(atlas.embedding.genes["dataset"].iloc[request.row])),
        evidence=evidence,
        contexts=gene_cache.open_contexts(atlas),
        ensemble=gene_cache.open_ensemble(atlas),
        studies=asked.studies,
        known=known,
    )
    show_gene(frame, view, request=request, evidence=evidence)
    show_modalities(frame, view, request.row)
    show_contexts(frame, view)
    show_surprising(frame, view, request.row, known)
    show_annotation_box("gene")
    show_methods(
        frame, build_methods(view, request, embedding=atlas.embedding, studies=asked.studies)
    )


def show_gene(
    frame: Frame, view: GeneView, *, request: NeighbourRequest, evidence: GeneEvidence
) -> None:
    """Show the gene, its neighbours with what speaks for them, and their network."""
    st.subheader(
        escaped(f"{view.symbol} in {frame.atlas.short_context_names[view.dataset]}"),
        anchor=False,
        help=escaped(f"{context_name(view.dataset)}: dataset {view.dataset}"),
    )
    st.caption(joined_facts(view.facts))
    st.markdown(prose(view.reliability_note), help=prose(DEFINITION))
    if view.graph_note:
        st.warning(prose(view.graph_note))
    if evidence.index is None:
        show_missing_knowledge("evidence from interactions, pathways and regulation")
    chosen = _show_neighbours(frame, view)
    if chosen is not None:
        _show_detail(frame, view, chosen, request.row, evidence)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        _show_network(frame, view)
    with right:
        _show_background(frame, view)


def _show_neighbours(frame: Frame, view: GeneView) -> int | None:
    """Show the table of neighbours; returns the marked one."""
    if view.neighbours.empty:
        st.info("No gene meets the filters. Take them away, or search in more contexts.")
        st.button("Take the filters away", on_click=forget_filters, args=(frame,))
        return None
    low, high = (view.neighbours[name].astype(str) for name in ("rank_low", "rank_high"))
    chosen = show_table(
        view.neighbours.assign(ranks=low + " to " + high),
        key="neighbours",
        description=f"Nearest neighbours of {view.symbol} in {context_name(view.dataset)}",
        columns=_neighbour_columns(view),
        selectable=True,
    )
    st.caption(prose(f"{view.caption} Mark a row for all its evidence."))
    if view.neighbours["resampled"].notna().any():
        st.caption(prose(RESAMPLES_DEFINITION))
    if view.known_note:
        st.caption(prose(view.known_note))
    if view.study_note:
        st.caption(prose(view.study_note))
    with st.container(horizontal=True):
        offer_open(frame, view.neighbours, chosen, key="open_neighbour")
        download_csv(
            "Neighbours as CSV",
            view.neighbours.assign(
                query_gene=view.symbol, query_context=view.dataset, **view.study_facts
            ),
            origin=frame.origin,
            what=f"{view.symbol}-{view.dataset}-neighbours",
            key="download_neighbours",
        )
        _offer_next(frame, view)
    st.caption(prose(view.stability_note))
    with st.expander("Where the evidence comes from: sources and releases"):
        st.caption(prose(view.evidence_caption))
    return chosen


def _neighbour_columns(view: GeneView) -> tuple[Column, ...]:
    """Columns of the table, without those that would be the same in every row."""
    left_out = set() if view.n_models else {column.name for column in STABILITY}
    left_out |= {column.name for column in (*STUDIES, *KNOWN)} - set(view.neighbours)
    if view.neighbours["resampled"].isna().all():
        left_out.add("resampled")
    if (view.neighbours["context"] == view.dataset).all():
        left_out.add("context")
    return tuple(column for column in NEIGHBOURS if column.name not in left_out)


def _offer_next(frame: Frame, view: GeneView) -> None:
    """Offer the pages that go on from a neighbourhood."""
    if st.button(
        "Enrichment of the neighbours",
        key="to_enrichment",
        help=prose(view.enrichment_help),
    ):
        _take_neighbours(frame, "enrichment")
        navigation.go_to("Enrichment")
    if st.button(
        "What regulates it", key="to_causal", help=escaped(f"Causal edges around {view.symbol}")
    ):
        _take_neighbours(frame, "causal")
        navigation.go_to("Causal")
    if st.button(
        "Drugs around it",
        key="to_drugs",
        help=escaped(
            f"Compounds joined with {view.ortholog_group} in the network of drugs and targets; "
            "needs tables of drugs"
        ),
    ):
        for name, value in view.drugs_link.items():
            frame.state.put(name, value)
        navigation.go_to("Drugs")
    if frame.state.get(FIELD) != FUSED:
        st.button(
            "What is known of it",
            key="gene_to_fused",
            help=escaped(
                f"{view.ortholog_group} by GO, pathways, interactions, regulons, expression and "
                "dependency, and by all together: the fused set of human genes. The sidebar leads "
                "back"
            ),
            on_click=_open_fused,
            args=(frame, view.ortholog_group),
        )


def _open_fused(frame: Frame, gene: str) -> None:
    """Show a gene in the set of knowledge that ships."""
    open_as_map(FUSED)
    frame.state.gene, frame.state.dataset = gene, FUSED_CONTEXT


def _take_neighbours(frame: Frame, page: str) -> None:
    """Let another page start from the neighbours of this gene in this context."""
    frame.state.put(f"{page}_kind", "neighbours")
    frame.state.put(f"{page}_k", frame.state.get("k"))


def _show_detail(
    frame: Frame, view: GeneView, position: int, row: int, evidence: GeneEvidence
) -> None:
    """Show everything that speaks for one neighbour."""
    detail = build_detail(view, position, row, evidence)
    with st.container(border=True):
        st.markdown(f"**{escaped(detail.title)}**")
        st.caption(joined_facts(detail.numbers))
        show_table(
            detail.facts,
            key="evidence",
            description=f"Evidence for {detail.title}",
            columns=EVIDENCE,
        )
        st.caption(prose(detail.caption))
        download_csv(
            "Evidence as CSV",
            detail.facts.assign(
                query_gene=view.symbol, query_context=view.dataset, **view.study_facts
            ),
            origin=frame.origin,
            what=f"{detail.title}-evidence",
            key="download_evidence",
        )


def _show_background(frame: Frame, view: GeneView) -> None:
    """Show how often evidence is found among the nearest and among all candidates."""
    if view.background.empty:  # neither annotation nor a graph
        return
    st.markdown("**More evidence than chance?**")
    shown = view.background.assign(
        share_percent=100 * view.background["share"],
        background_percent=100 * view.background["background"],
    )
    show_table(
        shown,
        key="background",
        description="Evidence among the nearest genes and among all candidates",
        columns=BACKGROUND,
    )
    st.caption(prose(view.background_caption))
    download_csv(
        "Background as CSV",
        view.background.assign(
            query_gene=view.symbol, query_context=view.dataset, **view.study_facts
        ),
        origin=frame.origin,
        what=f"{view.symbol}-{view.dataset}-background",
        key="download_background",
    )


def _show_network(frame: Frame, view: GeneView) -> None:
    """Show the network with its downloads."""
    what = f"{view.symbol}-{view.dataset}-network"
    show_figure(
        plot_ego_network(view.nodes, view.edges, on=frame.on),
        key="network",
        description=f"Network of {view.symbol} and its neighbours; the table lists the same genes",
        caption=view.network_caption,
        name=file_name(frame.origin, what, "svg"),
    )
    download(
        "Network as GraphML",
        lambda: graphml_bytes(view.nodes, view.edges, frame.origin, view.study_facts),
        frame.origin,
        what,
        "graphml",
        key="download_network_graphml",
    )
