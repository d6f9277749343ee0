"""Parts of the Molecules page about chosen molecules: structures, scaffolds, targets, files."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from musegnn.molecules.molecule_set import KEY, NAME, SMILES
from musegnn.molecules.shipped import MoleculeReference
from musegnn.molecules.structures import called
from musegnn.screens.molecules import view_chosen
from musegnn.screens.molecules.columns import CHOSEN, SCAFFOLDS, TERMS
from musegnn.screens.molecules.view_annotation import MoleculeAnnotation
from musegnn.screens.parts.structures_panel import show_structures
from musegnn.screens.shell import navigation
from musegnn.screens.shell.downloads import download, download_csv
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.named_selections import selection_h5ad
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose

_PAGE: Final = "molecule_page"


def show_chosen(
    frame: BareFrame,
    reference: MoleculeReference,
    annotation: MoleculeAnnotation,
    *,
    ink: str,
) -> None:
    """Show what the molecules of the selection have in common."""
    selection = frame.state.selection
    if len(selection) < 2:
        st.caption(
            "Draw a lasso on the map or click a name of its legend to see what molecules have in "
            "common: structures, scaffolds, targets."
        )
        return
    view = view_chosen.describe(selection.rows, reference, annotation)
    st.subheader(f"{len(view.table):,} molecules selected", anchor=False)
    st.markdown(prose(view.sentence))
    _show_structures(view.table, ink=ink)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Scaffolds**")
        show_table(
            view.scaffolds,
            key="molecule_scaffolds",
            description="Scaffolds of the chosen molecules",
            columns=SCAFFOLDS,
            most_rows=8,
            nothing="None has a ring.",
        )
    with right:
        _show_terms(frame, view, annotation)
    shown = [
        column
        for column in CHOSEN
        if annotation.has_some or column.name not in {"targets", "mechanism", "phase"}
    ]
    show_table(
        view.table,
        key="molecule_chosen",
        description="Chosen molecules",
        columns=tuple(shown),
    )
    with st.container(horizontal=True):
        for label, table, what in (
            ("Molecules as CSV", view.table, "molecules"),
            ("Scaffolds as CSV", view.scaffolds, "scaffolds"),
            ("Targets as CSV", view.targets, "targets-of-molecules"),
            ("Mechanisms as CSV", view.mechanisms, "mechanisms-of-molecules"),
        ):
            if len(table):
                download_csv(label, table, origin=frame.origin, what=what, key=f"{what}_csv")
        download(
            "Vectors as h5ad",
            lambda: selection_h5ad(selection, reference.molecules),
            frame.origin,
            "molecules",
            "h5ad",
            key="molecules_h5ad",
        )


def _show_structures(table: pd.DataFrame, *, ink: str) -> None:
    """Draw the structures of one page of the chosen molecules, when asked to."""
    if not st.toggle("Draw their structures", key="molecule_grid"):
        return
    n_pages = view_chosen.count_pages(table)
    number = 1
    if n_pages > 1:
        number = int(
            st.number_input(f"Page of {n_pages:,}", 1, n_pages, key=_PAGE, width=160, step=1)
        )
    part = view_chosen.page_of(table, number)
    names = list(map(called, part[NAME], part[KEY], part[SMILES]))
    show_structures(names, part[SMILES], ink=ink, key="molecule_structures")


def _show_terms(
    frame: BareFrame, view: view_chosen.ChosenView, annotation: MoleculeAnnotation
) -> None:
    """Show targets and mechanisms that stand out, with ways on from a target."""
    if not annotation.has_some:
        st.caption("Targets and mechanisms that stand out need annotation, see below.")
        return
    st.markdown("**Targets that stand out**")
    row = show_table(
        view.targets,
        key="molecule_targets",
        description="Targets of the chosen molecules, the surest first",
        columns=TERMS,
        selectable=True,
        most_rows=6,
        nothing="No target stands with two of them.",
    )
    if row is not None:
        _offer_target(frame, str(view.targets["term"].iloc[row]))
    st.markdown("**Mechanisms that stand out**")
    show_table(
        view.mechanisms,
        key="molecule_mechanisms",
        description="Mechanisms of the chosen molecules, the surest first",
        columns=TERMS,
        most_rows=6,
        nothing="No mechanism stands with two of them.",
    )


def _offer_target(frame: BareFrame, gene: str) -> None:
    """Offer the pages that know a target."""
    state = frame.state
    with st.container(horizontal=True):
        if frame.atlas is not None and st.button(
            escaped(f"Open {gene}"), key="molecule_open_gene", help="Opens the Gene page"
        ):
            state.gene = gene
            navigation.go_to("Gene")
        if st.button(
            escaped(f"Drugs that reach {gene}"), key="molecule_reach", help="Opens the Drugs page"
        ):
            state.put("drugs_ask", "gene")
            state.put("drug_near", clean("drug_near", gene))
            navigation.go_to("Drugs")
