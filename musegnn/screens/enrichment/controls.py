"""Controls of the Enrichment page: library, background, sizes of terms, overlap."""

from __future__ import annotations

from typing import Any

import streamlit as st

from musegnn.analysis.choices import BACKGROUNDS
from musegnn.analysis.enrichment.enrichment import EnrichmentSettings
from musegnn.analysis.enrichment.gene_set_library import Library, load_library
from musegnn.embeddings.atlas import Atlas
from musegnn.errors import MuseGNNError
from musegnn.knowledge.store import KnowledgeStore
from musegnn.screens.enrichment import BACKGROUND_LABELS, OVERLAPS
from musegnn.screens.enrichment import view as enrichment
from musegnn.screens.parts.cache import open_knowledge
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.panel_visitor import offers
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.stored_content import ContentStore
from musegnn.screens.shell.words import escaped, prose
from musegnn.settings import Settings

_UPLOAD, _IS_OWN = "own_library", "library_is_own"  # of the session: a file, and whether it counts
_OWN = "a file of your own"


def choose_library(frame: Frame) -> Library | None:
    """Let the user choose a library or bring one; None while there is none."""
    store = open_knowledge()
    names = enrichment.library_names(store)
    wished = frame.state.get("library")
    linked = next((name for name in names if clean("library", name) == wished), "")
    if wished and not linked:
        st.info(prose(f"There is no library `{wished}` here; another one is shown."))
    usual = _OWN if st.session_state.get(_IS_OWN) or not names else names[0]
    with st.sidebar:
        chosen = st.selectbox(
            "Gene sets",
            [*names, _OWN],
            format_func=lambda name: name if name == _OWN else _title(name),
            help="Library the terms come from; its release is printed below the table",
            **frame.state.bound("library", linked or usual, write=_name_library),
        )
        if chosen == _OWN:
            _offer_upload()
    try:
        if chosen != _OWN:
            return _stored(frame.atlas, open_knowledge(), chosen)
        if _UPLOAD in st.session_state:
            name, content = st.session_state[_UPLOAD]
            return _uploaded(frame.atlas, name, content)
    except MuseGNNError as error:
        show_error(error)
        return None
    st.markdown("Upload gene sets on the left: a GMT file, one set a line, or GMX, one a column.")
    return None


def _title(name: str) -> str:
    """Name of a library with what it is."""
    store = open_knowledge()
    return f"{store.record(name).title} ({name})" if store is not None else name


def _name_library(chosen: str) -> str:
    """Return what the link says of the chosen library; a file of one's own cannot be in it."""
    st.session_state[_IS_OWN] = chosen == _OWN
    return "" if chosen == _OWN else clean("library", chosen)


def _offer_upload() -> None:
    """Let the user upload a file; it stays for the session."""
    if not offers("upload", "A library of your own"):
        return
    limit = enrichment.LARGEST_UPLOAD // 10**6
    file = st.file_uploader(
        "GMT file",
        key="library_upload",
        help=f"Plain or gzip, at most {limit} MB: term, description and genes between tabs. A link "
        "to this page cannot carry it.",
    )
    if file is not None:
        st.session_state[_UPLOAD] = (file.name, file.getvalue())
    elif _UPLOAD in st.session_state:
        st.caption(escaped(f"In use: {st.session_state[_UPLOAD][0]}"))


@cached_build(max_entries=12, spinner="Reading the library")
def _stored(atlas: Atlas, store: KnowledgeStore | None, name: str) -> Library:
    """Lay out a library of the store for an atlas."""
    return load_library(store, name, atlas=atlas)


@cached_build(max_entries=4, spinner="Reading your file")
def _uploaded(atlas: Atlas, name: str, content: bytes) -> Library:
    """Lay out an uploaded library."""
    return enrichment.open_upload(content, name, atlas=atlas)


def choose_settings(frame: Frame, *, with_background: bool) -> EnrichmentSettings:
    """Let the user say what is tested against what.

    Parameters
    ----------
    frame
        The page.
    with_background
        Whether the background can be chosen; across contexts it is that of each.
    """
    background, listed = BACKGROUNDS[0], ""
    with st.sidebar:
        if with_background:
            background = st.selectbox(
                "Background",
                list(BACKGROUND_LABELS),
                format_func=BACKGROUND_LABELS.__getitem__,
                help="Genes that could have been in the set; too wide a background makes whatever "
                "the context expresses look enriched",
                **frame.state.bound("background"),
            )
            listed = _others(frame) if background == "list" else ""
        smallest, largest, overlap = choose_sizes(frame)
    return EnrichmentSettings(
        background=background,
        background_list=listed,
        minimum_size=smallest,
        maximum_size=largest,
        overlap=overlap,
    )


def choose_sizes(frame: Frame) -> tuple[int, int, float]:
    """Let the user set the sizes of terms and the overlap; to be called inside the sidebar."""
    smallest, largest = (
        column.number_input(
            escaped(f"{name.capitalize()} term"),
            min_value=1,
            max_value=5_000,
            help="Genes of a term inside the background; other terms are not tested",
            **frame.state.bound(name, int(frame.state.get(name))),
        )
        for column, name in zip(st.columns(2), ("smallest", "largest"), strict=True)
    )
    overlap = st.selectbox(
        "Terms count as one from Jaccard",
        OVERLAPS,
        help="Shared genes over all genes of two terms; from here on the better term stands for "
        "both. At 1 only equal terms are joined.",
        **frame.state.bound("overlap"),
    )
    return smallest, max(smallest, largest), float(overlap)


def choose_among(
    frame: Frame,
    name: str,
    label: str,
    options: tuple[str, ...],
    labels: dict[str, str],
    **more: Any,
) -> str:
    """Show a row of choices for a field of the link.

    Parameters
    ----------
    frame
        The page.
    name
        The field.
    label
        What is chosen.
    options
        Its values.
    labels
        What each is called.
    more
        Passed to the widget.
    """
    st.segmented_control(
        prose(label),
        options,
        format_func=lambda option: escaped(labels.get(option, option)),
        **frame.state.bound(name),
        **more,
    )
    return frame.state.get(name)


def stored_text(frame: Frame, field: str, label: str, *, placeholder: str, meaning: str) -> str:
    """Show a box for text that the link carries by its id.

    Parameters
    ----------
    frame
        The page.
    field
        Field of the link.
    label, placeholder, meaning
        Of the box.
    """
    kept = ContentStore(Settings.from_environment().links)
    name = f"{field}_text"
    linked = frame.state.get(field)
    if linked and st.session_state.get(f"{name}_id") != linked:
        try:
            st.session_state[name] = str(kept.get(linked).get("text", ""))
        except MuseGNNError as error:
            show_error(error)
            frame.state.put(field, "")
        st.session_state[f"{name}_id"] = linked

    def store(text: str) -> str:
        st.session_state[name] = text
        try:
            value = kept.put({"kind": field, "text": text}) if text.strip() else ""
        except MuseGNNError as error:
            value = ""
            frame.state.add_message(f"What you pasted is not part of the link. {error}")
        st.session_state[f"{name}_id"] = value
        return value

    return st.text_area(
        prose(label),
        placeholder=placeholder,
        help=prose(meaning),
        **frame.state.bound(field, st.session_state.get(name, ""), write=store, widget=name),
    )


def _others(frame: Frame) -> str:
    """Let the user paste the background."""
    return stored_text(
        frame,
        "others",
        "Genes of the background",
        placeholder="all genes that could have been found",
        meaning="Separated by blanks, commas or lines; names the atlas does not have do not count",
    )
