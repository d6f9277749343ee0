"""Where the genes of the Enrichment page go on to: the Atlas and the Causal page."""

from __future__ import annotations

import numpy as np
import streamlit as st

from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.screens.shell import navigation
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.selection import Selection
from musegnn.screens.shell.words import escaped


def offer_atlas(frame: Frame, *, rows: np.ndarray, label: str, key: str) -> None:
    """Offer to light genes on the Atlas.

    Parameters
    ----------
    frame
        The page.
    rows
        Rows of the atlas.
    label
        What they are.
    key
        Name of the button.
    """
    if st.button("Light on the Atlas", key=key, help=escaped(f"Selects {label} on the map")):
        frame.state.select(Selection(rows, label[:60]))
        navigation.go_to("Atlas")


def offer_causal(frame: Frame, choice: GeneSetChoice, *, key: str) -> None:
    """Offer to ask what regulates the chosen genes."""
    if st.button("What regulates them?", key=key, help="Opens the Causal page on the same genes"):
        for name in ("kind", "context", "saved", "k"):
            frame.state.put(f"causal_{name}", frame.state.get(f"enrichment_{name}"))
        frame.state.put("causal_kind", choice.kind)
        navigation.go_to("Causal")


def offer_causal_genes(frame: Frame, genes: list[str], dataset: str, *, key: str) -> None:
    """Offer to ask what regulates a few genes."""
    if st.button("What regulates these?", key=key, help="Opens the Causal page on these genes"):
        frame.state.list_text = " ".join(genes)
        frame.state.put("causal_kind", "list")
        frame.state.put("causal_context", dataset)
        navigation.go_to("Causal")
