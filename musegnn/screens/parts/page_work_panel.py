"""Panel of long work of a page: start it, watch it, stop it, say how it ended."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from musegnn.access.visitor import acting
from musegnn.errors import MuseGNNError, RunError
from musegnn.runs import cancel, read_record, runs_root
from musegnn.runs.record import RunRecord
from musegnn.screens.parts.held_runs_panel import hold, is_held, let_go
from musegnn.screens.parts.page_work import PageWork, say_progress
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.words import prose

POLL_SECONDS = 0.5


def begin(work: PageWork, key: str) -> None:
    """Start the work, for `on_click`; what stands against it is kept for `show_end`."""
    st.session_state.pop(_problem(key), None)
    try:
        started = work.start()
        if started:
            hold(runs_root(None), started)
    except MuseGNNError as error:
        st.session_state[_problem(key)] = error


def show_end(record: RunRecord | None, key: str) -> None:
    """Say what stood against a start, or how a run ended that has no result.

    Parameters
    ----------
    record
        The run; None when there is none.
    key
        As given to `begin`.
    """
    if _problem(key) in st.session_state:
        show_error(st.session_state[_problem(key)])
    elif record is None or record.is_active or record.state == "finished":
        return
    elif record.state in {"stopped", "cancelled"}:
        st.info("Stopped; nothing was kept.")
    else:
        show_error(RunError(record.message or f"The work is {record.state}.", record.hint))


@st.fragment(run_every=POLL_SECONDS)
def watch(record: RunRecord, key: str) -> None:
    """Draw how far a run is; this part of the page alone is asked again while it goes on.

    Parameters
    ----------
    record
        The run.
    key
        Name of the button that stops it.
    """
    root = record.folder.parent
    try:
        now = read_record(root, record.run_id)
    except MuseGNNError:  # somebody has deleted it
        now = None
    if now is None or not now.is_active:
        st.rerun()
    left, middle, right = st.columns([5, 2, 1], vertical_alignment="bottom")
    left.progress(now.progress, text=prose(say_progress(now)))
    if acting().may_act_on(now.owner):
        if is_held(root, record.run_id):
            hold(root, record.run_id)  # whoever reloads the page watches it as well
        kept = f"{key}_kept_{record.run_id}"
        st.session_state[kept] = not is_held(root, record.run_id)
        middle.checkbox(
            "Keep when I close the tab",
            key=kept,
            on_change=_choose_kept,
            args=(root, record.run_id, kept),
            help="Without, the work is cancelled a minute after the last tab that watches it is "
            "closed; other pages of this tab do not matter",
        )
    right.button(
        "Cancel",
        key=key,
        on_click=_stop,
        args=(root, record.run_id),
        disabled=now.state == "stopping" or not acting().may_act_on(now.owner),
        help="Stops the work; what was asked stays as it is. Another page does not stop it, and "
        "the Runs page lists it too",
        width="stretch",
    )


def _choose_kept(root: Path, run_id: str, kept: str) -> None:
    """Keep a run whoever leaves, or tie it to this tab again."""
    (let_go if st.session_state[kept] else hold)(root, run_id)


def _problem(key: str) -> str:
    """Where the session keeps what stands against a start."""
    return f"{key}_problem"


def _stop(root: Path, run_id: str) -> None:
    """Ask a run to stop; one that has just ended needs no stop."""
    try:
        cancel(root, run_id)
    except MuseGNNError:
        return
