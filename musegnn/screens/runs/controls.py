"""What a session remembers of runs: which are looked at, what was read of them, what to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.runs.record import RunRecord
from musegnn.screens.parts.open_session_panel import is_told
from musegnn.screens.runs import MOST_LINKED
from musegnn.screens.runs.view_curves import CurveTable
from musegnn.screens.runs.view_detail import LoadMeter
from musegnn.screens.runs.view_live_map import FrameStore
from musegnn.screens.shell.state import PageState
from musegnn.settings import Settings

_CHOSEN, _DRAWN, _MESSAGES = "runs_chosen", "runs_drawn", "runs_messages"
_FORM, _FIELD, _VIEW = "runs_form_open", "runs_form:", "runs_view:"
_MOST_KEPT: Final = 250  # runs whose curves stay in memory
Kept = TypeVar("Kept")


def root() -> Path:
    """Folder of all runs."""
    return Settings.from_environment().runs


def chosen() -> tuple[str, ...]:
    """Ids of the runs that are looked at, in the order in which they were chosen."""
    return st.session_state.get(_CHOSEN, ())


def choose(run_ids: Sequence[str]) -> None:
    """Look at runs; the tables that show the choice start anew from it."""
    st.session_state[_CHOSEN] = tuple(dict.fromkeys(run_ids))
    st.session_state[_DRAWN] = times_chosen() + 1


def times_chosen() -> int:
    """Number that changes with each choice, for the names of widgets that show it."""
    return st.session_state.get(_DRAWN, 0)


def follow_link(state: PageState) -> None:
    """Look at the runs that the address asks for."""
    if {"run", "compared"} & state.linked:
        choose([*filter(None, (state.get("run"), *state.get("compared").split(",")))])


def write_link(state: PageState) -> None:
    """Let the address tell which runs are looked at."""
    first, *others = chosen() or ("",)
    state.put("run", first)
    joined = ",".join(others)
    state.put("compared", joined if len(joined) <= MOST_LINKED else "")


def say(kind: str, text: str, *, deleted: Sequence[str] = ()) -> None:
    """Keep a message until the next action.

    Parameters
    ----------
    kind
        "success", "warning" or "error".
    text
        Markdown.
    deleted
        Ids of runs that a button beside the message takes out of the trash.
    """
    st.session_state.setdefault(_MESSAGES, []).append((kind, text, tuple(deleted)))


def messages() -> list[tuple[str, str, tuple[str, ...]]]:
    """Return what is to be said: kind, text, ids of deleted runs."""
    return st.session_state.get(_MESSAGES, [])


def forget_messages() -> None:
    """Say nothing any more."""
    st.session_state[_MESSAGES] = []


def attempt(act: Callable[[], str], *, deleted: Sequence[str] = ()) -> bool:
    """Do something that may be refused, and keep what came of it as a message.

    Parameters
    ----------
    act
        Does it and returns what to say; "" for nothing.
    deleted
        As in `say`.

    Returns
    -------
    True when it was done.
    """
    try:
        text = act()
    except MuseGNNError as error:
        say("error", f"**{error.message}**\n\n{error.hint}" if error.hint else error.message)
        return False
    if text:
        say("success", text, deleted=deleted)
    return True


def is_form_open() -> bool:
    """True while the form of a new run is shown."""
    return st.session_state.get(_FORM, False)


def open_form(*, is_open: bool = True) -> None:
    """Show or hide the form of a new run."""
    st.session_state[_FORM] = is_open


def fill_form(values: Mapping[str, Any]) -> None:
    """Start the form from values; all others take their usual ones."""
    clear_form()
    for name, value in values.items():
        st.session_state[f"{_FIELD}{name}"] = value


def clear_form(*, only: str = "") -> None:
    """Let fields of the form take their usual values again.

    Parameters
    ----------
    only
        Beginning of the names of those fields.
    """
    for key in list(st.session_state):
        if str(key).startswith(f"{_FIELD}{only}"):
            del st.session_state[key]


def form_value(name: str, usual: Kept) -> Kept:
    """Return the value of a field of the form, or its usual one."""
    return st.session_state.get(f"{_FIELD}{name}", usual)


def kept(name: str, usual: Any, *, then: Callable[[], None] | None = None) -> dict[str, Any]:
    """Key and callback of a field of the form, whose value outlives a visit of another page.

    Parameters
    ----------
    name
        Name of the field.
    usual
        Its value as long as nothing was typed.
    then
        What follows a change.
    """
    return _kept(f"{_FIELD}{name}", usual, then)


def kept_view(name: str, usual: Any, *, among: Sequence[Any] = ()) -> dict[str, Any]:
    """Key and callback of a control of what is shown, kept in the same way.

    A value that is not `among` those that are offered, where they change, gives way to the usual.
    """
    if among and st.session_state.get(f"{_VIEW}{name}") not in among:
        st.session_state[f"{_VIEW}{name}"] = usual
    return _kept(f"{_VIEW}{name}", usual, None)


def _kept(key: str, usual: Any, then: Callable[[], None] | None) -> dict[str, Any]:
    """Give a widget its value from the session, and take it back when it changes."""
    widget = f"_{key}"
    hold(widget, st.session_state.setdefault(key, usual))

    def keep_value() -> None:
        st.session_state[key] = st.session_state[widget]
        if then is not None:
            then()

    return {"key": widget, "on_change": keep_value}


def hold(widget: str, value: Any) -> None:
    """Give a widget a value that it does not have yet.

    A value that is set is sent to the browser even when it is the old one, and takes what is being
    typed there away; so parts of the page that are drawn every other second set it only once. It is
    set again as long as the browser has not told what the widget says: whoever presses something
    while a form is being drawn cuts that run off, and what was set in it is sent to nobody.
    """
    state = st.session_state
    if widget not in state or state[widget] != value or not is_told(widget):
        state[widget] = value


def curves(record: RunRecord) -> CurveTable:
    """Return all epochs of a run; only what was written since the last look is read."""
    return _remembered("runs_curves", record.run_id, CurveTable).follow(record.folder)


def frames(record: RunRecord) -> FrameStore:
    """Return the frames of a run; only new ones are read."""
    return _remembered("runs_frames", record.run_id, lambda: FrameStore.open(record.folder)).look()


def meter(record: RunRecord) -> LoadMeter:
    """Return what measures the load of a run between two looks."""
    return _remembered("runs_meters", f"{record.run_id} {record.process}", LoadMeter)


def _remembered(slot: str, key: str, make: Callable[[], Kept]) -> Kept:
    """Keep one thing for each run, the ones that were not asked for longest go."""
    store: dict[str, Kept] = st.session_state.setdefault(slot, {})
    found = store.pop(key) if key in store else make()
    store[key] = found
    while len(store) > _MOST_KEPT:
        del store[next(iter(store))]
    return found
