"""The part of the Runs page that is drawn again while something goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.runs.listing import list_runs
from musegnn.runs.record import RunRecord
from musegnn.runs.submission import tend
from musegnn.screens.runs import controls as session
from musegnn.screens.runs import panel_actions as actions
from musegnn.screens.runs.panel_compare import show_comparison
from musegnn.screens.runs.panel_detail import show_detail
from musegnn.screens.runs.panel_list import show_list
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.messages import errors_as_messages, show_error

POLL_SECONDS: Final = 1.5
_READ: Final = "runs_read"


def open_runs(frame: BareFrame) -> list[RunRecord]:
    """Return all runs, newest first, and take over what the address asks for."""
    session.follow_link(frame.state)
    records = list_runs(session.root())
    known = {record.run_id for record in records}
    missing = [run_id for run_id in session.chosen() if run_id not in known]
    if missing:
        session.choose([run_id for run_id in session.chosen() if run_id in known])
        for run_id in missing:
            session.say("warning", f"There is no run `{run_id}` here; it may be in the trash.")
    session.write_link(frame.state)
    return records


def show_runs(frame: BareFrame, records: Sequence[RunRecord]) -> None:
    """Show list, actions and the chosen runs; looked at again only while something goes on."""
    is_active = any(record.is_active for record in records)
    if not records and not session.is_form_open():
        _show_empty()
    st.session_state[_READ] = list(records)
    # the decorator is used here, because only now it is known whether to look again
    st.fragment(_draw, run_every=POLL_SECONDS if is_active else None)(frame, is_active)


def _draw(frame: BareFrame, was_active: bool) -> None:  # noqa: FBT001 - called by the fragment
    """Draw list and details once."""
    read_now = st.session_state.pop(_READ, None)  # by the page around, in the same run
    records = list_runs(session.root()) if read_now is None else read_now
    is_active = any(record.is_active for record in records)
    if is_active != was_active or st.session_state.pop("runs_is_new_choice", False):
        st.rerun()  # polling starts or ends, or the address has to follow
    with errors_as_messages():
        if is_active:
            _tend()
        actions.show_messages()
        if not records:
            with st.container(horizontal=True):
                _show_storage()
            return
        show_list(records, beside=_show_storage)
        by_id = {record.run_id: record for record in records}
        chosen = [by_id[run_id] for run_id in session.chosen() if run_id in by_id]
        actions.show_actions(chosen)
        if len(chosen) == 1:
            show_detail(frame, chosen[0])
        elif chosen:
            show_comparison(frame, chosen)


def _show_storage() -> None:
    """Show what brings runs in from elsewhere and back from the trash."""
    actions.show_import()
    actions.show_trash()


def _tend() -> None:
    """See to it that what waits is started, also after its starter was killed."""
    try:
        tend(session.root())
    except MuseGNNError as error:
        show_error(error)


def _show_empty() -> None:
    """Fill the empty page."""
    st.markdown(
        "No run yet.\n\n"
        "1. **New run**: choose datasets of the loaded atlas, graphs of your own, or a folder; a "
        "preset; and see how long it will take.\n"
        "2. **Watch** the curves and the map move; close the browser if you like: it goes on.\n"
        "3. **Stop, resume, compare**, and open the result as a map on all pages."
    )
    st.caption(
        "A run is a folder on the machine of this page; `musegnn runs list` shows the same ones."
    )
