"""Terms along a ranking: what is ranked, the table, and the running score of a term."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from musegnn.analysis.enrichment.gene_set_library import Library
from musegnn.analysis.enrichment.ranking import Ranking
from musegnn.embeddings.atlas import Atlas
from musegnn.errors import MuseGNNError
from musegnn.screens.enrichment import CHANGE, COSINE, RANKING_LABELS, RANKINGS
from musegnn.screens.enrichment import view_ranking as enrichment_ranking
from musegnn.screens.enrichment.columns import RANKED
from musegnn.screens.enrichment.controls import (
    choose_among,
    choose_library,
    choose_sizes,
    stored_text,
)
from musegnn.screens.enrichment.figure_running_score import plot_running_score
from musegnn.screens.enrichment.methods import ranked_methods
from musegnn.screens.enrichment.panel_tables import show_terms
from musegnn.screens.enrichment.view_ranking import RankedView, RankingRequest
from musegnn.screens.parts.gene_set_panel import ask_gene
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.tables import context_namer
from musegnn.screens.shell.words import escaped, prose


def show_ranking(frame: Frame) -> None:
    """Ask for a ranking and a library, and show the terms that gather at one end."""
    request = choose_ranking(frame)
    library = choose_library(frame)
    with st.sidebar:
        smallest, largest, overlap = choose_sizes(frame)
    ranking = rank(frame, request) if request is not None else None
    if request is None or ranking is None or library is None:
        return
    view = _test_terms(frame.atlas, ranking, library, (smallest, largest, overlap))
    st.subheader(escaped(f"Ranked by {view.title}"), anchor=False)
    st.markdown(prose(view.sentence))
    if ranking.note:
        st.info(prose(ranking.note))
    _show_answer(frame, view)
    show_methods(frame, ranked_methods(request, view, embedding=frame.atlas.embedding))


@cached_build(max_entries=20, spinner="Testing terms along the ranking, some seconds")
def _test_terms(
    atlas: Atlas, ranking: Ranking, library: Library, sizes: tuple[int, int, float]
) -> RankedView:
    """Test terms along a ranking; `sizes` are the smallest, the largest, and the overlap."""
    smallest, largest, overlap = sizes
    return enrichment_ranking.build(
        ranking,
        library=library,
        minimum_size=smallest,
        maximum_size=largest,
        overlap=overlap,
        embedding=atlas.embedding,
    )


def choose_ranking(frame: Frame) -> RankingRequest | None:
    """Let the user say what is ranked; None while that is not clear."""
    kind = choose_among(frame, "ranking", "Ranked by", RANKINGS, RANKING_LABELS)
    if kind == COSINE:
        chosen = ask_gene(frame, key="enrichment")
        return None if chosen is None else RankingRequest(kind, chosen)
    if kind == CHANGE:
        return _ask_contexts(frame)
    text = stored_text(
        frame,
        "ranks",
        "Paste genes and numbers",
        placeholder="CD3E\t3.1\nCD4\t-0.2",
        meaning="One gene a line and its number behind it, 20 lines or more",
    )
    if not text.strip():
        st.markdown("Paste a list of genes, each with a number such as a fold change or a score.")
        return None
    return RankingRequest(kind, (text,))


def rank(frame: Frame, request: RankingRequest) -> Ranking | None:
    """Rank the genes, or say why they cannot be ranked."""
    try:
        return _rank_genes(frame.atlas, request)
    except MuseGNNError as error:
        show_error(error)
        return None


@cached_build(max_entries=20, spinner="Ranking genes")
def _rank_genes(atlas: Atlas, request: RankingRequest) -> Ranking:
    """Rank the genes of an atlas."""
    return enrichment_ranking.rank(request, atlas=atlas)


def _ask_contexts(frame: Frame) -> RankingRequest:
    """Let the user choose two contexts."""
    names = sorted(map(str, frame.atlas.embedding.datasets.index))
    sides = (("From", "left", names[0]), ("To", "right", names[min(1, len(names) - 1)]))
    chosen = (
        column.selectbox(
            prose(label),
            names,
            format_func=context_namer(),
            help="The genes that both contexts have are ranked by how much their "
            "neighbourhood changes; the Compare page shows them one by one",
            **frame.state.bound(
                side, frame.state.among(side, names, usual), widget=f"ranking_{side}"
            ),
        )
        for column, (label, side, usual) in zip(st.columns(2), sides, strict=True)
    )
    return RankingRequest(CHANGE, tuple(chosen))


def _show_answer(frame: Frame, view: RankedView) -> None:
    """Show the table, then the running score of the marked term, or of the best."""
    marked = show_terms(
        view.shown,
        key="ranked_table",
        description=f"Terms along {view.title}, smallest p first",
        columns=RANKED,
        selectable=True,
    )
    n_behind = len(view.found.table) - len(view.shown)
    st.caption(
        prose(
            f"{view.statement} {n_behind:,} terms stand behind a better one and are in the CSV. "
            "Mark a row to see its running score."
        )
    )
    download_csv(
        f"All {len(view.file):,} terms as CSV",
        view.file,
        origin=frame.origin,
        what="ranked-terms",
        key="download_ranked",
    )
    row = view.shown.iloc[0 if marked is None else marked]
    _show_running(frame, view, row)


def _show_running(frame: Frame, view: RankedView, row: pd.Series) -> None:
    """Show where the genes of a term lie along the ranking."""
    term, ranking = str(row["term"]), view.found.ranking
    running, is_member = view.running(term)
    st.markdown(f"**{escaped(term)}**: NES {row['nes']:.2f}, q {row['q']:.2g}")
    scores = ranking.scores.to_numpy()
    show_figure(
        plot_running_score(
            running,
            is_member,
            scores,
            list(ranking.scores.index),
            meaning=ranking.meaning,
            on=frame.on,
        ),
        key="running_score",
        description=f"Running score of {term}; the leading genes are in the table",
        caption=view.caption,
        name=file_name(frame.origin, f"running-score-{term[:60]}", "svg"),
    )
    members = pd.DataFrame(
        {
            "gene": ranking.scores.index[is_member],
            "rank": np.flatnonzero(is_member) + 1,
            "number": scores[is_member],
            "running_score": running[is_member],
        }
    )
    download_csv(
        f"Its {len(members):,} genes as CSV",
        members.assign(term=term, ranking=view.found.ranking.label),
        origin=frame.origin,
        what="running-score",
        key="download_running",
    )
