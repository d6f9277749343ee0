"""Panel of the Compare page: the tissues of the two contexts, their datasets as replicates."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from musegnn import keys
from musegnn.analysis.comparison.shared_edges import pairs_sharing_cells
from musegnn.analysis.comparison.tissue_change import (
    DEFINITION,
    TissueChange,
    tissue_change,
    tissue_sentences,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.screens.compare.columns import tissue_columns
from musegnn.screens.compare.controls import Asked
from musegnn.screens.parts.cache import open_graph
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import errors_as_messages
from musegnn.screens.shell.state import linked_panel
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import prose


@cached_build(max_entries=12, spinner="Comparing the two tissues")
def open_tissues(atlas: Atlas, first: str, second: str, k: int) -> TissueChange:
    """Compare two tissues, or return what was computed before."""
    datasets = atlas.embedding.datasets
    is_theirs = datasets[keys.TISSUE].astype(str).isin([first, second])
    graphs = [open_graph(atlas, str(name)) for name in datasets.index[is_theirs]]
    return tissue_change(
        atlas.embedding, first, second, k=k, share_cells=pairs_sharing_cells(graphs)
    )


def show_tissues(frame: Frame, asked: Asked) -> None:
    """Show the panel, folded; nothing is computed before it is opened."""
    tissues = frame.atlas.embedding.datasets[keys.TISSUE].astype(str)
    first, second = str(tissues.loc[asked.left]), str(tissues.loc[asked.right])
    panel = linked_panel(
        frame.state, "tissues", "Tissues, their datasets as replicates", key="compare_tissues"
    )
    if panel is None:
        return
    with panel, errors_as_messages():
        if first == second:
            st.info(
                prose(
                    f"Both contexts are of {first}. Choose contexts of two tissues to ask which "
                    "genes keep other company in one than in the other, with all of their "
                    "datasets as replicates."
                )
            )
            return
        change = open_tissues(frame.atlas, first, second, asked.settings.k)
        for line in tissue_sentences(change):
            st.markdown(prose(line), help=prose(DEFINITION))
        if not len(change.table):
            return
        show_table(
            change.table,
            key="tissues_table",
            description=f"Genes of {first} and {second}, agreement within and across",
            columns=tissue_columns(first, second, asked.settings.k),
            most_rows=10,
        )
        download_csv(
            "Tissues as CSV",
            _for_file(change),
            origin=frame.origin,
            what=f"{first}-to-{second}",
            key="download_tissues",
        )


def _for_file(change: TissueChange) -> pd.DataFrame:
    """The table with the tissues and the settings in each row."""
    return change.table.assign(
        first=change.first,
        second=change.second,
        first_contexts=" ".join(change.first_contexts),
        second_contexts=" ".join(change.second_contexts),
        ways=change.n_ways,
        **change.settings,
    )
