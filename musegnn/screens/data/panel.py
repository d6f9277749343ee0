"""Panels of the Data page: choose a file, say what it is, build, watch, stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from musegnn import keys
from musegnn.errors import MuseGNNError
from musegnn.graphs.estimators import ESTIMATORS
from musegnn.graphs.known_relations import read_known_relations
from musegnn.graphs.manifest import default_name
from musegnn.graphs.modalities import MODALITIES
from musegnn.graphs.presets import GRAPH_PRESETS
from musegnn.knowledge.store import KnowledgeStore
from musegnn.runs import RunRecord, read_record, runs_root
from musegnn.runs.finding import of_kind
from musegnn.runs.kinds.gene_graph import GeneGraphSettings
from musegnn.runs.record import record_of
from musegnn.screens.data import view as data
from musegnn.screens.data import view_preview as data_preview
from musegnn.screens.data.panel_choices import POSITIONS, ask_droplets, ask_reading, offers_of
from musegnn.screens.data.panel_preview import show_facts, show_preview
from musegnn.screens.data.panel_result import show_result
from musegnn.screens.data.view import DataRequest, DataView
from musegnn.screens.data.view_choices import offers_in
from musegnn.screens.data.view_preview import FilePreview, QualityView
from musegnn.screens.parts.cache import open_knowledge
from musegnn.screens.parts.page_work import result_of
from musegnn.screens.parts.page_work_panel import begin, show_end, watch
from musegnn.screens.parts.uploads import Upload
from musegnn.screens.parts.uploads_panel import most_told, take, was_taken
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.state import BuiltGraph, remembered
from musegnn.screens.shell.words import escaped, moment, prose

_RUN, _CANCEL = "data_run", "data_cancel"  # the build that the page shows
_FILE, _ANNOTATION, _ORTHOLOGS = "data_file", "data_annotation", "data_orthologs"
_EARLIER = 20  # builds that are offered again
_Made = TypeVar("_Made")


def draw(frame: BareFrame) -> None:
    """Let the user give a file, and show what it holds and what graph it makes."""
    file = choose_file()
    request = check(file, frame) if file is not None else None
    if request is not None:
        start(request)
    show(frame)


def choose_file() -> Upload | None:
    """Let the user choose a file of counts; it stays when another page is visited."""
    _uploader(
        "Raw counts (.h5ad, 10x .h5, .loom, .csv, .tsv, a 10x folder as .zip or .tar.gz)",
        _FILE,
        "The file stays on this machine. Counts must be raw: non-negative integers. "
        + most_told("musegnn graph FILE"),
    )
    return st.session_state.get(_FILE)


def check(file: Upload, frame: BareFrame) -> DataRequest | None:
    """Show what the file holds and the form; return what to build when the button was pressed."""
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
        return None
    _start_form(file, found)
    ranks = found.look.ranks
    if found.look.refused is not None:
        show_error(found.look.refused)
    if ranks.is_unfiltered:
        ask_droplets(file, ranks)
    st.subheader("Build the gene graph", anchor=False)
    request = replace(_ask(file, found), reading=reading)
    quality, problem = _look_ahead(found, request)
    with facts:
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
        return None  # the bar and its button stand in this place
    is_ready = problem is None and quality is not None
    pressed = st.button("Build the graph", type="primary", key="data_build", disabled=not is_ready)
    return request if pressed else None


def start(request: DataRequest) -> None:
    """Start the build in the background, or find the one that has built the same."""
    work = data.work_of(request, root=runs_root(None))
    begin(work, _CANCEL)
    record = work.find()
    if record is not None:
        st.session_state[_RUN] = record.run_id
        st.rerun()  # the bar takes the place of the button


def _current() -> RunRecord | None:
    """Return the build that this page shows; after a reload, the newest that goes on.

    Who has chosen a file here did not come back to a build: that of another tab would take the
    place of the button, and swallow a press of it.
    """
    root = runs_root(None)
    run_id = st.session_state.get(_RUN)
    try:
        if run_id is not None:
            return read_record(root, run_id)
    except MuseGNNError:  # it was deleted
        del st.session_state[_RUN]
        return None
    if _FILE in st.session_state:
        return None
    newest = of_kind(root, GeneGraphSettings.kind, is_own=True)[-1:]
    active = [record for record in map(record_of, newest) if record.is_active]
    return active[0] if active else None


def show(frame: BareFrame) -> None:
    """Show a build that goes on, or what came of it, or what this page is for."""
    record = _current()
    if record is not None and record.is_active:
        watch(record, _CANCEL)
        return
    show_end(record, _CANCEL)
    folder = result_of(record)
    if folder is not None and record is not None and record.config is not None:
        view = _read(folder, open_knowledge())
        frame.state.built_graph = BuiltGraph(view.name, view.graph_file)
        show_result(record.config, view, frame)
    elif record is None and _FILE not in st.session_state:
        _say_what_for()
    _offer_earlier(record)


@cached_build(max_entries=4, spinner="Describing the graph")
def _read(folder: Path, store: KnowledgeStore | None) -> DataView:
    """Describe a graph that was built; the result of a run never changes."""
    return data.read_built(folder, read_known_relations(store))


def _offer_earlier(shown: RunRecord | None) -> None:
    """Offer graphs that were built before, newest first."""
    built = of_kind(runs_root(None), GeneGraphSettings.kind, is_own=True)
    folders = built[: -_EARLIER - 1 : -1]
    earlier = {
        record.run_id: record
        for record in map(record_of, folders)
        if record.state == "finished" and (shown is None or record.run_id != shown.run_id)
    }
    if not earlier:
        return
    with st.expander(f"Graphs built before ({len(earlier)})"):
        chosen = st.selectbox(
            "Graph",
            list(earlier),
            format_func=lambda run_id: _name(earlier[run_id]),
            help="Each is a run; the Runs page can rename, export or delete it",
        )
        st.button("Show it", key="data_earlier", on_click=_show_earlier, args=(chosen,))


def _name(record: RunRecord) -> str:
    """Name of a build, and when it was asked for."""
    return record.name if record.created is None else f"{record.name}, {moment(record.created)}"


def _show_earlier(run_id: str) -> None:
    """Show a graph that was built before."""
    st.session_state[_RUN] = run_id


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


def _uploader(label: str, key: str, help_text: str) -> None:
    """Let a file be chosen and keep it in the session under `key`."""
    widget = f"_{key}"

    def store_upload() -> None:
        file = st.session_state[widget]
        if was_taken(file):
            return
        st.session_state.pop(key, None)
        if key == _FILE:
            st.session_state.pop(_RUN, None)
            st.session_state.pop(POSITIONS, None)  # they are of the file before
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


def _second_file(label: str, key: str, help_text: str) -> Upload | None:
    """Let a file beside the counts be chosen."""
    _uploader(label, key, help_text)
    kept: Upload | None = st.session_state.get(key)
    return kept


def _start_form(file: Upload, found: FilePreview) -> None:
    """Start the form with what a new file says of itself."""
    state = st.session_state
    if state.get("data_form_of") == file.digest:
        return
    state["data_form_of"] = file.digest
    state["data_species"] = found.look.guess.species or keys.SPECIES[0]
    state["data_modality"] = found.look.modality
    state["data_tissue"] = found.look.tissue[: data_preview.LONGEST_TISSUE]
    state["data_name"] = default_name(Path(file.name))


def _ask(file: Upload, found: FilePreview) -> DataRequest:
    """Show the form; every control acts at once, so that the checks follow it."""
    left, middle, right, fourth = st.columns(4)
    species = left.selectbox("Species", keys.SPECIES, **remembered("data_species", None))
    tissue = middle.text_input(
        "Tissue", placeholder="blood, pancreas, ...", **remembered("data_tissue", None)
    )
    modality = right.selectbox(
        "Technique",
        list(MODALITIES),
        format_func=lambda name: MODALITIES[name].title,
        help=prose(
            "What is counted.  \n" + _lines({m.title: m.counted for m in MODALITIES.values()})
        ),
        **remembered("data_modality", None),
    )
    preset = fourth.selectbox(
        "Edge rule",
        list(GRAPH_PRESETS),
        help=prose(_lines({preset.name: preset.summary for preset in GRAPH_PRESETS.values()})),
        **remembered("data_preset", next(iter(GRAPH_PRESETS))),
    )
    if found.look.has_peaks:
        _uploader(
            "Gene annotation of the genome the peaks were called on (.gtf, .bed, or .gz of them)",
            _ANNOTATION,
            "Peaks are summed over the body of each gene and the 2,000 bases before it",
        )
        if _ANNOTATION not in st.session_state:
            st.info(
                escaped(
                    f"The columns of {found.look.name} are chromatin peaks. Choose the annotation "
                    "above: the graph is one of genes."
                )
            )
    with st.expander("More options"):
        name = st.text_input(
            "Name of the dataset",
            help="Letters, digits and . - + _; vectors and files of the graph carry it",
            **remembered("data_name", None),
        )
        left, middle, right = st.columns(3)
        n_genes = left.number_input(
            "Variable genes (count)", 3, 5000, step=100, **remembered("data_n_genes", 1000)
        )
        estimator = middle.selectbox(
            "Co-expression by",
            list(ESTIMATORS),
            help=prose(_lines({name: entry.summary for name, entry in ESTIMATORS.items()})),
            **remembered("data_estimator", next(iter(ESTIMATORS))),
        )
        with right:
            _uploader(
                "Ortholog table (optional)",
                _ORTHOLOGS,
                "Two columns, symbol of this species and human symbol, for species that the "
                "tables at hand do not cover",
            )
    return DataRequest(
        file=file,
        species=species,
        tissue=tissue,
        modality=modality,
        n_genes=int(n_genes),
        preset=preset,
        estimator=estimator,
        annotation=st.session_state.get(_ANNOTATION) if found.look.has_peaks else None,
        orthologs=st.session_state.get(_ORTHOLOGS),
        name=name,
    )


def _lines(meanings: Mapping[str, str]) -> str:
    """Write a help text with one line a choice."""
    return "  \n".join(f"{name}: {meaning}" for name, meaning in meanings.items())


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
