"""Panel of a file of molecules: take it, look at few, watch a run for many."""

from __future__ import annotations

from typing import Final

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.runs import RunRecord, read_record, runs_root
from musegnn.runs.kinds.properties import REFUSED_FILE, TABLE_FILE, PropertiesSettings
from musegnn.screens.parts.page_work import result_of
from musegnn.screens.parts.page_work_panel import begin, show_end, watch
from musegnn.screens.parts.uploads import Upload
from musegnn.screens.parts.uploads_panel import take, was_taken
from musegnn.screens.parts.work_again import newest_work
from musegnn.screens.parts.work_again_panel import offer_earlier
from musegnn.screens.properties import view_file
from musegnn.screens.properties.columns import MOLECULES, REFUSED
from musegnn.screens.properties.view_file import FileView
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_file
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.panel_visitor import offers
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import duration, escaped, prose

FILE: Final = "properties_file"
_WIDGET: Final = f"_{FILE}"
_PROBLEM: Final = f"{FILE}_problem"
_CANCEL: Final = "properties_cancel"
_RUN: Final = "properties_run"  # of the session: the run of an earlier file that is shown


def chosen_file() -> Upload | None:
    """Let a file be chosen; it stays for the session."""
    if not offers("upload", "A file of molecules"):
        return None
    st.file_uploader(
        "Or a file: SMILES, a table with a column smiles, or SDF",
        key=_WIDGET,
        on_change=_store,
        help="Up to 100,000 molecules, packed or not",
    )
    problem = st.session_state.pop(_PROBLEM, None)
    if problem is not None:
        show_error(problem)
    kept: Upload | None = st.session_state.get(FILE)
    if kept is not None:
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.caption(escaped(f"In use, in place of what is typed: {kept.name}"))
        right.button("Forget this file", key="properties_forget", on_click=_forget)
    return kept


@cached_build(max_entries=4, spinner="Reading the molecules")
def look(upload: Upload, most: int) -> FileView:
    """Count the rows of a file."""
    return view_file.look(upload, most=most)


def show_many(upload: Upload, n_rows: int) -> str:
    """Start, watch and show a run for a file of many molecules.

    Returns
    -------
    Structure and name of the molecule that was chosen; "" where there is none yet.
    """
    work = view_file.work_of(upload, root=runs_root(None))
    record = work.find()
    chosen = "" if record is None else _show_run(record)
    if record is None:
        show_end(None, _CANCEL)  # what stood against a start
    if record is None or not (record.is_active or record.state == "finished"):
        long = duration(n_rows * view_file.SECONDS)
        st.markdown(prose(f"{n_rows:,} rows: about {long} in the background, on one core."))
        st.button(
            f"Ask about all {n_rows:,}",
            key="properties_start",
            type="primary",
            on_click=begin,
            args=(work, _CANCEL),
        )
    return chosen


def show_again() -> str:
    """Show the run of a file that this tab does not have: it was reloaded, or asked for another.

    Returns
    -------
    As `show_many`.
    """
    root = runs_root(None)
    record = None
    if _RUN in st.session_state:
        try:
            record = read_record(root, st.session_state[_RUN])
        except MuseGNNError:  # it was deleted
            del st.session_state[_RUN]
    if record is None:
        record = newest_work(root, PropertiesSettings.kind)
    chosen = ""
    if record is not None:
        st.markdown(prose(f"**{escaped(record.name)}**, as it was asked before."))
        chosen = _show_run(record)
    offer_earlier(
        PropertiesSettings.kind,
        record,
        title="Files asked about before",
        label="File",
        key="properties_earlier",
        kept=_RUN,
    )
    return chosen


def _show_run(record: RunRecord) -> str:
    """Watch a run, say how it ended, or show what it found; return what was chosen of that."""
    if record.is_active:
        watch(record, _CANCEL)
        return ""
    show_end(record, _CANCEL)
    folder = result_of(record)
    if folder is None:
        return ""
    view = view_file.read_many(folder)
    st.markdown(prose(view.sentence))
    with st.container(horizontal=True):
        download_file(
            "All molecules and assays as CSV",
            (folder / TABLE_FILE).read_bytes,
            "properties-of-molecules.csv",
            key="properties_many_csv",
        )
        if len(view.refused):
            download_file(
                "Rows left out as CSV",
                (folder / REFUSED_FILE).read_bytes,
                "molecules-left-out.csv",
                key="properties_refused_csv",
            )
    if len(view.refused):
        with st.expander("The first rows that are left out"):
            show_table(
                view.refused, key="properties_out", description="Rows left out", columns=REFUSED
            )
    row = show_table(
        view.molecules,
        key="properties_many",
        description="The first molecules of the file",
        columns=MOLECULES,
        selectable=True,
    )
    if row is None:
        st.caption("Choose a row to see its assays and atoms.")
        return ""
    chosen = view.molecules.iloc[row]
    return f"{chosen['structure']} {chosen['molecule']}"


def _store() -> None:
    """Keep what was chosen."""
    file = st.session_state[_WIDGET]
    if was_taken(file):
        return
    st.session_state.pop(FILE, None)
    try:
        given = take(file)
    except MuseGNNError as error:
        st.session_state[_PROBLEM] = error
        return
    if given is not None:
        st.session_state[FILE] = given


def _forget() -> None:
    """Go back to what is typed."""
    st.session_state.pop(FILE, None)
