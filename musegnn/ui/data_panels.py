"""Panels of the Data page: choose a file, read what came of it."""

from __future__ import annotations

import streamlit as st

from musegnn import keys
from musegnn.plots.degree_histogram import degree_histogram
from musegnn.ui.frame import Frame
from musegnn.ui.messages import errors_as_messages
from musegnn.ui.progress_bar import PageProgress
from musegnn.viewmodels import data
from musegnn.viewmodels.data import DataRequest, DataView

_RESULT = "data_view"


def choose() -> DataRequest | None:
    """Let the user choose a file and say what it is; None until the button is pressed."""
    with st.form("data_form", border=True):
        file = st.file_uploader(
            "Raw counts (.h5ad, 10x .h5, .loom, .csv, .tsv)",
            type=None,
            help="The file stays on this machine. Counts must be raw: non-negative integers. A 10x "
            "folder, chromatin peaks and large files: use `musegnn graph` on the command line.",
        )
        left, middle, right = st.columns(3)
        species = left.selectbox("Species", data.species_choices())
        tissue = middle.text_input("Tissue", placeholder="blood, pancreas, ...")
        modality = right.selectbox(
            "Technique", data.modality_choices(), format_func=data.MODALITY_NAMES.__getitem__
        )
        # a row of its own, so that on a narrow screen the order stays
        left, middle, _ = st.columns(3)
        n_genes = left.number_input("Variable genes (count)", 3, 5000, 1000, step=100)
        preset = middle.selectbox(
            "Edge rule",
            keys.PRESETS,
            help="default: positive, mutual top 50, plus each gene's best 3; paper: p < 0.005",
        )
        pressed = st.form_submit_button("Check and build the graph", type="primary")
    if not pressed:
        return None
    st.session_state.pop(_RESULT, None)
    if file is None:
        st.info("Choose a file first.")
        return None
    return DataRequest(
        file_name=file.name,
        content=file.getvalue(),
        species=species,
        tissue=tissue,
        modality=modality,
        n_genes=int(n_genes),
        preset=preset,
    )


def build(request: DataRequest) -> None:
    """Build the graph with a progress bar and keep the view for the session.

    Any other control of the page stops the work; nothing is written before it is complete.
    """
    progress = PageProgress()
    with errors_as_messages():
        try:
            st.session_state[_RESULT] = data.build(request, progress=progress)
        finally:
            progress.finish()


def show(frame: Frame) -> None:
    """Show the graph that was built last, or what this page is for."""
    view: DataView | None = st.session_state.get(_RESULT)
    if view is None:
        st.caption(
            "You get: what each step removed, warnings, the degree of every gene, and the gene "
            "graph as a file to train on. Nothing leaves this machine."
        )
        return
    st.subheader(view.name, anchor=False)
    for warning in view.report.warnings:
        st.warning(warning)
    left, right = st.columns(2)
    with left:
        figure = degree_histogram(view.degrees, on=frame.on)
        st.plotly_chart(figure, key="degree_histogram", alt=view.caption)
        st.caption(view.caption)
    with right:
        st.table(view.summary.set_index("measure"))
    st.markdown("**What each step did**")
    st.markdown("\n".join(f"- {line}" for line in view.report.steps))
    st.markdown("**Genes with the most edges**")
    st.dataframe(view.report.hubs, hide_index=True, key="data_hubs")
    st.download_button(
        "Gene graph as .h5ad", view.graph_file, file_name=f"{view.name}.h5ad", on_click="ignore"
    )
    st.markdown("Train on it, together with the graphs of the atlas:")
    st.code(view.command, language="shell")
