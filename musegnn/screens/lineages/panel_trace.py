"""Panel that traces a lineage of one's own cells: file, labels, root, start, watch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from musegnn.access.visitor import acting
from musegnn.errors import MuseGNNError
from musegnn.runs import runs_root
from musegnn.runs.kinds.lineage import LineageSettings
from musegnn.runs.record import RunRecord
from musegnn.screens.lineages import view_trace as trace
from musegnn.screens.lineages.view_trace import VALUE_WORDS, TraceRequest
from musegnn.screens.parts.page_work import PageWork
from musegnn.screens.parts.page_work_panel import begin, show_end, watch
from musegnn.screens.parts.uploads import Upload
from musegnn.screens.parts.uploads_panel import most_told, take, was_taken
from musegnn.screens.parts.work_again import newest_work
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.panel_visitor import offers
from musegnn.screens.shell.words import escaped, prose

_FILE, _LABELS, _CANCEL = "lineage_file", "lineage_label_file", "lineage_cancel"
_STARTED = "lineage_started"  # of the session: whether the run of the form is to be opened
_NO_COLUMN = "no labels"


def show_trace(frame: BareFrame) -> None:
    """Offer to trace the lineage of one's own cells."""
    file: Upload | None = st.session_state.get(_FILE)
    again = None if file is not None else newest_work(runs_root(None), LineageSettings.kind)
    is_open = file is not None or again is not None
    with st.expander("Trace a lineage of your own cells", expanded=is_open):
        if not offers("upload", "Cells of your own"):
            return
        _upload(
            "Cells by genes (.h5ad; raw counts in any layout of the Data page)",
            _FILE,
            "The file stays on this machine. " + most_told("musegnn lineage FILE"),
        )
        if file is None:
            if again is not None:  # this tab was reloaded
                st.markdown(prose(f"**{escaped(again.name)}**, as it was asked before."))
                _show_record(frame, again)
            return
        path = None if frame.atlas is None else frame.atlas.embedding.path
        if path is None:
            st.markdown("Open an atlas first: its vectors of genes are what cells are placed by.")
            return
        try:
            columns = _columns(file.digest, file)
            request = _form(frame, file, columns, path)
            settings = trace.check_trace(request, columns)
        except MuseGNNError as error:
            show_error(error)
            return
        _run(frame, trace.work_of(request, settings, root=runs_root(None)))


@cached_build(max_entries=10)
def _columns(digest: str, _file: Upload) -> dict[str, tuple[str, ...]]:
    """Read what may label the cells of a file, once."""
    return trace.label_columns(_file)


def _form(
    frame: BareFrame, file: Upload, columns: dict[str, tuple[str, ...]], path: Path
) -> TraceRequest:
    """Ask what the run has to know."""
    asked: dict[str, Any] = {}
    first, second, third = st.columns(3)
    with first:
        values = list(VALUE_WORDS) if file.name.lower().endswith(".h5ad") else ["counts"]
        asked["values"] = st.selectbox(
            "The numbers are", values, format_func=VALUE_WORDS.__getitem__, key="lineage_values"
        )
        contexts = () if frame.atlas is None else frame.atlas.names["contexts"]
        choice = st.selectbox(
            "Vectors of genes", trace.vector_choices(contexts), key="lineage_context"
        )
        path, asked["context"] = trace.chosen_vectors(choice, path)
    labels: Upload | None = None
    with second:
        options = [_NO_COLUMN, *columns]
        column = st.selectbox("Labels of cells", options, key="lineage_labels")
        asked["labels"] = "" if column == _NO_COLUMN else column
        if column == _NO_COLUMN:
            _upload("or a table of cells and labels", _LABELS, "Two columns, .csv or .tsv")
            labels = st.session_state.get(_LABELS)
    with third:
        known = columns.get(column, ())
        if known:
            root = st.selectbox("First cells", ["", *known], format_func=_named, key="lineage_root")
        else:
            root = st.text_input("Label of the first cells", key="lineage_root_text")
        asked["root"] = root.strip() if known or labels is not None else ""
        asked["root_gene"] = st.text_input(
            "or a gene that marks them", key="lineage_root_gene"
        ).strip()
    if known or labels is not None:
        asked["tree"] = st.text_input(
            "Known tree, where there is one",
            placeholder="A>B>C, B>D",
            key="lineage_tree",
            help=prose("Stages joined by `>`, ways between commas; the result is scored by it"),
        ).strip()
    return TraceRequest(file, path, labels, asked)


def _named(label: str) -> str:
    """Return what a label reads in the list."""
    return label or "not named"


def _run(frame: BareFrame, work: PageWork) -> None:
    """Start, watch, and open the run once it is there."""
    record = work.find()
    if record is None:
        show_end(None, _CANCEL)  # what stood against a start
    elif _show_record(frame, record):
        return
    st.button(
        "Trace the lineage",
        key="lineage_start",
        type="primary",
        on_click=begin,
        args=(work, _CANCEL),
        disabled=not acting().may("run"),
        help="About a minute for a thousand cells, in the background; it can be stopped",
    )


def _show_record(frame: BareFrame, record: RunRecord) -> bool:
    """Watch a run, open it once it is there, or say how it ended: then it may be asked again."""
    show_end(record, _CANCEL)
    if record.is_active:
        st.session_state[_STARTED] = record.run_id
        watch(record, _CANCEL)
    elif record.state == "finished":
        _show_done(frame, record)
    else:
        return False
    return True


def _show_done(frame: BareFrame, record: RunRecord) -> None:
    """Open a run that has just ended, and offer one that was there before."""
    if st.session_state.pop(_STARTED, "") == record.run_id:
        frame.state.put("lineage", record.run_id)
        st.rerun()
    if frame.state.get("lineage") == record.run_id:
        st.markdown("Its lineage is shown above.")
        return
    st.button(
        escaped(f"Show {record.name}"),
        key="lineage_show",
        on_click=frame.state.put,
        args=("lineage", record.run_id),
    )


def _upload(label: str, key: str, help_text: str) -> None:
    """Let a file be chosen and keep it in the session under `key`."""
    widget = f"_{key}"

    def store() -> None:
        file = st.session_state[widget]
        if was_taken(file):
            return
        st.session_state.pop(key, None)
        try:
            given = take(file)
        except MuseGNNError as error:
            st.session_state[f"{key}_problem"] = error
            return
        if given is not None:
            st.session_state[key] = given

    st.file_uploader(prose(label), key=widget, on_change=store, help=prose(help_text))
    problem = st.session_state.pop(f"{key}_problem", None)
    if problem is not None:
        show_error(problem)
    kept: Upload | None = st.session_state.get(key)
    if kept is not None and st.session_state.get(widget) is None:
        st.caption(escaped(f"Still here: {kept.name}. Choose another file to replace it."))
