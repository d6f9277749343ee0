"""Terms of a set in every context: bubbles and table."""

from __future__ import annotations

import streamlit as st

from musegnn.analysis.choices import SET_MODES
from musegnn.analysis.enrichment.enrichment import EnrichmentSettings
from musegnn.analysis.enrichment.gene_set_library import Library
from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.embeddings.atlas import Atlas
from musegnn.screens.enrichment import view as enrichment
from musegnn.screens.enrichment.columns import IN_CONTEXTS
from musegnn.screens.enrichment.controls import choose_among, choose_library, choose_settings
from musegnn.screens.enrichment.figure_bubbles import plot_enrichment_bubbles
from musegnn.screens.enrichment.methods import contexts_methods
from musegnn.screens.enrichment.panel_tables import show_terms
from musegnn.screens.enrichment.view import ContextsView
from musegnn.screens.parts.gene_set_panel import choose_gene_set
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.words import escaped, prose

_HELP = (
    "The genes of the choice wherever a context has them, or the choice made again in each "
    "context: the neighbours of the gene there, or the points of the cluster or selection that "
    "lie there"
)


def show_contexts(frame: Frame) -> None:
    """Ask for genes and a library, and show the terms in every context."""
    choice = choose_gene_set(frame, key="enrichment", with_studies=True)
    library = choose_library(frame)
    settings = choose_settings(frame, with_background=False)
    if choice is None or library is None:
        return
    st.subheader(escaped(choice.called(frame.atlas.short_context_names)), anchor=False)
    mode = SET_MODES[0]
    if choice.kind != "list":
        mode = choose_among(frame, "take", "Genes in each context", SET_MODES, {}, help=_HELP)
    _show_answer(frame, _test_terms(frame.atlas, choice, library, settings, mode))


@cached_build(max_entries=20, spinner="Testing terms in every context")
def _test_terms(
    atlas: Atlas,
    choice: GeneSetChoice,
    library: Library,
    settings: EnrichmentSettings,
    mode: str,
) -> ContextsView:
    """Test the terms of a set in every context."""
    return enrichment.build_contexts(
        choice,
        library=library,
        settings=settings,
        mode=mode,
        atlas=atlas,
    )


def _show_answer(frame: Frame, view: ContextsView) -> None:
    """Show bubbles and table with their downloads."""
    if view.caution:
        st.warning(prose(view.caution))
    st.markdown(prose(view.sentence))
    if view.found.table.empty:
        return
    show_figure(
        plot_enrichment_bubbles(view.drawn, view.contexts, on=frame.on),
        key="bubbles",
        description="Terms and contexts, size by genes and colour by q; the table lists the "
        "numbers",
        caption=view.caption,
        name=file_name(frame.origin, "terms-in-contexts", "svg"),
    )
    show_terms(
        view.found.table,
        key="contexts_table",
        description=f"Terms in {view.title} in every context, smallest p first",
        columns=IN_CONTEXTS,
    )
    st.caption(prose(view.statement))
    download_csv(
        f"All {len(view.file):,} rows as CSV",
        view.file,
        origin=frame.origin,
        what="terms-in-contexts",
        key="download_contexts_terms",
    )
    if view.found.left_out:
        st.caption(escaped(f"Without any of the genes: {', '.join(view.found.left_out)}."))
    show_methods(frame, contexts_methods(view, embedding=frame.atlas.embedding))
