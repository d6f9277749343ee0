"""Regulators and pathways: a heatmap over contexts, or a table along a ranking."""

from __future__ import annotations

import streamlit as st

from musegnn.analysis.choices import NETWORKS
from musegnn.analysis.enrichment.ranking import Ranking
from musegnn.analysis.enrichment.source_network import Network, open_network
from musegnn.embeddings.atlas import Atlas
from musegnn.knowledge.store import KnowledgeStore
from musegnn.screens.enrichment import ALONG, SCORE_LABELS, SCORES
from musegnn.screens.enrichment import view_activity as enrichment_activity
from musegnn.screens.enrichment.columns import ACTIVITY
from musegnn.screens.enrichment.controls import choose_among
from musegnn.screens.enrichment.figure_activity import plot_activity_heatmap
from musegnn.screens.enrichment.methods import activity_methods
from musegnn.screens.enrichment.panel_ranking import choose_ranking, rank
from musegnn.screens.enrichment.panel_tables import show_terms
from musegnn.screens.enrichment.view_activity import ActivityView
from musegnn.screens.parts.cache import open_knowledge
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.words import escaped, prose


def show_activity(frame: Frame) -> None:
    """Ask for regulators or pathways, and show what their targets say."""
    kind = choose_among(frame, "network", "Activity of", NETWORKS, {})
    scores = choose_among(
        frame,
        "scores",
        "Genes scored by",
        SCORES,
        SCORE_LABELS,
        help="Expression against the other contexts, or a cosine, a change, numbers of your own",
    )
    along = scores == ALONG
    request = choose_ranking(frame) if along else None
    ranking = rank(frame, request) if request is not None else None
    if along and ranking is None:
        return
    network = _read_network(open_knowledge(), kind)
    view = _estimate(frame.atlas, network, ranking)
    _show_answer(frame, view)
    show_methods(frame, activity_methods(request, network, view, embedding=frame.atlas.embedding))


@cached_build(max_entries=4, spinner="Reading who acts on whom")
def _read_network(store: KnowledgeStore | None, kind: str) -> Network:
    """Read a network."""
    return open_network(store, kind)


@cached_build(max_entries=12, spinner="Estimating activities")
def _estimate(atlas: Atlas, network: Network, ranking: Ranking | None) -> ActivityView:
    """Estimate activities in every context, or along a ranking."""
    return enrichment_activity.build(network, atlas=atlas, ranking=ranking)


def _show_answer(frame: Frame, view: ActivityView) -> None:
    """Show heatmap and table with their downloads."""
    st.subheader(escaped(view.title), anchor=False)
    st.markdown(prose(view.sentence))
    has_picture = not view.matrix.empty
    if has_picture:
        show_figure(
            plot_activity_heatmap(view.matrix, view.q, view.targets, on=frame.on),
            key="activity_heatmap",
            description="Activities of sources in contexts; the table lists the numbers",
            caption=view.caption,
            name=file_name(frame.origin, "activity", "svg"),
        )
    show_terms(
        view.found.table.rename(columns={"genes": "n_genes"}),
        key="activity_table",
        description=f"{view.title}, smallest p first",
        columns=ACTIVITY if has_picture else ACTIVITY[1:],
    )
    st.caption(prose(view.statement))
    download_csv(
        f"All {len(view.file):,} rows as CSV",
        view.file,
        origin=frame.origin,
        what="activity",
        key="download_activity",
    )
