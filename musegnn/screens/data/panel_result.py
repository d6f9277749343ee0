"""Panels of the Data page: what came of a build."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from musegnn.runs import RunConfig
from musegnn.screens.data.columns import HUBS
from musegnn.screens.data.figure_degrees import degree_histogram
from musegnn.screens.data.methods import data_methods
from musegnn.screens.data.panel_place import show_placement
from musegnn.screens.data.view import DataView
from musegnn.screens.data.view_preview import steps_table
from musegnn.screens.shell import navigation
from musegnn.screens.shell.downloads import download_file
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose


def show_result(config: RunConfig, view: DataView, frame: BareFrame, folder: Path) -> None:
    """Show a gene graph: warnings, degrees, downloads, place in the atlas, meaning, steps, hubs."""
    st.subheader(escaped(view.name), anchor=False)
    for warning in view.report.warnings:
        st.warning(prose(warning))
    left, right = st.columns(2)
    with left:
        show_figure(
            degree_histogram(view.degrees, on=frame.on),
            key="degree_histogram",
            description=view.caption,
            caption=view.caption,
            name=f"{view.name}_degrees",
        )
        _show_downloads(view, frame)
    with right:
        st.table(view.summary.set_index("measure"))
    show_placement(frame, view.name, folder)
    _show_meaning(view)
    left, right = st.columns([7, 5])
    with left:
        _show_steps(view)
    with right:
        st.markdown("**Genes with the most edges**")
        show_table(
            view.report.hubs,
            key="data_hubs",
            description="The ten genes with the most edges",
            columns=HUBS,
        )
    show_methods(frame, data_methods(config, view))


def _show_downloads(view: DataView, frame: BareFrame) -> None:
    """Offer graph and report, and say how to go on."""
    left, right = st.columns(2)
    with left:
        download_file(
            "Gene graph as .h5ad",
            view.graph_file,
            f"{view.name}.h5ad",
            key="download_graph",
            type="primary",
        )
    with right:
        download_file(
            "Report as .json", view.report_file, f"{view.name}_report.json", key="download_report"
        )
    others = "" if frame.result is None else " and the atlas"
    if st.button(escaped(f"Train on {view.name}{others}"), key="data_to_runs"):
        frame.state.hand_over("Runs", frame.state.built_graph)
        navigation.go_to("Runs")
    st.markdown("Or train on the command line, together with the graphs of the atlas:")
    st.code(view.command, language="shell")


def _show_meaning(view: DataView) -> None:
    """Say what known biology and other cells say of the edges."""
    st.markdown("**Do the edges mean something?**")
    if not view.meaning.empty:
        st.table(view.meaning.set_index("edges that"))
    st.caption(prose(view.meaning_note))
    if view.halves:
        st.markdown(prose(view.halves))


def _show_steps(view: DataView) -> None:
    """Say what reading and quality control did: as a table where the graph records one."""
    st.markdown("**What each step did**")
    filters = view.report.filters
    lines = view.report.steps
    if not filters.empty:
        st.table(steps_table(filters).set_index("step"))
        lines = tuple(line for line in lines if not line.startswith(("cells: ", "genes: ")))
    st.markdown(prose("\n".join(f"- {line}" for line in lines)))
