"""Parts of the Molecules page about one molecule: its structure, what is like it, ways on."""

from __future__ import annotations

from typing import Final

import streamlit as st

from musegnn.molecules.molecule_set import NAME, SMILES
from musegnn.molecules.shipped import MoleculeReference
from musegnn.screens.molecules import view as molecules
from musegnn.screens.molecules.columns import CALLED, SIMILAR
from musegnn.screens.molecules.methods import likeness_methods
from musegnn.screens.molecules.view import NEAREST, Likeness
from musegnn.screens.molecules.view_annotation import MoleculeAnnotation
from musegnn.screens.parts.structures_panel import offer_structures_for_paper
from musegnn.screens.shell import navigation
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose

# label, page, the question that is chosen there, and the field that takes the structure
WAYS_ON: Final = (
    ("Its targets", "Drugs", ("drugs_ask", "compound"), "drug"),
    ("What assays would find", "Properties", ("properties_assay", ""), "properties_of"),
    ("Profiles it would leave", "Matching", ("match_ask", "molecule"), "match_molecule"),
)


def show_one(
    frame: BareFrame,
    reference: MoleculeReference,
    annotation: MoleculeAnnotation,
    likeness: Likeness | None,
    *,
    ink: str,
) -> None:
    """Show the molecule that was clicked, else the one asked about, with its structure."""
    rows = frame.state.selection.rows
    table = reference.molecules.table
    if len(rows) == 1:
        row: int | None = int(rows[0])
        label, smiles = reference.called(int(rows[0])), str(table[SMILES].iloc[row])
    elif likeness is not None:
        row, label, smiles = likeness.asked.row, likeness.asked.label, likeness.asked.smiles
    else:
        st.caption("Click a point to see its structure here.")
        return
    st.subheader(escaped(label), anchor=False)
    st.image(molecules.draw(smiles, ink=ink), width=320, alt=f"Structure of {label}")
    offer_structures_for_paper([""], [smiles], key="molecule_structure")
    if row is not None:
        for fact in molecules.facts_of(row, reference, annotation):
            st.caption(escaped(fact))
    _show_ways_on(frame, smiles if row is None else str(table[NAME].iloc[row]), smiles, likeness)


def _show_ways_on(frame: BareFrame, name: str, smiles: str, likeness: Likeness | None) -> None:
    """Offer the pages that go on from a molecule."""
    state = frame.state
    with st.container(horizontal=True):
        if likeness is None or likeness.asked.smiles != smiles:
            st.button(
                "What is like it?",
                key="molecule_like",
                type="primary",
                on_click=lambda: state.put("mol_asked", clean("mol_asked", name)),
            )
        for label, page, asked, field in WAYS_ON:
            fits = clean(field, smiles) == smiles  # a structure that is cut would be another one
            told = f"Opens the {page} page on it" if fits else "Too long for a link: paste it"
            if st.button(
                prose(label), key=f"molecule_{field}", disabled=not fits, help=prose(told)
            ):
                state.put(*asked)
                state.put(field, smiles)
                navigation.go_to(page)


def show_like(frame: BareFrame, likeness: Likeness, annotation: MoleculeAnnotation) -> None:
    """Show what is like the molecule asked about, by vector and by structure."""
    st.subheader(escaped(f"Like {likeness.asked.label}"), anchor=False)
    st.markdown(prose(likeness.sentence))
    for remark in likeness.remarks:
        st.caption(escaped(remark))
    table = likeness.table
    columns = tuple(column for column in SIMILAR if column.name != "targets" or annotation.targets)
    row = show_table(
        table,
        key="molecule_similar",
        description=f"Molecules near {likeness.asked.label} by vector or by structure",
        columns=columns,
        selectable=True,
    )
    state = frame.state
    with st.container(horizontal=True):
        if row is not None:
            name, told = (str(table[column].iloc[row]) for column in (NAME, CALLED))
            st.button(
                escaped(f"What is like {told}?"),
                key="molecule_next",
                on_click=lambda: state.put("mol_asked", clean("mol_asked", name)),
            )
        download_csv(
            "All as CSV",
            table.drop(columns=["row"]),
            origin=frame.origin,
            what=f"molecules-like-{likeness.asked.label[:30]}",
            key="molecule_similar_csv",
        )
    show_methods(frame, likeness_methods(frame.origin, likeness.asked.smiles, k=NEAREST))
