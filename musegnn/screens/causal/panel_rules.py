"""Panels that say how verdicts are given, how well they do, and how all was computed."""

from __future__ import annotations

import streamlit as st

from musegnn.analysis.causal.causal_discovery import Discovery
from musegnn.analysis.causal.edge_verdicts import SCORE_MEANING, rules_table
from musegnn.errors import MuseGNNError
from musegnn.screens.causal import methods as causal_methods
from musegnn.screens.causal import view_calibration as causal_calibration
from musegnn.screens.causal.columns import BINS, METRICS
from musegnn.screens.causal.controls import CausalQuestion
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import prose


def show_rules() -> None:
    """Show the rules of the verdicts and their calibration, folded."""
    with st.expander("How a verdict is given, and how well it does"):
        st.markdown("The first rule that holds decides.")
        rows = rules_table().itertuples()
        st.markdown(
            prose("\n".join(f"- **{row.rule}: {row.verdict}** when {row.when}." for row in rows))
        )
        st.caption(SCORE_MEANING)
        try:
            view = causal_calibration.build()
        except MuseGNNError as error:
            show_error(error)
            return
        if view is None:
            st.markdown("Not calibrated here: `python -m benchmarks.causal_verdicts` measures it.")
            return
        st.markdown("**Held-out curated pairs**")
        st.markdown(prose("\n".join(f"- {line}" for line in view.sentences)))
        left, right = st.columns([3, 2])
        with left:
            show_table(
                view.metrics,
                key="causal_metrics",
                description="AUROC of each score against hidden curated pairs",
                columns=METRICS,
            )
        with right:
            show_table(
                view.bins,
                key="causal_bins",
                description="Share of hidden curated pairs by score",
                columns=BINS,
            )
        st.caption(prose(view.caption))


def show_methods_of(frame: Frame, question: CausalQuestion, discovery: Discovery | None) -> None:
    """Show how the table of edges was made."""
    methods = causal_methods.describe_network(
        question.request, question.sources, discovery, file_name=_file_name()
    )
    show_methods(frame, methods, key="causal_methods")


def _file_name() -> str:
    """Name of the file of counts in use, "" for none."""
    file = st.session_state.get("causal_file")
    return "" if file is None else file.name
