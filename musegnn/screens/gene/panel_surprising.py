"""Part of the Gene page: company that stands out in the data and not in knowledge."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from musegnn.analysis.known.known_genes import KnownGenes
from musegnn.analysis.known.surprise import StandingOut
from musegnn.screens.gene import COMPANY
from musegnn.screens.gene.columns import SURPRISING
from musegnn.screens.gene.controls import offer_open
from musegnn.screens.gene.methods import surprising_methods
from musegnn.screens.gene.view import GeneView
from musegnn.screens.gene.view_surprising import (
    LEAD,
    NOT_ASKED,
    OF_GENE,
    SurprisingView,
    build_surprising,
    can_be_asked,
    find_standing,
)
from musegnn.screens.shell import navigation
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.selection import Selection
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose


@cached_build(max_entries=8, spinner="Comparing all pairs of the context with permuted genes")
def _standing(known: KnownGenes, dataset: str) -> StandingOut:
    """Find the pairs of a context that stand out."""
    return find_standing(known, dataset)


@cached_build(max_entries=8, spinner="Asking what is known of each pair")
def _build(known: KnownGenes, standing: StandingOut, row: int | None) -> SurprisingView:
    """Hold them against what is known."""
    return build_surprising(known, standing, row)


def show_surprising(frame: Frame, view: GeneView, row: int, known: KnownGenes) -> None:
    """Let the user ask for surprising company, of the gene or of its context."""
    st.subheader("Surprising company", anchor=False)
    st.markdown(prose(LEAD))
    if problem := can_be_asked(frame.atlas.embedding, row, view.dataset):
        st.info(prose(problem))
        return
    choice = frame.state.get("company")
    st.segmented_control(
        "Surprising company of",
        COMPANY,
        format_func=lambda name: escaped(view.symbol if name == OF_GENE else name),
        help="All pairs of a context take a few seconds, and what is known of each some more",
        **frame.state.bound("company"),
    )
    if choice == NOT_ASKED:
        return
    asked = row if choice == OF_GENE else None
    _show(frame, view, _build(known, _standing(known, view.dataset), asked), asked)


def _show(frame: Frame, view: GeneView, found: SurprisingView, row: int | None) -> None:
    """Show the pairs with the ways on."""
    st.markdown(prose(found.sentence))
    if found.pairs.empty:
        st.caption(prose(found.caption))
        return
    chosen = show_table(
        found.pairs,
        key="surprising",
        description=f"Company of {found.title} that stands out and is not known",
        columns=SURPRISING,
        selectable=True,
        most_rows=14,
    )
    st.caption(prose(found.caption))
    with st.container(horizontal=True):
        offer_open(frame, _opened(found, row), chosen, key="open_surprising")
        if len(found.rows) and st.button(
            "Light on the Atlas",
            key="light_surprising",
            help=escaped(f"The {len(found.rows):,} genes of surprising pairs"),
        ):
            frame.state.select(Selection(found.rows, f"surprising, {found.title}"[:60]))
            navigation.go_to("Atlas")
        download_csv(
            "Surprising company as CSV",
            found.pairs.drop(columns="row"),
            origin=frame.origin,
            what=f"{found.title}-surprising",
            key="download_surprising",
        )
    show_methods(
        frame,
        surprising_methods(found, view, row, embedding=frame.atlas.embedding),
        key="surprising_methods",
    )


def _opened(found: SurprisingView, row: int | None) -> pd.DataFrame:
    """Gene, context and row that a mark opens: of a gene its company, else the first of a pair."""
    name = "gene" if row is None else "other"
    return found.pairs[[name, "context", "row"]].set_axis(["gene", "context", "row"], axis=1)
