"""Parts of the Enrichment page: which question, then its answer."""

from __future__ import annotations

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.screens.enrichment import (
    ACTIVITY,
    CONTEXTS,
    QUESTION_LABELS,
    QUESTIONS,
    RANKED,
    TERMS,
)
from musegnn.screens.enrichment.controls import choose_among
from musegnn.screens.enrichment.panel_activity import show_activity
from musegnn.screens.enrichment.panel_contexts import show_contexts
from musegnn.screens.enrichment.panel_ranking import show_ranking
from musegnn.screens.enrichment.panel_terms import show_terms_of_set
from musegnn.screens.parts.annotation_box_panel import show_annotation_box
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.words import prose

_ANSWERS = {
    TERMS: show_terms_of_set,
    CONTEXTS: show_contexts,
    RANKED: show_ranking,
    ACTIVITY: show_activity,
}


def draw(frame: Frame) -> None:
    """Let the user choose a question and answer it."""
    question = choose_among(
        frame, "ask", "Question", QUESTIONS, QUESTION_LABELS, label_visibility="collapsed"
    )
    if question in {RANKED, ACTIVITY}:
        _tell_of_set(frame)
    try:
        _ANSWERS[question](frame)
    except MuseGNNError as error:  # the controls stay, and the link follows them
        show_error(error)
    show_annotation_box("enrichment")


def _tell_of_set(frame: Frame) -> None:
    """Say that a set that was sent here is not what this question is about."""
    kind = frame.state.get("enrichment_kind")
    n_selected = len(frame.state.selection)
    if kind == "selection" and n_selected:
        what = f"Your selection of {n_selected:,} points"
    elif kind == "neighbours" and frame.state.gene:
        what = f"The neighbours of {frame.state.gene}"
    else:
        return
    st.info(
        prose(
            f"{what} is a set of genes, which *{QUESTION_LABELS[TERMS]}* and "
            f"*{QUESTION_LABELS[CONTEXTS]}* ask about. This question is about all genes, ranked or "
            "scored."
        )
    )
