"""Panels of regulators: who explains the set, directly and from up to three steps above."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from musegnn.screens.causal.cache import open_regulators
from musegnn.screens.causal.columns import ACTIVATION, MASTERS, UPSTREAM
from musegnn.screens.causal.controls import CausalQuestion
from musegnn.screens.shell.columns import Column
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_notice
from musegnn.screens.shell.state import remembered
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import prose


def show_regulators(frame: Frame, question: CausalQuestion) -> None:
    """Show which regulators explain the set."""
    st.subheader("Which regulators explain the set", anchor=False)
    if question.sources.regulation.is_empty:
        st.markdown("This needs a table of regulation; none is loaded for this species.")
        return
    directions = _ask_directions()
    view = open_regulators(question.request, question.sources.regulation, directions)
    show_notice((view.notice,) if view.notice else ())
    direct, distant = st.tabs(["Upstream regulators", "Master regulators, up to three steps"])
    label = question.request.label
    hidden = () if view.has_directions else ACTIVATION
    with direct:
        columns = tuple(column for column in UPSTREAM if column not in hidden)
        _show(frame, view.upstream, columns, view.upstream_caption, f"upstream-{label}")
    with distant:
        columns = tuple(column for column in MASTERS if column not in hidden)
        _show(frame, view.masters, columns, view.masters_caption, f"masters-{label}")


def _ask_directions() -> str:
    """Let the user say which genes went up and which down."""
    with st.expander("Directions of the genes (optional, for activation scores)"):
        return st.text_area(
            "One gene a line, then + or -, or a number whose sign counts",
            placeholder="INS +\nGCG -1.7",
            help="Up or down in your experiment. Without directions only the overlap is tested.",
            **remembered("causal_directions", ""),
        )


def _show(
    frame: Frame, table: pd.DataFrame, columns: tuple[Column, ...], caption: str, what: str
) -> None:
    """Show one table with its test, and offer it in full."""
    name = what.partition("-")[0]
    if table.empty:
        st.markdown("No regulator has two or more curated targets in the set.")
    else:
        show_table(
            table,
            key=f"causal_{name}",
            description=f"Regulators, best first: {name}",
            columns=columns,
        )
    st.caption(prose(caption))
    download_csv(
        "Table as CSV",
        table,
        origin=frame.origin,
        what=what,
        key=f"causal_{name}_csv",
    )
