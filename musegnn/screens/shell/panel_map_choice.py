"""Which atlas this session looks at: the usual one, one that ships, or the result of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st

from musegnn.embeddings.atlas import Atlas
from musegnn.errors import MuseGNNError, RunError
from musegnn.screens.shell import permalink
from musegnn.screens.shell.state import PageState, said_before
from musegnn.screens.shell.words import escaped, prose
from musegnn.settings import REPOSITORY, Settings

FIELD: Final = "map"  # of the link: id of a run, or name of a set that ships
FUSED: Final = "fused"
# of the session: the atlas that was drawn last, and what of each was chosen and no other has
_MAP_OF: Final = "map_of"
_DROPPED: Final = "map_dropped"
SHIPPED: Final = {FUSED: ("Knowledge, fused", REPOSITORY / "data" / "fused")}


@dataclass(frozen=True)
class MapChoice:
    """What is opened.

    Parameters
    ----------
    folder
        Result folder.
    run_id, name
        Run it is of, or set that ships, and its name for people; "" for the usual atlas.
    problem
        Why the result of the run that was asked for is not opened; "" when nothing is wrong.
    """

    folder: Path
    run_id: str = ""
    name: str = ""
    problem: str = ""


def open_as_map(run_id: str) -> None:
    """Let all pages of this session show the result of a run, or a set that ships.

    "" is the usual atlas again.
    """
    st.session_state[f"field:{FIELD}"] = run_id


def choose_map(settings: Settings) -> MapChoice:
    """Return the folder that this session looks at.

    Beside sets that ship, only results of known runs whose hashes match can be chosen; a link
    cannot name a folder.
    """
    asked = st.query_params.get(FIELD)
    is_linked = asked is not None and asked != said_before(FIELD)
    run_id = asked if is_linked else st.session_state.get(f"field:{FIELD}", "")
    if not run_id:
        return MapChoice(settings.atlas)
    if run_id in SHIPPED:
        name, folder = SHIPPED[run_id]
        return MapChoice(folder, run_id, name)
    try:
        return _result_of_run(settings.runs, run_id)
    except MuseGNNError as error:
        return MapChoice(settings.atlas, problem=f"The map of a run was left out. {error}")


def _result_of_run(root: Path, run_id: str) -> MapChoice:
    """Return the result of a known run.

    Raises
    ------
    MuseGNNError
        If there is no such run, or no whole result of it.
    """
    # runs are a package of their own, which a session that looks at none does not open
    from musegnn.runs.record import read_record  # noqa: PLC0415
    from musegnn.runs.result import look_at_result, result_folder  # noqa: PLC0415

    record = read_record(root, run_id)  # of a run that this visitor may see
    folder = record.folder
    if look_at_result(folder) != "whole":
        result_folder(folder)  # says what is wrong
        msg = f"Expected a whole result of {run_id}, found none."
        raise RunError(msg, "Wait until the run has finished.")
    if not record.can_open:
        msg = f"Expected a run with a map, found {run_id}, which makes something else."
        raise RunError(msg, "Choose a training.")
    return MapChoice(folder / "result", run_id, record.name)


def keep_map(choice: MapChoice, state: PageState, atlas: Atlas | None) -> None:
    """Remember the choice, and drop what was chosen on another atlas and is not in this one.

    What is dropped is chosen again where it was chosen, unless something else has been since.
    """
    state.put(FIELD, choice.run_id)
    if choice.problem:
        state.add_message(choice.problem)
    before = st.session_state.get(_MAP_OF)
    if atlas is None or before == atlas.embedding.id:
        return
    st.session_state[_MAP_OF] = atlas.embedding.id
    dropped: dict[str | None, dict[str, str]] = st.session_state.setdefault(_DROPPED, {})
    known_here = dropped.pop(atlas.embedding.id, {})
    dropped[before] = {}
    for name, field in permalink.fields().items():
        if field.problem(state.get(name), known=atlas.names):
            dropped[before][name] = state.get(name)
            state.put(name, "")
        is_free = name not in state.linked and state.get(name) == field.default
        if is_free and name in known_here:
            state.put(name, known_here[name])


def show_map_choice(choice: MapChoice) -> None:
    """Say in the sidebar whose result is shown, and lead back."""
    if not choice.run_id:
        return
    with st.sidebar:
        if choice.run_id in SHIPPED:
            st.markdown("A set that ships beside the atlas.")
        else:
            st.markdown(prose(f"Result of the run **{escaped(choice.name)}**  \n`{choice.run_id}`"))
        st.button("Back to the usual atlas", key="map_back", on_click=open_as_map, args=("",))
