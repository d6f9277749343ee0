"""Panel of the Atlas page: orthologs of two species in the same cluster."""

from __future__ import annotations

import streamlit as st

from musegnn.embeddings.atlas import Atlas
from musegnn.screens.parts import ortholog_proportion
from musegnn.screens.parts.ortholog_columns import ortholog_columns
from musegnn.screens.parts.ortholog_figure import plot_ortholog_proportion
from musegnn.screens.parts.ortholog_proportion import OrthologView
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_file
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.state import linked_panel
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import prose


def show_orthologs(frame: Frame, asked: tuple[str, str] | None = None) -> None:
    """Show the panel, folded; nothing is computed before it is opened.

    Parameters
    ----------
    frame
        Frame of the page.
    asked
        Two species, or None to let the user choose where there are more than two.
    """
    pairs = ortholog_proportion.species_pairs(frame.atlas.embedding)
    if not pairs:
        st.caption(prose(ortholog_proportion.single_species_note(frame.atlas.embedding)))
        return
    panel = linked_panel(
        frame.state, "ortholog_panel", "Orthologs in the same cluster", key="orthologs"
    )
    if panel is None:
        return
    with panel:
        pair = next((p for p in pairs if asked is not None and set(p) == set(asked)), pairs[0])
        if asked is None and len(pairs) > 1:
            named = {" and ".join(names): names for names in pairs}
            pair = named[st.selectbox("Species", list(named), key="ortholog_pair")]
        view = _compare(frame.atlas, pair)
        if view.notice:
            st.info(prose(view.notice))
            return
        st.markdown(prose(view.sentence))
        show_figure(
            plot_ortholog_proportion(view.table, on=frame.on),
            key="ortholog_plot",
            description=view.description,
        )
        _show_table(frame, view)


@cached_build(max_entries=9, spinner="Comparing orthologs")
def _compare(atlas: Atlas, pair: tuple[str, str]) -> OrthologView:
    """Compare the orthologs of two species."""
    return ortholog_proportion.build(pair, embedding=atlas.embedding)


def _show_table(frame: Frame, view: OrthologView) -> None:
    """Show the same clusters as a table, with its download."""
    show_table(
        view.table,
        key="ortholog_table",
        description=view.description,
        columns=ortholog_columns(view.first, view.second),
        most_rows=15,
    )
    st.caption(prose(view.caption))
    download_file(
        "Table as TSV",
        view.file,
        file_name(frame.origin, f"orthologs-{view.first}-{view.second}", "tsv"),
        key="download_orthologs",
    )
