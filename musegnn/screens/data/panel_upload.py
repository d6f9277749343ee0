"""Panels of the Data page: give files, one or several at once, and take them away again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.io.formats.registry import ENDINGS
from musegnn.screens.data.panel_choices import POSITIONS
from musegnn.screens.data.view_samples import Sample, Sorted, sort_uploads
from musegnn.screens.parts.uploads import Upload
from musegnn.screens.parts.uploads_panel import most_told, take, was_taken
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.words import escaped, prose

FILE = "data_file"  # the sample that the page shows
SAMPLES = "data_samples"
_GIVEN = "data_given"  # what was taken, by the id of the widget
# what can be given, as the registry of layouts knows it; folders come as an archive
_SHOWN: Final = [end for end in ENDINGS if not end.endswith((".gz", ".zarr"))]
LABEL: Final = (
    f"Raw counts ({', '.join(sorted(_SHOWN, key=lambda end: end != '.h5ad'))}, "
    "the three files of a 10x matrix, a 10x folder or another file as .zip or .tar.gz)"
)


def choose_sample(forget: Callable[[], None]) -> Upload | None:
    """Let files of counts be chosen; they stay when another page is visited.

    Parameters
    ----------
    forget
        Called when other files take the place of those before.

    Returns
    -------
    The sample that the page is to show; None while there is none.
    """
    widget = f"_{FILE}"
    st.file_uploader(
        prose(LABEL),
        key=widget,
        accept_multiple_files=True,
        on_change=lambda: _take_all(st.session_state[widget], forget),
        help=prose(
            "Files stay on this machine. Counts must be raw: non-negative integers. Matrix, "
            "features and barcodes are chosen together, and so are several samples. "
            + most_told("musegnn graph FILE")
        ),
    )
    problem = st.session_state.pop(f"{FILE}_problem", None)
    if problem is not None:
        show_error(problem)
    found: Sorted | None = st.session_state.get(SAMPLES)
    for sentence in found.problems if found is not None else ():
        st.warning(prose(sentence))
    kept: Upload | None = st.session_state.get(FILE)
    if kept is not None and not st.session_state.get(widget):
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.caption(escaped(f"Still here: {kept.name}. Choose another file to replace it."))
        right.button(
            "Take it away",
            key="data_file_away",
            on_click=lambda: _take_all([], forget),
            width="stretch",
        )
    return kept


def _take_all(files: list[Any], forget: Callable[[], None]) -> None:
    """Keep what was chosen, forget what was taken away, and sort all of it into samples."""
    state = st.session_state
    kept: dict[str, Upload] = state.get(_GIVEN, {})
    given: dict[str, Upload] = {}
    try:
        for file in files:
            if was_taken(file) or file.file_id in kept:
                if file.file_id in kept:
                    given[file.file_id] = kept[file.file_id]
                continue
            taken = take(file)
            if taken is not None:
                given[file.file_id] = taken
        found = sort_uploads(list(given.values())) if given else None
    except MuseGNNError as error:
        state[f"{FILE}_problem"] = error
        found, given = None, {}
    if list(given) == list(kept) and given:
        return  # the page was told that bytes are gone from memory, nothing else
    forget()
    state[_GIVEN] = given
    state.pop(FILE, None)
    state.pop(SAMPLES, None)
    if found is None:
        return
    state[SAMPLES] = found
    if found.samples:
        state[FILE] = found.samples[0].upload
    if found.positions is not None:
        state[POSITIONS] = found.positions


def show_sample(file: Upload) -> None:
    """Take a file that is at hand for the one that was chosen."""
    state = st.session_state
    state[_GIVEN] = {}
    state[SAMPLES] = Sorted((Sample(file, (file.name,)),), None, ())
    state[FILE] = file


def upload_field(label: str, key: str, help_text: str) -> None:
    """Let a file beside the counts be chosen and keep it in the session under `key`."""
    widget = f"_{key}"

    def store_upload() -> None:
        file = st.session_state[widget]
        if was_taken(file):
            return
        st.session_state.pop(key, None)
        try:
            given = take(file)
        except MuseGNNError as error:
            st.session_state[f"{key}_problem"] = error
            return
        if given is not None:
            st.session_state[key] = given

    st.file_uploader(prose(label), key=widget, on_change=store_upload, help=prose(help_text))
    problem = st.session_state.pop(f"{key}_problem", None)
    if problem is not None:
        show_error(problem)
    kept: Upload | None = st.session_state.get(key)
    if kept is not None and st.session_state.get(widget) is None:
        st.caption(escaped(f"Still here: {kept.name}. Choose another file to replace it."))
