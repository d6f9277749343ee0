"""Buttons that do something with runs: stop, resume, copy, name, delete, take away, bring in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from musegnn.access.visitor import acting
from musegnn.errors import MuseGNNError
from musegnn.io.atomic import scratch_folder
from musegnn.runs import archive, control, trash
from musegnn.runs.record import RunRecord
from musegnn.screens.runs import controls as session
from musegnn.screens.runs import view_form as runs_form
from musegnn.screens.runs.panel_graphs import COPIED
from musegnn.screens.shell import navigation
from musegnn.screens.shell.downloads import download_file
from musegnn.screens.shell.panel_map_choice import open_as_map
from musegnn.screens.shell.words import escaped, memory, moment, prose
from musegnn.validation import format_list


def show_messages() -> None:
    """Show what came of the last action, with the way back from the trash."""
    for number, (kind, text, deleted) in enumerate(session.messages()):
        {"success": st.success, "warning": st.warning, "error": st.error}[kind](prose(text))
        if deleted:
            st.button("Undo", key=f"runs_undo_{number}", on_click=_undelete, args=(deleted,))


def show_actions(records: Sequence[RunRecord]) -> None:
    """Show what can be done with the chosen runs.

    Parameters
    ----------
    records
        The chosen runs.
    """
    if not records:
        return
    single = records[0] if len(records) == 1 else None
    with st.container(horizontal=True, key="runs_actions"):
        if single is not None and single.can_open:
            _show_open(single)
        own = [record for record in records if acting().may_act_on(record.owner)]
        _act_on_all("Cancel", [r for r in own if r.can_cancel], _cancel, help=_CANCEL_HELP)
        _act_on_all("Resume", [r for r in own if r.can_resume], _resume, help=_RESUME_HELP)
        if single is not None:
            if single.config is not None and acting().may("run"):
                st.button(
                    "Duplicate",
                    key="runs_duplicate",
                    on_click=_duplicate,
                    args=(single,),
                    help="Fills the form with the settings and datasets of this run",
                )
            if own:
                _show_rename(single)
            if not single.is_active:
                download_file(
                    "Export zip",
                    lambda: _zip(single),
                    f"{single.run_id}.zip",
                    key=f"runs_export_{single.run_id}",
                    help="The whole run as one file, to import it elsewhere",
                )
        _show_delete([record for record in own if record.can_delete])


def _show_open(record: RunRecord) -> None:
    """Lead to the map of a result."""
    if st.button("Open as map", key="runs_open", type="primary", help=_OPEN_HELP):
        open_as_map(record.run_id)
        navigation.go_to("Atlas")


_OPEN_HELP = "All pages then show the result of this run; the sidebar leads back to the usual atlas"
_CANCEL_HELP = (
    "Writes a checkpoint after the running epoch and ends; after 8 s it is ended by force. "
    "It reads *stopped* when its process is gone"
)
_RESUME_HELP = "Goes on from the last checkpoint; the result is that of a run that never stopped"
_DELETE_HELP = "Moves it to the trash, from where it can come back"


def _act_on_all(
    label: str,
    records: Sequence[RunRecord],
    act: Callable[[Sequence[RunRecord]], None],
    *,
    help: str,
) -> None:
    """Show a button for those of the chosen runs that it can be used on."""
    if records:
        count = f" ({len(records)})" if len(records) > 1 else ""
        st.button(
            escaped(f"{label}{count}"),
            key=f"runs_{label.lower()}",
            on_click=act,
            args=(records,),
            help=prose(help),
        )


def _for_each(
    records: Sequence[RunRecord],
    act: Callable[[Path, str], Any],
    done: str,
    *,
    is_deleted: bool = False,
) -> None:
    """Do something with each run; one that refuses leaves the others alone."""
    session.forget_messages()
    names, ids = [], []
    for record in records:
        if session.attempt(lambda run=record: _quietly(act, run.run_id)):  # type: ignore[misc]
            names.append(escaped(record.name))
            ids.append(record.run_id)
    if names:
        session.say("success", f"{done}: {format_list(names)}.", deleted=ids if is_deleted else ())


def _quietly(act: Callable[[Path, str], Any], run_id: str) -> str:
    """Do something with a run and say nothing about it."""
    act(session.root(), run_id)
    return ""


def _cancel(records: Sequence[RunRecord]) -> None:
    _for_each(records, control.cancel, "Asked to stop")


def _resume(records: Sequence[RunRecord]) -> None:
    _for_each(records, control.resume, "Resumed")


def _show_delete(records: Sequence[RunRecord]) -> None:
    """Name the runs that would be deleted, and ask once more."""
    if not records:
        return
    count = f" ({len(records)})" if len(records) > 1 else ""
    with st.popover(f"Delete{count}", key="runs_delete", help=_DELETE_HELP):
        st.markdown("Move to the trash:")
        for record in records[:_MOST_SHOWN]:
            st.markdown(f"**{escaped(record.name)}**  \n{escaped(record.run_id)}")
        if len(records) > _MOST_SHOWN:
            st.caption(f"The first {_MOST_SHOWN} of {len(records)}.")
        st.caption("They come back from there, with their results, until the trash is emptied.")
        st.button(f"Yes, delete{count}", key="runs_delete_go", on_click=_delete, args=(records,))


def _delete(records: Sequence[RunRecord]) -> None:
    _for_each(records, trash.delete, "Moved to the trash", is_deleted=True)
    gone = {record.run_id for record in records}
    session.choose([run_id for run_id in session.chosen() if run_id not in gone])


def _undelete(run_ids: Sequence[str]) -> None:
    """Take runs out of the trash."""
    session.forget_messages()
    back = [
        run_id
        for run_id in run_ids
        if session.attempt(lambda run=run_id: _quietly(trash.undelete, run))  # type: ignore[misc]
    ]
    if back:
        session.choose(back)
        session.say("success", f"Back from the trash: {len(back)}.")


def _duplicate(record: RunRecord) -> None:
    """Open the form with what a run was asked for with."""
    session.forget_messages()
    if record.config is None:
        return
    values = runs_form.form_values(record.config, name=record.name)
    if values is None:  # the form cannot ask for this kind: it is asked for as it was
        _for_each([record], control.duplicate, "Started once more")
        return
    session.fill_form({**values, COPIED: tuple(record.config.graphs)})
    session.open_form()
    st.session_state["runs_is_new_choice"] = True


def _show_rename(record: RunRecord) -> None:
    """Ask for another name."""
    with st.popover("Rename", key="runs_rename"):
        with st.form("runs_rename_form", border=False, clear_on_submit=True):
            st.text_input("New name", placeholder=record.name, max_chars=100, key="_runs_new_name")
            st.form_submit_button(
                "Rename", key="runs_rename_go", on_click=_rename, args=(record.run_id,)
            )
        st.caption("For people only: id, settings and result stay as they are.")


def _rename(run_id: str) -> None:
    session.forget_messages()
    name = st.session_state["_runs_new_name"]
    session.attempt(
        lambda: f"Renamed to {escaped(control.rename(session.root(), run_id, name).name)}."
    )


def _zip(record: RunRecord) -> bytes:
    """Write the run as one zip file."""
    with scratch_folder() as folder:
        return archive.export_run(session.root(), record.run_id, folder).read_bytes()


def show_import() -> None:
    """Show how to bring a run in that was exported elsewhere."""
    if not (acting().may("upload") and acting().may("run")):
        return
    with st.popover("Import", key="runs_import"):
        with st.form("runs_import_form", border=False, clear_on_submit=True):
            st.file_uploader("A run exported as zip", type="zip", key="_runs_zip")
            st.form_submit_button("Import run", key="runs_import_go", on_click=_import)
        st.caption("Paths, sizes and hashes are checked before anything is kept.")


def _import() -> None:
    """Take the chosen file over."""
    session.forget_messages()
    file = st.session_state["_runs_zip"]
    if file is None:
        session.say("warning", "Choose a zip file first.")
        return

    def import_chosen() -> str:
        run = archive.import_run(session.root(), file)
        session.choose([run.run_id])
        st.session_state["runs_is_new_choice"] = True
        return f"Imported: {escaped(run.name)}."

    session.attempt(import_chosen)


def show_trash() -> None:
    """Show deleted runs and the two ways out."""
    try:
        deleted = trash.list_deleted(session.root())
    except MuseGNNError:
        return
    if not deleted:
        return
    with st.popover(f"Trash ({len(deleted)})", key="runs_trash"):
        for run in deleted[:_MOST_SHOWN]:
            text, button = st.columns([3, 1], vertical_alignment="center")
            text.markdown(
                f"**{escaped(run.name)}**  \n{moment(run.deleted)}, {memory(run.size / 2**20)}"
            )
            button.button(
                "Undo", key=f"runs_undelete_{run.run_id}", on_click=_undelete, args=((run.run_id,),)
            )
        if len(deleted) > _MOST_SHOWN:
            st.caption(f"The {_MOST_SHOWN} deleted last of {len(deleted)}.")
        total = memory(sum(run.size for run in deleted) / 2**20)
        sure = st.checkbox(f"Remove all {len(deleted)} for ever ({total})", key="_runs_sure")
        st.button("Empty the trash", key="runs_empty", disabled=not sure, on_click=_empty)


_MOST_SHOWN = 20


def _empty() -> None:
    session.forget_messages()
    st.session_state["_runs_sure"] = False
    session.attempt(lambda: f"Removed for ever: {trash.empty_trash(session.root())}.")
