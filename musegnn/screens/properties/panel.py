"""Parts of the Properties page: structures in, assays, coloured atoms, measured molecules."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.molecules.assays import AssayTable
from musegnn.molecules.attribution import MaskedMolecule
from musegnn.molecules.property_heads import Heads
from musegnn.molecules.shipped import FOLDER
from musegnn.screens.parts.structures_panel import offer_structures_for_paper
from musegnn.screens.properties import view as properties
from musegnn.screens.properties.columns import ACTIVITY, MOLECULES, NEAR, NUMBERS, REFUSED
from musegnn.screens.properties.methods import property_methods
from musegnn.screens.properties.panel_file import FILE, chosen_file, look, show_again, show_many
from musegnn.screens.properties.view import AtomsView, PropertiesView
from musegnn.screens.shell import navigation
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.needs import needs
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose
from musegnn.settings import Settings

_DARK_INK: Final = "#e8eaed"
_TYPED: Final = "properties_typed"
_ON_MAP: Final = "molecules"  # what the map of molecules is called among what pages need


def draw(frame: BareFrame) -> None:
    """Ask for molecules and say what assays would find."""
    text = st.text_area(
        "Structures, one a line",
        height=110,
        max_chars=properties.LONGEST_TEXT,
        placeholder="CC(=O)Oc1ccccc1C(=O)O aspirin",
        help="SMILES or InChI, a name behind it or not; or names of molecules that ship",
        **frame.state.bound("properties_of", _typed(frame), write=_keep),
    )
    if text.strip() and not frame.state.get("properties_of"):
        st.caption("Too long for a link: this tab alone keeps it.")
    try:
        given = _given(text)
        if given.strip():
            frame.state.write_link()
            _show(frame, _asked(given), given)
    except MuseGNNError as error:  # the controls stay, and the link follows them
        show_error(error)
    if text.strip() or FILE in st.session_state:
        return
    st.caption("Paste structures, or give a file of up to 100,000: SMILES, CSV or SDF.")
    st.button(
        "Try aspirin and nicotine",
        key="properties_example",
        on_click=lambda: frame.state.put("properties_of", properties.as_link(properties.EXAMPLE)),
    )


def _typed(frame: BareFrame) -> str:
    """Return what was typed, as it was; what a link brought, where it says something else."""
    kept, linked = st.session_state.get(_TYPED, ""), frame.state.get("properties_of")
    return kept if properties.as_link(kept) == linked else properties.as_lines(linked)


def _keep(text: str) -> str:
    """Keep what was typed; return what a link carries of it."""
    st.session_state[_TYPED] = text
    return properties.as_link(text)


def _given(text: str) -> str:
    """Text of the molecules to look at: of a file, of a row of a run, or what is typed."""
    upload = chosen_file()
    if upload is None:
        return text if text.strip() else show_again()
    held = look(upload, properties.MOST)
    return held.text or show_many(upload, held.n_rows)


@cached_build(max_entries=20, spinner="Describing the molecules")
def _asked(text: str) -> PropertiesView:
    """Say what assays would find."""
    return properties.ask(text, properties.open_heads())


@cached_build(max_entries=60, spinner="Taking atoms away")
def _masked(smiles: str) -> tuple[MaskedMolecule | None]:
    """Make atoms unknown; a tuple, since nothing at all is not kept."""
    return (properties.mask(smiles),)


@cached_build(max_entries=200)
def _atoms(smiles: str, assay: str, ink: str) -> AtomsView:
    """Colour atoms."""
    heads, task = properties.find_assay(assay, properties.open_heads())
    return properties.colour_atoms(smiles, _masked(smiles)[0], heads, task, ink=ink)


@cached_build(max_entries=6, spinner="Reading what was measured")
def _measured(name: str, folder: Path | None, state: object) -> tuple[AssayTable | None]:
    """Open a table of the annotation."""
    heads = next(heads for heads in properties.open_heads() if heads.name == name)
    return (properties.table_at_hand(heads, folder),)


def _show(frame: BareFrame, view: PropertiesView, text: str) -> None:
    """Show words, molecules, the assays of one, and what they rest on."""
    tables = properties.open_heads()
    st.markdown(prose(escaped(view.sentence)))
    show_refused(view.refused)
    molecules = view.foresight.molecules
    row = 0
    if len(molecules) > 1 or molecules["changes"].any():
        chosen = show_table(
            molecules,
            key="properties_molecules",
            description="Molecules asked about",
            columns=MOLECULES,
            selectable=len(molecules) > 1,
        )
        row = chosen or 0
    molecule = str(molecules["molecule"].iloc[row])
    structure = str(molecules["structure"].iloc[row])
    st.subheader(escaped(molecule), anchor=False)
    left, right = st.columns([1, 2])
    with right:
        _show_assays(frame, view, molecule)
    with left:
        assays = properties.list_assays(view.foresight, molecule)
        assay = _show_atoms(frame, structure, assays)
        _show_ways_on(frame, structure, assay)
    _show_near(structure, *properties.find_assay(assay, tables))
    with st.expander("How far to believe it", expanded=True):
        for line in properties.say_trust(tables):
            st.markdown(prose(f"- {line}"))
    show_methods(frame, property_methods(frame.origin, tables, text))


def show_refused(refused: pd.DataFrame) -> None:
    """List what was left out."""
    if not len(refused):
        return
    rows = "one row" if len(refused) == 1 else f"{len(refused):,} rows"
    with st.expander(escaped(f"Left out: {rows}")):
        show_table(refused, key="properties_refused", description="Rows left out", columns=REFUSED)


def _show_assays(frame: BareFrame, view: PropertiesView, molecule: str) -> None:
    """Show what assays would find of one molecule, and offer all of it."""
    found = view.foresight
    show_table(
        properties.activity_of(found, molecule),
        key="properties_activity",
        description=f"Assays of activity of {molecule}, named ones most above the usual first",
        columns=ACTIVITY,
    )
    st.caption(prose(properties.say_numbers(properties.open_heads())))
    show_table(
        found.numbers[found.numbers["molecule"] == molecule].reset_index(drop=True),
        key="properties_numbers",
        description=f"Assays with numbers of {molecule}",
        columns=NUMBERS,
    )
    with st.container(horizontal=True):
        for label, table, what in (
            ("All activity as CSV", found.classes, "activity"),
            ("All numbers as CSV", found.numbers, "numbers"),
        ):
            download_csv(
                label,
                table,
                origin=frame.origin,
                what=f"{what}-of-molecules",
                key=f"properties_{what}_csv",
            )


def _show_atoms(frame: BareFrame, structure: str, assays: list[str]) -> str:
    """Colour the atoms by what they add to one assay; return it."""
    shown = frame.state.among("properties_assay", assays, assays[0])
    assay = str(
        st.selectbox(
            "Colour atoms by",
            assays,
            format_func=properties.name_choice,
            **frame.state.bound("properties_assay", shown),
        )
    )
    ink = _DARK_INK if st.context.theme.type == "dark" else ""
    view = _atoms(structure, assay, ink)
    st.image(view.svg, width=320, alt=f"Structure of the molecule. {view.sentence}")
    st.caption(prose(view.sentence))
    offer_structures_for_paper([""], [structure], key="properties_structure", colours=view.colours)
    return assay


def _show_ways_on(frame: BareFrame, structure: str, assay: str) -> None:
    """Lead to the pages that know more of the molecule, and of the protein of the assay."""
    gene = assay.rpartition(": ")[2]
    with st.container(horizontal=True):
        if clean("match_molecule", structure) == structure and st.button(
            "Which profile would it leave?", key="properties_to_matching"
        ):
            frame.state.put("match_ask", "molecule")
            frame.state.put("match_molecule", structure)
            navigation.go_to("Matching")
        if clean("drug", structure) == structure and st.button(
            "What does it hit?", key="properties_to_drugs"
        ):
            frame.state.put("drugs_ask", "compound")
            frame.state.put("drug", structure)
            navigation.go_to("Drugs")
        is_known = frame.atlas is not None and properties.is_gene(frame.atlas, gene)
        if is_known and st.button(escaped(f"Open {gene}"), key="properties_to_gene"):
            frame.state.gene = gene
            navigation.go_to("Gene")


def _show_near(structure: str, heads: Heads, assay: str) -> None:
    """Show the nearest molecules of the table of an assay."""
    folder = Settings.from_environment().knowledge
    (table,) = _measured(heads.name, folder, properties.state_of(folder))
    reference = None
    with suppress(MuseGNNError):  # without the map they have no names, which is no error of theirs
        reference = needs()[_ON_MAP].open(FOLDER)
    view = properties.find_near(structure, heads, table, reference)
    st.markdown(prose(f"**Nearest molecules of {heads.title}**"))
    st.caption(prose(view.sentence))
    show_table(
        view.table,
        key="properties_near",
        description=f"Nearest molecules of {heads.title}",
        columns=[column for column in NEAR if column.name in view.table],
    )
