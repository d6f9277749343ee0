"""Panel that infers edges from cells: what from, what is assumed, start, watch, stop."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from musegnn.access.visitor import acting
from musegnn.analysis.causal.causal_discovery import ASSUMPTIONS, Discovery
from musegnn.analysis.causal.causal_question import possible_causes
from musegnn.analysis.causal.cause_correlations import CauseCorrelations, correlations_path
from musegnn.errors import MuseGNNError
from musegnn.runs import runs_root
from musegnn.screens.causal import view_inference
from musegnn.screens.causal.cache import open_correlations
from musegnn.screens.causal.controls import CausalQuestion
from musegnn.screens.causal.view_inference import InferenceRequest
from musegnn.screens.parts.page_work import PageWork, result_of
from musegnn.screens.parts.page_work_panel import begin, show_end, watch
from musegnn.screens.parts.uploads_panel import take, was_taken
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.panel_visitor import offers
from musegnn.screens.shell.tables import context_name
from musegnn.screens.shell.words import escaped, prose

_FILE, _CANCEL = "causal_file", "causal_cancel"


def show_inference(frame: Frame, question: CausalQuestion) -> Discovery | None:
    """Offer to infer edges, and return those of this question once they are there.

    They are a run in the background: who asks the same again, after a reload or elsewhere, finds
    the answer or the run that goes on.
    """
    dataset = question.request.context.dataset
    request = InferenceRequest(
        context=question.request.context,
        modality=str(frame.atlas.embedding.datasets.loc[dataset, "modality"]),
        causes=possible_causes(question.sources),
        file=st.session_state.get(_FILE),
    )
    correlations = open_correlations(frame.atlas, dataset)
    path = None if correlations is None else correlations_path(frame.atlas.embedding, dataset)
    work = view_inference.work_of(request, path, root=runs_root(None))
    record = work.find()
    folder = result_of(record)
    discovery = None if folder is None else _read(folder)
    label = "Edges inferred from the cells of this context"
    with st.expander(label, expanded=record is not None):
        if discovery is not None:
            st.markdown(prose(f"{len(discovery.edges)} edges. {discovery.sentence}"))
        show_end(record, _CANCEL)
        if record is not None and record.is_active:
            watch(record, _CANCEL)
        else:
            _offer(request, correlations, work, is_done=discovery is not None)
        st.markdown(
            prose(
                "**What is assumed.** "
                + " ".join(f"({i}) {t}" for i, t in enumerate(ASSUMPTIONS, 1))
            )
        )
    return discovery


@cached_build(max_entries=20)
def _read(folder: Path) -> Discovery:
    """Read what a run has inferred; its result never changes."""
    return view_inference.read_discovery(folder)


def _offer(
    request: InferenceRequest,
    correlations: CauseCorrelations | None,
    work: PageWork,
    *,
    is_done: bool,
) -> None:
    """Say from what the edges would be inferred, and offer to do it."""
    view = view_inference.describe(
        request, correlations, called=context_name(request.context.dataset)
    )
    if not is_done:
        st.markdown(prose(view.text))
        st.button(
            "Infer edges here",
            key="causal_infer",
            on_click=begin,
            args=(work, _CANCEL),
            disabled=not (view.can_start and acting().may("run")),
            help="PC with bootstrap, some seconds in the background; it can be stopped",
        )
    if not offers("upload", "Counts of your own"):
        return
    file = st.file_uploader(
        "Counts of the cells of this context (.h5ad, 10x .h5, .loom, .csv, .tsv), optional",
        key="_causal_file",
        on_change=_take_file,
        help="The file stays on this machine. Counts must be raw: non-negative integers.",
    )
    problem = st.session_state.pop(f"{_FILE}_problem", None)
    if problem is not None:
        show_error(problem)
    if file is None and request.file is not None:
        st.caption(escaped(f"Still in use: {request.file.name}."))


def _take_file() -> None:
    """Keep the uploaded file for the session."""
    file = st.session_state["_causal_file"]
    if was_taken(file):
        return
    st.session_state.pop(_FILE, None)
    try:
        given = take(file)
    except MuseGNNError as error:
        st.session_state[f"{_FILE}_problem"] = error
        return
    if given is not None:
        st.session_state[_FILE] = given
