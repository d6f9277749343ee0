"""What the Server page draws."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from musegnn.access.settings import access_settings
from musegnn.runs.listing import list_runs
from musegnn.screens.server import view as server
from musegnn.screens.server.columns import QUEUE, SESSIONS
from musegnn.screens.server.view import Seen, ServerView
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_visitor import present
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import prose
from musegnn.settings import Settings

POLL_SECONDS = 10


def draw(frame: BareFrame) -> None:
    """Show the server, and look again every now and then."""
    st.fragment(_draw, run_every=POLL_SECONDS)()


def _draw() -> None:
    """Draw the page once."""
    settings = Settings.from_environment()
    view = server.build(
        [Seen(p.visitor, p.page, p.since, p.seen) for p in present()],
        list_runs(settings.runs),
        access_settings(),
        root=settings.runs,
        log=settings.log,
        upload_mb=int(st.get_option("server.maxUploadSize")),
    )
    st.markdown(prose(view.opened))
    left, right = st.columns(2)
    with left:
        _show_sessions(view)
        _show_queue(view)
    with right:
        _show_facts("Machine", view.machine)
        _show_facts("Limits in force", view.limits)
        _show_facts("Versions", view.versions)
    _show_log(view)


def _show_sessions(view: ServerView) -> None:
    """Show who is here."""
    st.subheader("Who is here", anchor=False)
    show_table(view.sessions, key="server_sessions", description="Open sessions", columns=SESSIONS)
    st.caption(
        f"{len(view.sessions):,} open sessions of {view.people:,} accounts; a tab is a session, "
        "and stays here for some minutes after it was closed."
    )


def _show_queue(view: ServerView) -> None:
    """Show what waits and goes on, and who has runs."""
    st.subheader("What goes on", anchor=False)
    if view.queue.empty:
        st.markdown("No run waits or goes on.")
    else:
        show_table(
            view.queue, key="server_queue", description="Runs that wait or go on", columns=QUEUE
        )
    if view.owners:
        told = ", ".join(f"{name}: {count:,}" for name, count in view.owners)
        st.caption(
            prose(f"All runs by owner: {told}. The Runs page stops, deletes and opens them.")
        )


def _show_facts(title: str, facts: Sequence[tuple[str, str]]) -> None:
    """Show labels and values as a small table."""
    st.subheader(prose(title), anchor=False)
    table = pd.DataFrame(list(facts), columns=["what", "value"])
    show_table(table, key=f"server_{title.partition(' ')[0].lower()}", description=title)


def _show_log(view: ServerView) -> None:
    """Show the end of the log."""
    st.subheader("Log", anchor=False)
    if not view.log:
        st.markdown("The log is empty, or the server was started without one.")
        return
    st.code(view.log, language=None, height=360)
    st.caption(
        f"The last {server.LINES} lines at most. A visitor whose page fails is told an error "
        "number, which stands here before what happened."
    )
