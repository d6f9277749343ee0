"""Panel that offers earlier work of a page again."""

from __future__ import annotations

import streamlit as st

from musegnn.runs import runs_root
from musegnn.runs.record import RunRecord
from musegnn.screens.parts.work_again import finished_work
from musegnn.screens.shell.words import moment, prose


def offer_earlier(
    kind: str, shown: RunRecord | None, *, title: str, label: str, key: str, kept: str
) -> None:
    """Offer own work that ended with a result, newest first; nothing where there is none.

    Parameters
    ----------
    kind
        Kind of run.
    shown
        The run that the page shows already.
    title, label
        What the earlier ones are, and one of them.
    key
        Name of the button.
    kept
        Where the session keeps the id of the run that is to be shown.
    """
    earlier = finished_work(runs_root(None), kind, but="" if shown is None else shown.run_id)
    if not earlier:
        return
    with st.expander(prose(f"{title} ({len(earlier)})")):
        chosen = st.selectbox(
            prose(label),
            list(earlier),
            format_func=lambda run_id: _name(earlier[run_id]),
            help="Each is a run; the Runs page can rename, export or delete it",
        )
        st.button("Show it", key=key, on_click=_show, args=(kept, chosen))


def _name(record: RunRecord) -> str:
    """Name of a piece of work, and when it was asked for."""
    return record.name if record.created is None else f"{record.name}, {moment(record.created)}"


def _show(kept: str, run_id: str) -> None:
    """Show a run that ended before."""
    st.session_state[kept] = run_id
