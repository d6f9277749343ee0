"""Selection files: what a person can take away of the points selected on the Atlas."""

from __future__ import annotations

import streamlit as st

from musegnn.screens.parts.selected_genes import selected_genes
from musegnn.screens.shell.downloads import download
from musegnn.screens.shell.export import csv_bytes
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.named_selections import selection_h5ad
from musegnn.screens.shell.selection import Selection


def offer_selection(frame: Frame, selection: Selection) -> None:
    """Offer the files of a selection; the bar above the map sends it to other pages.

    Parameters
    ----------
    frame
        The page.
    selection
        The current selection; nothing is shown when it is empty.
    """
    if not len(selection):
        return
    embedding = frame.atlas.embedding
    with st.container(horizontal=True, vertical_alignment="center"):
        download(
            "Selected genes as CSV",
            lambda: _genes_csv(frame, selection),
            embedding.origin,
            "selected-genes",
            "csv",
            key="download_selected_genes",
        )
        download(
            "Selection as h5ad",
            lambda: selection_h5ad(selection, embedding),
            embedding.origin,
            "selection",
            "h5ad",
            key="download_selection_h5ad",
        )


def _genes_csv(frame: Frame, selection: Selection) -> bytes:
    """Write the genes of the selection when the button is pressed."""
    table = selected_genes(selection, atlas=frame.atlas)
    return csv_bytes(table, frame.origin)
