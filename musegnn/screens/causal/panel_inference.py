"""Panel that infers edges from cells: what from, what is assumed, start, watch, stop."""

from __future__ import annotations

import streamlit as st

from musegnn.analysis.causal.causal_discovery import ASSUMPTIONS, Discovery
from musegnn.analysis.causal.causal_question import possible_causes
from musegnn.analysis.causal.cause_correlations import CauseCorrelations
from musegnn.errors import MuseGNNError
from musegnn.screens.causal import view_inference as causal_inference
from musegnn.screens.causal.cache import open_correlations
from musegnn.screens.causal.controls import CausalQuestion
from musegnn.screens.causal.view_inference import InferenceRequest
from musegnn.screens.parts.uploads import Upload
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_error, show_unexpected
from musegnn.screens.shell.page_job import BuildJob, Outcome
from musegnn.screens.shell.progress_bar import watch

_JOB, _FILE = "causal_job", "causal_file"
_FOUND = "causal_found"  # what was inferred, and for which question


def show_inference(frame: Frame, question: CausalQuestion) -> Discovery | None:
    """Offer to infer edges, and return those of this question once they are there."""
    dataset = question.request.context.dataset
    request = InferenceRequest(
        context=question.request.context,
        modality=str(frame.atlas.embedding.datasets.loc[dataset, "modality"]),
        causes=possible_causes(question.sources),
        file=st.session_state.get(_FILE),
    )
    correlations = open_correlations(frame.atlas, dataset)
    _take_over()
    found: tuple[str, Outcome[Discovery]] | None = st.session_state.get(_FOUND)
    outcome = found[1] if found is not None and found[0] == request.key else None
    discovery = outcome.result if outcome is not None else None
    label = "Edges inferred from the cells of this context"
    with st.expander(label, expanded=_JOB in st.session_state or outcome is not None):
        if discovery is not None:
            st.markdown(f"{len(discovery.edges)} edges. {discovery.sentence}")
        elif outcome is not None:
            _show_failure(outcome)
        if _JOB in st.session_state:
            watch(st.session_state[_JOB][1], key="causal_cancel")
        else:
            _offer(request, correlations, is_done=discovery is not None)
        st.markdown(
            "**What is assumed.** " + " ".join(f"({i}) {t}" for i, t in enumerate(ASSUMPTIONS, 1))
        )
    return discovery


def _take_over() -> None:
    """Keep how the work ended, once it has."""
    if _JOB not in st.session_state:
        return
    key, job = st.session_state[_JOB]
    if job.outcome is not None:
        st.session_state[_FOUND] = (key, job.outcome)
        del st.session_state[_JOB]


def _offer(
    request: InferenceRequest, correlations: CauseCorrelations | None, *, is_done: bool
) -> None:
    """Say from what the edges would be inferred, and offer to do it."""
    view = causal_inference.describe(request, correlations, dataset=request.context.dataset)

    def begin() -> None:
        job: BuildJob[Discovery] = causal_inference.start(request, correlations)
        st.session_state[_JOB] = (request.key, job)

    if not is_done:
        st.markdown(view.text)
        st.button(
            "Infer edges here",
            key="causal_infer",
            on_click=begin,
            disabled=not view.can_start,
            help="PC with bootstrap, some seconds; it can be stopped",
        )
    file = st.file_uploader(
        "Counts of the cells of this context (.h5ad, 10x .h5, .loom, .csv, .tsv), optional",
        key="_causal_file",
        on_change=_take_file,
        help="The file stays on this machine. Counts must be raw: non-negative integers.",
    )
    if file is None and request.file is not None:
        st.caption(f"Still in use: {request.file.name}.")


def _take_file() -> None:
    """Keep the uploaded file for the session."""
    file = st.session_state["_causal_file"]
    if file is None:
        st.session_state.pop(_FILE, None)
    else:
        st.session_state[_FILE] = Upload.of(file.name, file.getvalue())


def _show_failure(outcome: Outcome[Discovery]) -> None:
    """Say how the work ended without a result."""
    if outcome.is_cancelled:
        st.info("Stopped; nothing was kept.")
    elif isinstance(outcome.error, MuseGNNError):
        show_error(outcome.error)
    elif outcome.error is not None:
        show_unexpected(outcome.error)
