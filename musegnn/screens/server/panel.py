"""What the Server page draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from musegnn.access.owners import Owner
from musegnn.access.settings import access_settings
from musegnn.launchers.process_table import list_processes
from musegnn.runs.disk import Taken, list_taken
from musegnn.runs.listing import list_runs
from musegnn.screens.parts.uploads import list_held
from musegnn.screens.server import view as server
from musegnn.screens.server.columns import DISK, ERRORS, FACTS, LIMITS, PROCESSES, QUEUE, SESSIONS
from musegnn.screens.server.view import Seen, ServerView
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_visitor import present
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import prose
from musegnn.settings import Settings

_LOOK: Final = "server_look"  # of the session: what the processors had done at the last view
POLL_SECONDS = 10


def draw(frame: BareFrame) -> None:
    """Show the server, and look again every now and then."""
    st.fragment(_draw, run_every=POLL_SECONDS)()


def _draw() -> None:
    """Draw the page once."""
    settings = Settings.from_environment()
    here = [Seen(p.visitor, p.page, p.since, p.seen) for p in present()]
    view = server.build(
        here,
        list_runs(settings.runs),
        access_settings(),
        root=settings.runs,
        log=settings.log,
        upload_mb=int(st.get_option("server.maxUploadSize")),
        taken=_taken(settings.runs, tuple(sorted({(s.visitor.id, s.visitor.name) for s in here}))),
        held=list_held(),
        processes=list_processes(),
        before=st.session_state.get(_LOOK),
    )
    st.session_state[_LOOK] = view.look
    st.markdown(prose(view.opened))
    _show_sessions(view)
    _show_queue(view)
    _show_processes(view)
    _show_disk(view)
    _show_limits(view)
    left, right = st.columns(2)
    with left:
        _show_facts("Machine", view.machine)
        st.caption(
            "Tasks that work or wait for a processor or the disk: more than there are processors "
            "mean that somebody waits."
        )
    with right:
        _show_facts("Versions", view.versions)
    _show_log(view)


@st.cache_data(ttl=60, max_entries=2, show_spinner=False)
def _taken(root: Path, people: tuple[tuple[str, str], ...]) -> list[Taken]:
    """Ask the disk once in a minute, whoever looks how often."""
    return list_taken(root, [Owner(*person) for person in people if person[0]])


def _show_sessions(view: ServerView) -> None:
    """Show who is here."""
    st.subheader("Who is here", anchor=False)
    show_table(view.sessions, key="server_sessions", description="Open sessions", columns=SESSIONS)
    st.caption(
        f"Open sessions: {len(view.sessions):,}, accounts: {view.people:,}; a tab is a session, "
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
    st.caption("The Runs page stops, deletes and opens them, whosever they are.")


def _show_processes(view: ServerView) -> None:
    """Show what the processes of the server take."""
    st.subheader("Processes", anchor=False)
    show_table(
        view.processes,
        key="server_processes",
        description="Processes of this server and of its runs",
        columns=PROCESSES,
    )


def _show_disk(view: ServerView) -> None:
    """Show whose the disk is."""
    st.subheader("Disk", anchor=False)
    if view.disk.empty:
        st.markdown("Nobody has runs, graphs or uploads here.")
        return
    show_table(view.disk, key="server_disk", description="Disk by owner", columns=DISK)
    st.caption(
        "Measured once in a minute. Files that runs read are kept once for all of them, and count "
        "for everybody whose runs read them."
    )


def _show_limits(view: ServerView) -> None:
    """Show what is in force, and what changes it."""
    st.subheader("Limits in force", anchor=False)
    for table, whose in zip(view.limits, ("everybody", "members"), strict=True):
        if not table.empty:
            show_table(
                table,
                key=f"server_limits_{whose}",
                description=f"Limits in force for {whose}",
                columns=LIMITS,
            )
    st.caption(
        "Names in capitals are variables of the environment that the server is started in, the "
        "others parts of its file of access. A change is in force after the next start."
    )


def _show_facts(title: str, facts: Sequence[tuple[str, str]]) -> None:
    """Show labels and values as a small table."""
    st.subheader(prose(title), anchor=False)
    table = pd.DataFrame(list(facts), columns=["what", "value"])
    show_table(table, key=f"server_{title.lower()}", description=title, columns=FACTS)


def _show_log(view: ServerView) -> None:
    """Show the end of the log."""
    st.subheader("Errors and log", anchor=False)
    if not view.log:
        st.markdown("The log is empty, or the server was started without one.")
        return
    if not view.errors.empty:
        show_table(
            view.errors,
            key="server_errors",
            description="Errors that visitors were told the number of",
            columns=ERRORS,
            most_rows=6,
        )
    st.code(view.log, language=None, height=360)
    st.caption(
        f"The last {server.LINES} lines at most. A visitor whose page fails is told an error "
        "number, which stands above, and here before what happened."
    )
