"""Parts of the Enrichment page: which question, then its answer."""

from __future__ import annotations

from musegnn.errors import MuseGNNError
from musegnn.ui.enrichment_activity import show_activity
from musegnn.ui.enrichment_contexts import show_contexts
from musegnn.ui.enrichment_controls import choose_among
from musegnn.ui.enrichment_ranking import show_ranking
from musegnn.ui.enrichment_terms import show_terms_of_set
from musegnn.ui.frame import Frame
from musegnn.ui.messages import show_error
from musegnn.viewmodels.enrichment_questions import (
    ACTIVITY,
    CONTEXTS,
    QUESTION_LABELS,
    QUESTIONS,
    RANKED,
    TERMS,
)

_ANSWERS = {
    TERMS: show_terms_of_set,
    CONTEXTS: show_contexts,
    RANKED: show_ranking,
    ACTIVITY: show_activity,
}


def show(frame: Frame) -> None:
    """Let the user choose a question and answer it."""
    question = choose_among(
        frame, "ask", "Question", QUESTIONS, QUESTION_LABELS, label_visibility="collapsed"
    )
    try:
        _ANSWERS[question](frame)
    except MuseGNNError as error:  # the controls stay, and the link follows them
        show_error(error)
