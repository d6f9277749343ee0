"""Terms of a set: the picture, the table, what stands behind a term, and the way on."""

from __future__ import annotations

import numpy as np
import streamlit as st

from musegnn.analysis.enrichment.enrichment import EnrichmentSettings
from musegnn.analysis.enrichment.gene_set_library import Library
from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.embeddings.atlas import Atlas
from musegnn.screens.enrichment import view as enrichment
from musegnn.screens.enrichment.columns import ALL_TERMS, PLAIN, TERMS, TERMS_BEHIND
from musegnn.screens.enrichment.controls import choose_library, choose_settings
from musegnn.screens.enrichment.figure_terms import plot_enriched_terms
from musegnn.screens.enrichment.methods import terms_methods
from musegnn.screens.enrichment.panel_actions import offer_atlas, offer_causal, offer_causal_genes
from musegnn.screens.enrichment.panel_tables import show_terms
from musegnn.screens.enrichment.view import TermsView
from musegnn.screens.parts.gene_set_panel import choose_gene_set
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.words import escaped, joined_facts, prose


def show_terms_of_set(frame: Frame) -> None:
    """Ask for genes and a library, and show the terms of the set."""
    choice = choose_gene_set(frame, key="enrichment", with_studies=True)
    library = choose_library(frame)
    settings = choose_settings(frame, with_background=True)
    if choice is None or library is None:
        return
    _show_answer(frame, choice, _test_terms(frame.atlas, choice, library, settings))


@cached_build(max_entries=30, spinner="Testing terms")
def _test_terms(
    atlas: Atlas, choice: GeneSetChoice, library: Library, settings: EnrichmentSettings
) -> TermsView:
    """Test the terms of a set."""
    return enrichment.build(
        choice,
        library=library,
        settings=settings,
        atlas=atlas,
    )


def _show_answer(frame: Frame, choice: GeneSetChoice, view: TermsView) -> None:
    """Show picture and table with their downloads."""
    st.subheader(escaped(view.title), anchor=False)
    st.caption(joined_facts(view.facts))
    if view.caution:
        st.warning(prose(view.caution))
    st.markdown(prose(view.sentence))
    with st.container(horizontal=True):
        offer_atlas(frame, rows=choice.rows, label=view.title, key="light_set")
        offer_causal(frame, choice, key="set_to_causal")
    if len(view.drawn):
        _show_picture(frame, view)
        _show_table(frame, choice, view)
    show_methods(frame, terms_methods(view, embedding=frame.atlas.embedding))


def _show_picture(frame: Frame, view: TermsView) -> None:
    """Show the best terms."""
    show_figure(
        plot_enriched_terms(view.drawn, on=frame.on),
        key="terms_plot",
        description=f"Odds ratios of the {len(view.drawn)} best terms; the table lists the numbers",
        caption=view.caption,
        name=file_name(frame.origin, "enriched-terms", "svg"),
    )


def _show_table(frame: Frame, choice: GeneSetChoice, view: TermsView) -> None:
    """Show the terms that stand for themselves, or all, with test and background below."""
    with_redundant = view.found.n_redundant > 0 and st.toggle(
        f"List the {view.found.n_redundant:,} redundant terms too",
        key="with_redundant",
        help="Terms that name nearly the same genes as a better one",
    )
    table = view.found.table if with_redundant else view.shown
    marked = show_terms(
        table,
        key="terms_table",
        description=f"Terms in {view.title}, smallest p first",
        columns=ALL_TERMS if with_redundant else TERMS,
        selectable=True,
    )
    st.caption(prose(f"{view.statement} Mark a row to see its genes and what stands behind it."))
    download_csv(
        f"All {len(view.file):,} terms as CSV",
        view.file,
        origin=frame.origin,
        what="enriched-terms",
        key="download_terms",
    )
    if view.found.is_matched:
        with st.expander(f"The plain test would call {view.found.n_plain:,} terms"):
            st.caption(prose(view.plain))
            show_terms(
                view.found.table.sort_values(["plain_p", "term"], ignore_index=True),
                key="terms_plain",
                description=f"Terms in {view.title} by the plain test, smallest p first",
                columns=PLAIN,
            )
    if marked is not None:
        _show_term(frame, choice, view, str(table["term"].iloc[marked]))


def _show_term(frame: Frame, choice: GeneSetChoice, view: TermsView, term: str) -> None:
    """Show the genes of a marked term, and the terms behind it."""
    row = view.found.table.set_index("term").loc[term]
    genes = str(row["genes"]).split()
    st.markdown(f"**{escaped(term)}**: {escaped(', '.join(genes))}")
    ortholog_groups = frame.atlas.search.ortholog_groups[choice.rows].astype(str)
    with st.container(horizontal=True):
        offer_atlas(
            frame, rows=choice.rows[np.isin(ortholog_groups, genes)], label=term, key="light_term"
        )
        offer_causal_genes(frame, genes, choice.dataset, key="term_to_causal")
    behind = view.behind(term)
    if len(behind):
        with st.expander(escaped(f"Behind it: {len(behind)} term{'s' * (len(behind) > 1)}")):
            show_terms(
                behind,
                key="terms_behind",
                description=f"Terms that name nearly the same genes as {term}",
                columns=TERMS_BEHIND,
            )
