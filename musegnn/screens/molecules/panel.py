"""Parts of the Molecules page: the map, the molecule that is asked about, what is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.molecules.shipped import MoleculeReference
from musegnn.screens.molecules import (
    ASSAY,
    COLOURS,
    FORETOLD,
    PHASE,
    REFERENCE,
    STRUCTURE,
    TABLE,
    VECTOR,
    view_annotation,
    view_foretold,
)
from musegnn.screens.molecules import view as molecules
from musegnn.screens.molecules.panel_chosen import show_chosen
from musegnn.screens.molecules.panel_like import show_like, show_one
from musegnn.screens.molecules.view import Likeness
from musegnn.screens.molecules.view_annotation import MoleculeAnnotation
from musegnn.screens.molecules.view_foretold import ForetoldView
from musegnn.screens.parts.map_basics_panel import map_colours
from musegnn.screens.parts.map_paper_panel import offer_map_for_paper
from musegnn.screens.parts.named_selections_panel import selection_controls
from musegnn.screens.parts.page_work import result_of
from musegnn.screens.parts.page_work_panel import begin, show_end, watch
from musegnn.screens.parts.point_card_panel import answer_cards
from musegnn.screens.parts.point_map_panel import map_of_set, show_point_map
from musegnn.screens.parts.point_map_svg import ON_SCREEN, MapLook, point_map_svg
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.colour_layer import ColourLayer
from musegnn.screens.shell.downloads import download
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.link_field import LONGEST_PASTED
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.panel_plotly import load_map_library
from musegnn.screens.shell.panel_visitor import offers
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.selection import mode_of_gesture, selection_of_gesture
from musegnn.screens.shell.words import prose
from musegnn.settings import Settings

State = tuple[tuple[str, int, int], ...]
_DARK_INK: Final = "#e8eaed"
_CANCEL: Final = "foretold_cancel"


@dataclass(frozen=True)
class Here:
    """What all parts of the page work with.

    Parameters
    ----------
    frame
        Of the page.
    reference
        The molecules.
    folder, state
        Folder of annotation, and the state of its files.
    annotation
        What it knows of molecules.
    """

    frame: BareFrame
    reference: MoleculeReference
    folder: Path | None
    state: State
    annotation: MoleculeAnnotation


def draw(frame: BareFrame) -> None:
    """Show the map, what is like a molecule, and what is chosen."""
    load_map_library()
    reference: MoleculeReference = frame.opened[REFERENCE]
    folder = Settings.from_environment().knowledge
    state = view_annotation.state_of(folder)
    st.markdown(prose(molecules.describe_map(reference)))
    annotation = _annotation_or_tell(folder, state)
    here = Here(frame, reference, folder, state, annotation)
    likeness = _ask(here)
    layer = _choose_colour(here, likeness)
    with st.sidebar:
        selection_controls(frame.state, reference.molecules)
    ink = _DARK_INK if st.context.theme.type == "dark" else ""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _show_map(frame, reference, layer, likeness, ink=ink)
    with right:
        show_one(frame, reference, annotation, likeness, ink=ink)
    if likeness is not None:
        show_like(frame, likeness, annotation)
    show_chosen(frame, reference, annotation, ink=ink)
    if not annotation.has_some:
        st.info(prose(view_annotation.WHAT_TO_FETCH))


@cached_build(max_entries=2, spinner="Reading what is known of molecules")
def _annotation(folder: Path | None, state: State) -> MoleculeAnnotation:
    """Read the annotation once for a state of its folder."""
    return view_annotation.open_annotation(folder)


def _annotation_or_tell(folder: Path | None, state: State) -> MoleculeAnnotation:
    """Read the annotation; a damaged table is told, and the map stays."""
    try:
        return _annotation(folder, state)
    except MuseGNNError as error:
        show_error(error)
        return MoleculeAnnotation()


@cached_build(max_entries=60, spinner="Comparing with all molecules of the map")
def _likeness(
    text: str, state: State, _reference: MoleculeReference, _annotation: MoleculeAnnotation
) -> Likeness:
    """Compare a molecule with all others."""
    return molecules.like(text, _reference, _annotation)


def _ask(here: Here) -> Likeness | None:
    """Let the user name a molecule, and compare it."""
    text = st.text_input(
        "Molecule",
        placeholder="aspirin, an InChIKey or a SMILES",
        max_chars=LONGEST_PASTED,
        help="A molecule of the map by name, or any structure as SMILES or InChI",
        **here.frame.state.bound("mol_asked"),
    ).strip()
    if not text:
        st.caption("Try `aspirin` or `CC(=O)Oc1ccccc1C(=O)O`, or draw a lasso on the map.")
        return None
    here.frame.state.write_link()
    try:
        return _likeness(text, here.state, here.reference, here.annotation)
    except MuseGNNError as error:  # the map stays
        show_error(error)
        return None


@cached_build(max_entries=2)
def _assays(folder: Path | None, state: State) -> list[str]:
    """Name the assays of the annotation once for a state of its folder."""
    return view_annotation.list_assays(folder)


@cached_build(max_entries=20)
def _assay(
    folder: Path | None, state: State, assay: str, _reference: MoleculeReference
) -> np.ndarray:
    """Read an assay once."""
    return view_annotation.read_assay(folder, assay, _reference)


def _choose_colour(here: Here, likeness: Likeness | None) -> ColourLayer:
    """Let the user choose what colours the map; what cannot be had is told."""
    reference, annotation = here.reference, here.annotation
    with st.sidebar:
        chosen = st.selectbox(
            "Colour by",
            list(COLOURS),
            format_func=lambda name: COLOURS[name],
            **here.frame.state.bound("mol_colour"),
        )
    try:
        assay = None
        if chosen == ASSAY:
            assay = _choose_assay(here)
        if chosen == FORETOLD:
            assay = _choose_foretold(here)
        lacks_foretold = chosen == FORETOLD and assay is None  # which is told there
        lacks_assay = chosen == ASSAY and assay is None
        lacks_phase = chosen == PHASE and not annotation.phases
        lacks_asked = chosen in {VECTOR, STRUCTURE} and likeness is None
        if lacks_assay:
            st.info(prose(view_annotation.WHAT_ASSAYS))
        if lacks_phase:
            st.info("No phase is known without annotation: the map shows tables in its place.")
        if lacks_asked:
            st.info("Type a molecule above to colour by likeness: the map shows tables meanwhile.")
        lacks = lacks_assay or lacks_phase or lacks_asked or lacks_foretold
        shown = TABLE if lacks else chosen
        return molecules.colour(shown, reference, annotation, likeness=likeness, assay=assay)
    except MuseGNNError as error:
        show_error(error)
        return molecules.colour(TABLE, reference, annotation)


def _choose_assay(here: Here) -> tuple[str, np.ndarray] | None:
    """Let the user choose an assay; None where there is none."""
    state = here.frame.state
    known = _assays(here.folder, here.state)
    if not known:
        return None
    with st.sidebar:
        shown = state.among("mol_assay", known, known[0])
        assay = st.selectbox("Assay", known, **state.bound("mol_assay", shown))
    return assay, _assay(here.folder, here.state, assay, here.reference)


@cached_build(max_entries=20, spinner="Reading what models say")
def _foretold(folder: Path, assay: str, _reference: MoleculeReference) -> ForetoldView:
    """Read what models say of an assay once."""
    return view_foretold.read_foretold(folder, assay, _reference)


def _choose_foretold(here: Here) -> tuple[str, np.ndarray] | None:
    """Let the user choose an assay that models foretell; offer the run where none was made."""
    state, known = here.frame.state, view_foretold.list_foretold()
    with st.sidebar:
        shown = state.among("mol_foretold", known, view_foretold.usual_assay())
        assay = st.selectbox("Foretold assay", known, **state.bound("mol_foretold", shown))
    work = view_foretold.work_of(here.reference)
    record = work.find()
    folder = result_of(record)
    if folder is not None:
        view = _foretold(folder, assay, here.reference)
        st.caption(prose(view.sentence))
        return view.title, view.values
    if record is not None and record.is_active:
        watch(record, _CANCEL)
        return None
    show_end(record, _CANCEL)
    st.info(prose(view_foretold.say_work(here.reference)))
    if offers("run", "Asking the models"):
        st.button("Ask about all of them", key="mol_foretell", on_click=begin, args=(work, _CANCEL))
    return None


def _show_map(
    frame: BareFrame,
    reference: MoleculeReference,
    layer: ColourLayer,
    likeness: Likeness | None,
    *,
    ink: str,
) -> None:
    """Show all molecules; the one asked about and the nearest to it stand out.

    The card of a point has its structure in `ink`.
    """
    state, known = frame.state, reference.molecules
    lit, labels = molecules.lit_rows(likeness)
    drawn = map_of_set(
        known,
        layer,
        on=frame.on,
        description=f"Map of {len(known):,} molecules, coloured by {layer.title}.",
        lit=lit,
        lit_labels=labels,
        lit_note="" if likeness is None else f"nearest to {likeness.asked.label} by vector",
        selected=state.selection.rows,
    )
    drawn = replace(drawn, view=drawn.view | {"card": True})

    def select(gesture: dict[str, Any]) -> None:
        made = drawn.in_set(gesture)
        if made.get("kind") == "open":
            state.put(
                "mol_asked", clean("mol_asked", molecules.text_of(int(made["row"]), reference))
            )
            return
        new = selection_of_gesture(made, layout=known.layout, layer=layer)
        state.select(new, mode=mode_of_gesture(made, state.mode))

    show_point_map(drawn.points, drawn.view, on_gesture=select, key="molecule_map")
    answer_cards(
        drawn,
        lambda row: molecules.card_of(row, reference, ink=ink, on=frame.on.context),
        n_rows=len(known),
    )

    def map_svg(look: MapLook = ON_SCREEN, title: str | None = None) -> str:
        return point_map_svg(
            known.layout,
            map_colours(layer, on=look.on),
            title="Molecules" if title is None else title,
            caption=f"{len(known):,} molecules, coloured by {layer.title}" if title is None else "",
            look=look,
        )

    with st.container(horizontal=True):
        download("Map as SVG", map_svg, frame.origin, "molecules-map", "svg", key="molecules_svg")
        offer_map_for_paper(
            map_svg, key="molecule_map", name=file_name(frame.origin, "molecules-map", "svg")
        )
