"""Selection actions: what can be done next with the points selected on the Atlas."""

from __future__ import annotations

import streamlit as st

from musegnn.screens.parts.selected_genes import most_selected_contexts, selected_genes
from musegnn.screens.shell import navigation
from musegnn.screens.shell.downloads import download
from musegnn.screens.shell.export import csv_bytes
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.named_selections import selection_h5ad
from musegnn.screens.shell.screen import Screen, screens
from musegnn.screens.shell.selection import Selection
from musegnn.screens.shell.shared_fields import LEFT
from musegnn.screens.shell.words import escaped, prose


def offer_selection(frame: Frame, selection: Selection) -> None:
    """Offer the files of a selection, and the pages that ask on about it.

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
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Ask on about the selection:", width="content")
        for screen in screens():
            if screen.on_selection and st.button(
                escaped(f"Send to {screen.name}"),
                key=f"send_{screen.name}",
                help=prose(screen.on_selection),
            ):
                _send(frame, selection, screen)


def _genes_csv(frame: Frame, selection: Selection) -> bytes:
    """Write the genes of the selection when the button is pressed."""
    table = selected_genes(selection, atlas=frame.atlas)
    return csv_bytes(table, frame.origin)


def _send(frame: Frame, selection: Selection, screen: Screen) -> None:
    """Tell the next page what the question is about, and go there."""
    chooser = f"{screen.name.casefold()}_kind"  # see `gene_set_fields`
    if chooser in {field.name for field in screen.fields}:
        frame.state.put(chooser, "selection")
    elif LEFT in screen.fields:
        contexts = most_selected_contexts(selection, frame.atlas.embedding)
        for side, context in zip(("left", "right"), contexts, strict=False):
            frame.state.put(side, context)
    navigation.go_to(screen.name)
