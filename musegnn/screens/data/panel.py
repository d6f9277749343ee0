"""Panels of the Data page: choose a file, say what it is, build, watch, stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from musegnn.access.visitor import acting
from musegnn.errors import MuseGNNError
from musegnn.graphs.known_relations import read_known_relations
from musegnn.graphs.manifest import default_name
from musegnn.knowledge.store import KnowledgeStore
from musegnn.runs import RunRecord, read_record, runs_root
from musegnn.runs.kinds.gene_graph import GeneGraphSettings
from musegnn.screens.data import view as data
from musegnn.screens.data import view_again
from musegnn.screens.data import view_preview as data_preview
from musegnn.screens.data.panel_batch import (
    RUNS,
    ask_all,
    ask_species,
    batch_records,
    show_batch,
    show_samples,
)
from musegnn.screens.data.panel_choices import (
    POSITIONS,
    ask_dates,
    ask_droplets,
    ask_reading,
    offers_of,
    reading_of,
    say_reading,
)
from musegnn.screens.data.panel_form import ANNOTATION, ORTHOLOGS, ask_form, fill_form, start_form
from musegnn.screens.data.panel_preview import show_facts, show_preview
from musegnn.screens.data.panel_result import show_result
from musegnn.screens.data.panel_upload import FILE, choose_sample, show_sample, upload_field
from musegnn.screens.data.view import DataRequest, DataView
from musegnn.screens.data.view_batch import SampleRow, batch_requests
from musegnn.screens.data.view_choices import offers_in
from musegnn.screens.data.view_preview import FilePreview, QualityView
from musegnn.screens.parts.cache import open_knowledge
from musegnn.screens.parts.page_work import result_of
from musegnn.screens.parts.page_work_panel import begin, show_end, watch
from musegnn.screens.parts.uploads import Upload
from musegnn.screens.parts.work_again import newest_work
from musegnn.screens.parts.work_again_panel import offer_earlier
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.state import BuiltGraph
from musegnn.screens.shell.words import escaped, prose

_RUN, _CANCEL = "data_run", "data_cancel"  # the build that the page shows
_Made = TypeVar("_Made")


def draw(frame: BareFrame) -> None:
    """Let the user give a file, and show what it holds and what graph it makes."""
    choose_sample(_forget)
    rows = show_samples()
    file: Upload | None = st.session_state.get(FILE)
    requests = check(file, rows, frame) if file is not None else []
    if requests:
        start(requests)
    show(frame)


def _forget() -> None:
    """Forget what was shown of other files."""
    for key in (_RUN, RUNS):
        st.session_state.pop(key, None)
    st.session_state.pop(POSITIONS, None)  # they are of the file before


def check(file: Upload, rows: list[SampleRow], frame: BareFrame) -> list[DataRequest]:
    """Show what the file holds and the form; return what to build when a button was pressed."""
    st.subheader("What this file was taken for", anchor=False)
    facts, said, picture = st.container(), st.container(), st.container()
    offers = offers_of(lambda: _once("data_offers", (file.digest,), offers_in, file))
    with said:
        reading = ask_reading(file, offers, _second_file)
    asked = (file.digest, *reading.key)
    try:
        with facts, st.spinner(escaped(f"Reading and checking {file.name}")):
            found = _once("data_preview", asked, data_preview.preview, file, reading)
    except MuseGNNError as error:
        with facts:
            show_error(error)
        return []
    told = facts.empty()
    with told.container():  # at once: names and quality control may take a while
        show_facts(found, None)
    start_form(file, found)
    ranks = found.look.ranks
    ask_dates(file, found.look.expression.recognised.dates)
    if found.look.refused is not None:
        show_error(found.look.refused)
    if ranks.is_unfiltered:
        ask_droplets(file, ranks)
    st.subheader("Build the gene graph", anchor=False)
    request = ask_form(file, reading, found)
    quality, problem = _look_ahead(found, request)
    if quality is not None:
        with told.container():
            show_facts(found, quality)
    with picture:
        show_preview(found, quality, frame, modality=request.modality)
    notice = data_preview.species_notice(found, request.species)
    if problem is not None:
        show_error(problem)
    elif notice:
        st.warning(prose(notice))
    record = _current()
    if record is not None and record.is_active:
        return []  # the bar and its button stand in this place
    is_ready = problem is None and quality is not None
    pressed = st.button("Build the graph", type="primary", key="data_build", disabled=not is_ready)
    species = ask_species(rows)
    if species and ask_all(rows, species, is_ready=is_ready):
        readings = [reading_of(row.sample.upload) for row in rows]
        named = {row.sample.upload.digest: row.name for row in rows}
        own = default_name(Path(file.name))
        form = replace(request, name=named[file.digest]) if request.name == own else request
        return [
            asked
            for asked in batch_requests(rows, form, readings, species)
            if is_ready or asked.file != file
        ]
    return [request] if pressed else []


def start(requests: list[DataRequest]) -> None:
    """Start builds in the background, or find those that have built the same."""
    started = []
    for request in requests:
        work = data.work_of(request, root=runs_root(None))
        begin(work, _CANCEL)
        record = work.find()
        if record is None:
            break  # what stands against it is told
        started.append(record.run_id)
    if started:
        st.session_state[RUNS] = started
        st.session_state[_RUN] = started[0]
        st.rerun()  # the bar takes the place of the button


def _current() -> RunRecord | None:
    """Return the build that this page shows; after a reload, the newest that goes on.

    Who has chosen a file here did not come back to a build: that of another tab would take the
    place of the button, and swallow a press of it.
    """
    root = runs_root(None)
    run_id = st.session_state.get(_RUN)
    going = [record for record in batch_records() if record.is_active]
    if going:
        return going[0]
    try:
        if run_id is not None:
            return read_record(root, run_id)
    except MuseGNNError:  # it was deleted
        del st.session_state[_RUN]
        return None
    if FILE in st.session_state:
        return None
    return newest_work(root, GeneGraphSettings.kind)


def show(frame: BareFrame) -> None:
    """Show a build that goes on, or what came of it, or what this page is for."""
    record = _current()
    if record is not None and FILE not in st.session_state:
        st.markdown(prose(view_again.build_sentence(record)))
    show_batch(batch_records())
    if record is not None and record.is_active:
        watch(record, _CANCEL)
        return
    show_end(record, _CANCEL)
    if record is not None and FILE not in st.session_state:
        _offer_again(record)
    folder = result_of(record)
    if folder is not None and record is not None and record.config is not None:
        view = _read(folder, open_knowledge())
        frame.state.built_graph = BuiltGraph(view.name, view.graph_file)
        show_result(record.config, view, frame, folder)
    elif record is None and FILE not in st.session_state:
        _say_what_for()
    offer_earlier(
        GeneGraphSettings.kind,
        record,
        title="Graphs built before",
        label="Graph",
        key="data_earlier",
        kept=_RUN,
    )


def _offer_again(record: RunRecord) -> None:
    """Offer to build again from the same files, with the same choices to begin with."""
    if view_again.can_take_up(record) and acting().may("upload"):
        st.button(
            "Change something and build again",
            key="data_again",
            on_click=_take_up,
            args=(record,),
            help="Takes the files and the choices of this build into the form",
        )


def _take_up(record: RunRecord) -> None:
    """Take files and choices of an earlier build into the form."""
    try:
        given = view_again.take_up(record)
    except MuseGNNError as error:
        st.session_state[f"{_CANCEL}_problem"] = error
        return
    state = st.session_state
    settings, file = given.settings, given.uploads["counts"]
    state.pop(_RUN, None)
    show_sample(file)
    for role, key in (("positions", POSITIONS), ("annotation", ANNOTATION)):
        if role in given.uploads:
            state[key] = given.uploads[role]
    if "orthologs" in given.uploads:
        state[ORTHOLOGS] = given.uploads["orthologs"]
    say_reading(file, settings)
    fill_form(file, settings)


@cached_build(max_entries=4, spinner="Describing the graph")
def _read(folder: Path, store: KnowledgeStore | None) -> DataView:
    """Describe a graph that was built; the result of a run never changes."""
    return data.read_built(folder, read_known_relations(store))


def _say_what_for() -> None:
    """Fill the empty page."""
    st.markdown(
        "1. **Choose a file** of raw counts of one dataset. It is read at once: format, layers, "
        "counts and genes of a cell, names, species, and what quality control would remove.\n"
        "2. **Say what it is**: species, tissue, technique; the file's own hints stand there "
        "already.\n"
        "3. **Build the graph**, stop it if you like, and take it away: the degree of every gene, "
        "what known biology says of the edges, warnings, and the graph as a file to train on."
    )
    st.caption(
        "Nothing leaves this machine. Chromatin peaks need the annotation of their genome (GTF or "
        "BED); you are asked for it when the file holds peaks."
    )


def _second_file(label: str, key: str, help_text: str) -> Upload | None:
    """Let a file beside the counts be chosen."""
    upload_field(label, key, help_text)
    kept: Upload | None = st.session_state.get(key)
    return kept


def _look_ahead(
    found: FilePreview, request: DataRequest
) -> tuple[QualityView | None, MuseGNNError | None]:
    """Ask what quality control would do; an error is handed back for its place on the page."""
    annotation = request.annotation
    key = (
        request.file.digest,
        request.reading.key,
        request.species,
        request.modality,
        request.preset,
        annotation and annotation.digest,
    )

    def ask() -> QualityView | None:
        return data_preview.look_ahead(
            found,
            species=request.species,
            modality=request.modality,
            preset=request.preset,
            annotation=annotation,
        )

    try:
        with st.spinner("Checking names and quality control"):
            return _once("data_quality", key, ask), None
    except MuseGNNError as error:
        return None, error


def _once(slot: str, key: tuple[Any, ...], make: Callable[..., _Made], *arguments: Any) -> _Made:
    """Make something once for a key and keep the last one of each slot for the session.

    Large files would be hashed at each run by the caches of Streamlit; here their digest is the
    key, and no more than one of a kind is held.
    """
    kept: tuple[Any, Any, MuseGNNError | None] | None = st.session_state.get(slot)
    if kept is None or kept[0] != key:
        st.session_state.pop(slot, None)
        try:
            kept = (key, make(*arguments), None)
        except MuseGNNError as error:
            kept = (key, None, error)
        st.session_state[slot] = kept
    if kept[2] is not None:
        raise kept[2]
    return kept[1]
