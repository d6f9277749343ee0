"""Parts of the Matching page: what is asked, the answer in words, the table, a structure."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.molecules.profile_matching import AskedProfiles
from musegnn.molecules.profile_reference import ProfileReference
from musegnn.screens.matching import ASKED, MOLECULE, PROFILE
from musegnn.screens.matching import view as matching
from musegnn.screens.matching.columns import BY_GENES, MATCHES
from musegnn.screens.matching.methods import match_methods
from musegnn.screens.matching.view import MatchView
from musegnn.screens.parts.structures_panel import offer_structures_for_paper, show_structures
from musegnn.screens.shell import navigation, permalink
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.link_field import LONGEST_PASTED
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.panel_visitor import offers
from musegnn.screens.shell.state import remembered
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose
from musegnn.settings import Settings

_DARK_INK: Final = "#e8eaed"
_DRAWN: Final = 12  # structures side by side
_UP, _DOWN, _FILE, _MORE = "match_up", "match_down", "match_file", "match_more"


def draw(frame: BareFrame) -> None:
    """Let the user choose a question and answer it."""
    try:
        asked = st.radio(
            "Question",
            list(ASKED),
            format_func=lambda name: ASKED[name],
            horizontal=True,
            label_visibility="collapsed",
            **frame.state.bound("match_ask"),
        )
        if asked == MOLECULE:
            _show_molecule(frame)
        elif asked == PROFILE:
            _show_profile(frame)
        else:
            _show_genes(frame)
    except MuseGNNError as error:  # the controls stay, and the link follows them
        show_error(error)


@cached_build(max_entries=1, spinner="Reading the measured profiles")
def _reference() -> ProfileReference:
    """Open the profiles that ship."""
    return matching.open_reference()


@cached_build(max_entries=60, spinner="Comparing with the measured profiles")
def _molecule(text: str) -> MatchView:
    """Rank profiles for a molecule."""
    return matching.ask_molecule(text, _reference())


@cached_build(max_entries=2, spinner="Reading your profiles")
def _asked(content: bytes, name: str) -> AskedProfiles:
    """Read what was uploaded."""
    return matching.read_upload(content, name, _reference())


def _show_molecule(frame: BareFrame) -> None:
    """Ask for the profiles of a molecule."""
    text = st.text_input(
        "Molecule",
        placeholder="dexamethasone, an InChIKey or a SMILES",
        max_chars=LONGEST_PASTED,
        help="A measured molecule by name, or any structure as SMILES or InChI",
        **frame.state.bound("match_molecule"),
    ).strip()
    if not text:
        st.caption("Try `dexamethasone` or `CC(=O)Oc1ccccc1C(=O)O`.")
        return
    frame.state.write_link()
    _show_matches(frame, _molecule(text), what=f"profiles-like-{text[:30]}")
    show_methods(frame, match_methods(frame.origin, molecule=text))


def _show_profile(frame: BareFrame) -> None:
    """Ask for the molecules of an uploaded profile."""
    if offers("upload", "A profile of your own"):
        file = st.file_uploader(
            "Table of profiles",
            key="match_upload",
            help="CSV, TSV or Parquet: a well or compound a row, a feature of CellProfiler a "
            f"column; at most {matching.LARGEST_UPLOAD // 10**6} MB",
        )
        if file is not None:
            st.session_state[_FILE] = (file.name, file.getvalue())
    st.button(
        "Try a profile",
        key="match_example",
        on_click=lambda: st.session_state.update(
            {_FILE: ("an example.csv", matching.example_profile(_reference()))}
        ),
    )
    if _FILE not in st.session_state:
        st.caption(
            "Features are compared by name, as CellProfiler writes them. Controls of the plate "
            "(column `control`: negcon) set the scale; wells let what their place adds be taken "
            "out. A link to this page cannot carry a file."
        )
        return
    name, content = st.session_state[_FILE]
    st.caption(escaped(f"In use: {name}"))
    asked = _asked(content, name)
    row = 0
    if len(asked.labels) > 1:
        row = st.selectbox(
            "Profile",
            range(len(asked.labels)),
            format_func=lambda at: asked.labels[at],
            key="match_row",
        )
    with st.expander("Molecules of your own beside the measured ones"):
        more = st.text_area(
            "Structures, one a line: their profiles are predicted", **remembered(_MORE, "")
        )
    view = matching.ask_profile(asked, row, _reference(), more=more)
    _show_matches(frame, view, what="molecules-of-a-profile")
    show_methods(frame, match_methods(frame.origin, file=name, row=row, more=more))


def _show_genes(frame: BareFrame) -> None:
    """Ask for the compounds of lists of genes."""
    left, right = st.columns(2)
    with left:
        up = st.text_area("Genes up", height=120, **remembered(_UP, ""))
    with right:
        down = st.text_area("Genes down", height=120, **remembered(_DOWN, ""))
    folder: Path | None = Settings.from_environment().knowledge
    view = matching.ask_genes(folder, up=up, down=down)
    if view is None:
        st.caption("Paste human gene symbols or ids. A link to this page cannot carry them.")
        st.button(
            "Try genes of heat and oxidative stress",
            key="match_genes_example",
            on_click=lambda: st.session_state.update({_UP: matching.EXAMPLE_GENES}),
        )
        return
    st.markdown(prose(view.sentence))
    _show_remarks(view)
    show_table(
        view.table,
        key="match_genes",
        description="Compounds by likeness of their signature",
        columns=BY_GENES,
    )
    _offer(frame, view, "compounds-by-genes")


def _show_matches(frame: BareFrame, view: MatchView, *, what: str) -> None:
    """Show words, table, and the structure of a chosen row."""
    st.markdown(prose(view.sentence))
    _show_remarks(view)
    row = show_table(
        view.table,
        key="match_table",
        description="Molecules by likeness of profiles, the most alike first",
        columns=MATCHES,
        selectable=True,
    )
    ink = _DARK_INK if st.context.theme.type == "dark" else ""
    if st.toggle(f"Draw the first {_DRAWN}", key="match_grid"):
        first = view.table.head(_DRAWN)
        show_structures(first["name"], first["structure"], ink=ink, key="match_structures")
    if row is None:
        st.caption("Choose a row to see its structure.")
    else:
        chosen = view.table.iloc[row]
        st.image(
            matching.draw(str(chosen["structure"]), ink=ink),
            width=320,
            alt=f"Structure of {chosen['name']}",
        )
        st.caption(escaped(str(chosen["name"])))
        offer_structures_for_paper([""], [chosen["structure"]], key="match_structure")
        if st.button("What would assays find?", key="match_to_properties"):
            asked = f"{chosen['structure']} {chosen['name']}".replace(";", " ")
            frame.state.put("properties_of", permalink.clean("properties_of", asked))
            navigation.go_to("Properties")
    _offer(frame, view, what)


def _show_remarks(view: MatchView) -> None:
    """Say how far to believe it."""
    with st.expander("How far to believe it", expanded=True):
        for remark in view.remarks:
            st.markdown(prose(f"- {remark}"))


def _offer(frame: BareFrame, view: MatchView, what: str) -> None:
    """Offer the table."""
    download_csv("All as CSV", view.table, origin=frame.origin, what=what, key="match_csv")
