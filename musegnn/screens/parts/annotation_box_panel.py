"""Panel of the annotation at hand: what there is, and a button that fetches the rest."""

from __future__ import annotations

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.runs import runs_root
from musegnn.screens.parts.annotation_box import (
    COLUMNS,
    BoxView,
    build_box,
    newest_fetch,
    problems_of,
    say_what_comes,
    start_fetch,
)
from musegnn.screens.parts.cache import open_knowledge
from musegnn.screens.parts.held_runs_panel import hold
from musegnn.screens.parts.page_work_panel import watch
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.panel_visitor import offers
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import prose
from musegnn.settings import Settings

_STARTED, _PROBLEM = "annotation_started", "annotation_problem"


def show_annotation_box(key: str) -> None:
    """Show, folded, what annotation is at hand; nothing where all is.

    Parameters
    ----------
    key
        Name of the place on the page.
    """
    view = build_box(open_knowledge())
    if view.is_complete:
        return
    folded = st.expander(prose(view.label), key=f"annotation_box_{key}", on_change="rerun")
    if folded.open:
        with folded:
            fill_annotation_box(key)


def fill_annotation_box(key: str) -> None:
    """List what is at hand, and offer to fetch the rest."""
    store = open_knowledge()
    view = build_box(store)
    show_table(
        view.table,
        key=f"annotation_topics_{key}",
        description="What annotation is at hand and what can be fetched",
        columns=COLUMNS,
        most_rows=15,
    )
    if view.by_hand:
        st.caption(
            prose(
                f"No publisher offers {' and '.join(view.by_hand)} as a file that can be read: "
                "bring your own with `musegnn knowledge import`."
            )
        )
    root = runs_root(None)
    record = newest_fetch(root)
    if record is not None and record.is_active:
        watch(record, f"annotation_cancel_{key}")
        return
    if record is not None and record.run_id == st.session_state.get(_STARTED):
        _tell_end()
    if view.missing and offers("administer", "Fetching annotation"):
        _offer(view, key)


def _offer(view: BoxView, key: str) -> None:
    """Let the user choose what to fetch, say what that is, and offer the button."""
    store = open_knowledge()
    titles = [topic.title for topic in view.missing]
    chosen = st.multiselect(
        "Fetch",
        titles,
        default=titles,
        key=f"annotation_chosen_{key}",
        help="Licences stand in the table above; drugs and targets are for non-commercial use",
    )
    topics = [topic for topic in view.missing if topic.title in chosen]
    if not topics:
        return
    st.caption(prose(say_what_comes(topics, store, Settings.from_environment().knowledge_store)))

    def begin() -> None:
        st.session_state.pop(_PROBLEM, None)
        try:
            started = start_fetch(topics, store, root := runs_root(None))
            st.session_state[_STARTED] = started
            hold(root, started)
        except MuseGNNError as error:
            st.session_state[_PROBLEM] = error

    st.button(
        f"Get {len(topics)} of them" if len(topics) < len(titles) else "Get the rest",
        key=f"annotation_get_{key}",
        type="primary",
        on_click=begin,
    )
    if _PROBLEM in st.session_state:
        show_error(st.session_state[_PROBLEM])


def _tell_end() -> None:
    """Say how the run ended that this session asked for."""
    record = newest_fetch(runs_root(None))
    if record is None:
        return
    if record.state == "finished":
        try:
            problems = problems_of(record)
        except MuseGNNError as error:
            show_error(error)
            return
        if problems:
            st.warning(prose("Some tables did not come. " + " ".join(problems)))
        else:
            st.success("All of it is here, and pages use it from now on.")
    elif record.state in {"stopped", "cancelled"}:
        st.info("Stopped. What has come stays, and the next try goes on there.")
    else:
        st.warning(
            prose(
                f"The network gave nothing: {record.message} {record.hint} All else works without."
            )
        )
