"""List of runs on the page: search, states, order, and the choice of those to look at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from musegnn.runs.record import RunRecord
from musegnn.screens.runs import controls as session
from musegnn.screens.runs import view_list as runs_list
from musegnn.screens.runs.columns import RUNS
from musegnn.screens.runs.view_detail import csv_bytes
from musegnn.screens.runs.view_list import ORDERS, STATE_MEANINGS, STATES, ListRequest, RunList
from musegnn.screens.shell.downloads import download_file
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import prose


def show_list(records: Sequence[RunRecord], *, beside: Callable[[], None]) -> RunList:
    """Show the runs and let some of them be chosen.

    Parameters
    ----------
    records
        All runs.
    beside
        Shows what stands at the right of the controls.
    """
    search, states, order, right = st.columns([3, 2.4, 1.3, 1.8], vertical_alignment="bottom")
    request = ListRequest(
        search=search.text_input(
            "Find runs",
            placeholder="name, tissue, dataset, device, id",
            help="Words that must all occur",
            **session.kept_view("list:search", ""),
        ),
        states=tuple(
            states.multiselect(
                "States",
                [state for state in STATES if any(r.state == state for r in records)],
                placeholder="all",
                **_states_kept(records),
            )
        ),
        order=order.selectbox("Sort by", ORDERS, **session.kept_view("list:order", ORDERS[0])),
    )
    with right.container(horizontal=True, horizontal_alignment="right"):
        beside()
    view = runs_list.build(records, request)
    _show_table(view)
    meanings = "  \n".join(f"**{state}**: {text}" for state, text in STATE_MEANINGS.items())
    st.caption(
        prose(f"{view.caption} Choose one row for its curves, several to compare them."),
        help=prose(meanings),
    )
    choice, file = st.columns([5, 1], vertical_alignment="bottom")
    with choice:
        _show_choice(records)
    with file:
        download_file(
            "List as CSV",
            lambda: csv_bytes(runs_list.full_table(view.records)),
            "runs.csv",
            key="runs_csv_list",
            width="stretch",
        )
    return view


def _states_kept(records: Sequence[RunRecord]) -> dict[str, Any]:
    """Key of the choice of states, without those that no run is in any more."""
    key = session.kept_view("list:states", [])
    at_hand = {record.state for record in records}
    session.hold(key["key"], [s for s in st.session_state[key["key"]] if s in at_hand])
    return key


def _show_table(view: RunList) -> None:
    """Show the table; its rows can be chosen with mouse and keyboard."""
    rows = [place for place, run_id in enumerate(view.ids) if run_id in session.chosen()]
    # rows are known by their place: another order must be another table
    order = hashlib.sha256(" ".join(view.ids).encode()).hexdigest()[:12]
    key = f"runs_table_{order}_{session.times_chosen()}"
    show_table(
        view.table,
        key=key,
        description="List of training runs with state, progress, best value and time left",
        columns=[column for column in RUNS if column.name in view.table],
        most_rows=9,
        on_choose=_take_rows(key, view.ids),
        chosen=rows,
    )


def _take_rows(key: str, ids: tuple[str, ...]) -> Callable[[], None]:
    """Give the action of the table: look at the runs of the chosen rows."""

    def look_at_rows() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        st.session_state["runs_chosen"] = tuple(ids[row] for row in rows if row < len(ids))
        st.session_state["runs_is_new_choice"] = True

    return look_at_rows


def _show_choice(records: Sequence[RunRecord]) -> None:
    """Show the choice as a list too, which needs no table.

    It lists ids: the browser knows a choice by its text, so a name or a state, which change, would
    lose it.
    """
    ids = [record.run_id for record in records]
    key = "_runs_choice"
    session.hold(key, [run_id for run_id in session.chosen() if run_id in ids])

    def look_at_listed() -> None:
        session.choose([run_id for run_id in st.session_state[key] if run_id in ids])
        st.session_state["runs_is_new_choice"] = True

    st.multiselect(
        "Runs to look at",
        ids,
        placeholder="choose here or in the table",
        key=key,
        on_change=look_at_listed,
    )
