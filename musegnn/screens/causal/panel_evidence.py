"""Panel with everything that speaks for or against one edge."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from musegnn.analysis.causal.causal_network import Sources
from musegnn.screens.causal import view_evidence as causal_evidence
from musegnn.screens.causal.columns import CURATED, SIGNS
from musegnn.screens.shell.tables import context_name, show_table
from musegnn.screens.shell.words import escaped, prose


def show_evidence(edge: pd.Series, sources: Sources, *, dataset: str) -> None:
    """Show the evidence of one edge."""
    view = causal_evidence.build(edge, sources, called=context_name(dataset))
    with st.container(border=True, key="causal_evidence"):
        st.subheader(escaped(f"{view.title}: {view.verdict}"), anchor=False)
        st.markdown(prose(view.rule))
        left, right = st.columns(2)
        with left:
            st.markdown(prose("\n".join(f"- {label}: **{value}**" for label, value in view.facts)))
            show_table(
                view.curated,
                key="causal_evidence_curated",
                description=f"Sources that list {view.title}",
                columns=CURATED,
                nothing="No table of regulation lists this pair.",
            )
        with right:
            show_table(
                view.contexts,
                key="causal_evidence_contexts",
                description=f"Co-expression of {view.title} in every context",
                columns=SIGNS,
                nothing="No context measured both genes.",
            )
        st.caption(prose(view.caption))
