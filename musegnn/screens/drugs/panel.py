"""Parts of the Drugs page: what is asked, the answer in words, tables, ways on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.screens.drugs import (
    ASKED,
    COMPOUND,
    GENE,
    GENES_UP,
    NETWORK,
    view_network,
)
from musegnn.screens.drugs import view as drugs
from musegnn.screens.drugs.columns import NEAREST, SIGNATURES, TARGETS
from musegnn.screens.drugs.methods import shipped_methods, signature_methods, target_methods
from musegnn.screens.drugs.panel_maps import show_signature_on_maps, show_targets_on_maps
from musegnn.screens.drugs.panel_network import show_network
from musegnn.screens.drugs.panel_reach import show_reach
from musegnn.screens.drugs.panel_ways_on import ask_compound, ask_network
from musegnn.screens.drugs.view import DrugView, SignatureView
from musegnn.screens.parts.structures_panel import offer_structures_for_paper
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
from musegnn.targets.network import PharmacologicalNetwork
from musegnn.targets.own_signature import OwnSignature
from musegnn.targets.predicted import HOW_TO_GET_MORE, ShippedPredictions, read_predictions
from musegnn.targets.predictor import Predictor
from musegnn.targets.tables import Pharmacology

_DARK_INK: Final = "#e8eaed"
_UP, _DOWN, _TABLE, _GROUP = GENES_UP, "drugs_down", "drugs_table", "drugs_group"
State = tuple[tuple[str, int, int], ...]


def draw(frame: BareFrame) -> None:
    """Let the user choose a question and answer it; without tables there are two."""
    folder = Settings.from_environment().knowledge
    state = drugs.state_of(folder)
    has_tables = _can_rank(folder, state)
    try:
        asked = _ask(frame, tuple(ASKED) if has_tables else drugs.WITHOUT_TABLES)
        if asked == COMPOUND and not has_tables:
            _show_shipped(frame)
        elif asked == COMPOUND:
            _show_compound(frame, folder, state)
        elif asked == NETWORK:
            _predictor(folder, state)  # here, so that the page says how long
            show_network(frame, _network(folder, state))
        elif asked == GENE:
            show_reach(frame, folder, state, _drugs(folder, state))
        else:
            _show_signature(frame, folder, state)
    except MuseGNNError as error:  # the controls stay, and the link follows them
        show_error(error)
    if not has_tables:
        with st.expander("Any structure, known targets and the network too: which tables to fetch"):
            st.markdown(prose(drugs.WHAT_TO_IMPORT))


def _ask(frame: BareFrame, offered: tuple[str, ...]) -> str:
    """Let the user choose a question; say it where the link asks one that needs tables."""
    asked = frame.state.get("drugs_ask")
    if asked not in offered:
        _tell_what_lacks(frame, asked)
        asked = offered[0]
    return st.radio(
        "Question",
        list(offered),
        format_func=lambda name: ASKED[name],
        horizontal=True,
        label_visibility="collapsed",
        **frame.state.bound("drugs_ask", asked),
    )


def _tell_what_lacks(frame: BareFrame, asked: str) -> None:
    """Say that what the link asks needs tables of drugs."""
    if asked == NETWORK:
        st.warning(prose(view_network.WITHOUT_TABLES))
    elif gene := frame.state.get("drug_near"):
        st.warning(
            escaped(f"Whether drugs reach {gene}, which the link asks, needs tables not at hand.")
        )


@cached_build(max_entries=2)
def _can_rank(folder: Path | None, state: State) -> bool:
    """Look for the tables that ranked targets need."""
    return drugs.can_rank(folder)


@cached_build(max_entries=2, spinner="Reading the compounds")
def _drugs(folder: Path | None, state: State) -> Pharmacology:
    """Open the compounds."""
    return drugs.open_drugs(folder)


@cached_build(max_entries=1, spinner=drugs.LEARNING)
def _predictor(folder: Path | None, state: State) -> Predictor:
    """Open what ranks targets."""
    return drugs.open_targets(folder)


@cached_build(max_entries=1, spinner=view_network.BUILDING)
def _network(folder: Path | None, state: State) -> PharmacologicalNetwork:
    """Open the network of all compounds."""
    return view_network.make_network(_predictor(folder, state))


@cached_build(max_entries=60, spinner="Ranking targets")
def _compound(folder: Path | None, state: State, text: str, ink: str) -> DrugView:
    """Rank the targets of a compound."""
    return drugs.ask_compound(_predictor(folder, state), text, ink=ink)


def _show_compound(frame: BareFrame, folder: Path | None, state: State) -> None:
    """Ask about a compound."""
    text = st.text_input(
        "Compound",
        placeholder="imatinib, DB00619, BRD-K92723993, an InChIKey or a SMILES",
        max_chars=LONGEST_PASTED,
        help="A compound of the annotation by name or id, or any structure as SMILES or InChI",
        **frame.state.bound("drug"),
    )
    hint = st.empty()  # a place of its own, else the words that say to wait cover it
    if not text.strip():
        hint.caption("Try `imatinib`, `vorinostat` or `CC(=O)Oc1ccccc1C(=O)O`.")
        return
    frame.state.write_link()  # a reload meanwhile asks for the same
    _predictor(folder, state)  # here, so that the page says how long; inside it would not
    ink = _DARK_INK if st.context.theme.type == "dark" else ""
    view = _compound(folder, state, text.strip(), ink)
    _show_prediction(frame, view, _predictor(folder, state).data)
    show_methods(frame, target_methods(frame.origin, text.strip()))


@cached_build(max_entries=1)
def _shipped() -> ShippedPredictions:
    """Open the predictions that come with the program."""
    return read_predictions()


def _show_shipped(frame: BareFrame) -> None:
    """Ask about a compound whose predicted targets come with the program."""
    shipped = _shipped()
    text = st.text_input(
        "Compound",
        placeholder="imatinib, BRD-K92723993, an InChIKey or a SMILES",
        max_chars=LONGEST_PASTED,
        help="One of the compounds with a signature that come with the program, by name, id or "
        "structure",
        **frame.state.bound("drug"),
    )
    if not text.strip():
        st.caption("Try `imatinib`, `haloperidol` or `aspirin`.")
        st.caption(prose(f"{shipped.meaning} {HOW_TO_GET_MORE}"))
        return
    ink = _DARK_INK if st.context.theme.type == "dark" else ""
    view = drugs.look_up(shipped, text, ink=ink)
    _show_prediction(frame, view, shipped.data, first_alone=True)
    show_methods(frame, shipped_methods(frame.origin, text.strip(), shipped))


def _show_prediction(
    frame: BareFrame, view: DrugView, data: Pharmacology, *, first_alone: bool = False
) -> None:
    """Show words, structure, ranked targets, the maps, and what all rests on."""
    st.subheader(escaped(view.label), anchor=False)
    left, right = st.columns([1, 2])
    with left:
        if view.svg:
            st.image(view.svg, width=320, alt=f"Structure of {view.label}")
            offer_structures_for_paper([""], [view.structure], key="drug_structure")
    with right:
        st.markdown(prose(view.sentence))
        for what, said in view.facts:
            st.caption(escaped(f"{what}: {said}"))
    with st.expander("Why, and how far to believe it", expanded=True):
        for reason in view.reasons:
            st.markdown(prose(f"- {reason}"))
    row = show_table(
        view.targets,
        key="drug_targets",
        description=f"Candidate targets of {view.label}, the likeliest first",
        columns=[column for column in TARGETS if column.name in view.targets],
        selectable=True,
    )
    with st.container(horizontal=True):
        _show_ways_on(frame, view, None if row is None else str(view.targets["gene"].iloc[row]))
        download_csv(
            "These targets as CSV" if first_alone else "All targets as CSV",
            view.targets,
            origin=frame.origin,
            what=f"targets-of-{view.label[:30]}",
            key="drug_targets_csv",
        )
    show_targets_on_maps(frame, view.answer, data, has_network=not first_alone)
    for title, table, key in (
        ("Nearest labelled molecules by structure", view.by_structure, "drug_by_structure"),
        ("Nearest labelled compounds by signature", view.by_signature, "drug_by_signature"),
    ):
        if len(table):
            st.markdown(prose(f"**{title}**"))
            show_table(table, key=key, description=title, columns=NEAREST)


def _show_ways_on(frame: BareFrame, view: DrugView, chosen: str | None) -> None:
    """Offer assays of the structure, and the Gene page for a chosen target."""
    if view.structure and st.button("What would assays find?", key="drug_to_properties"):
        frame.state.put(
            "properties_of",
            permalink.clean("properties_of", f"{view.structure} {view.label}".replace(";", " ")),
        )
        navigation.go_to("Properties")
    if frame.atlas is None:
        return
    gene = chosen or view.genes[0]
    if st.button(escaped(f"Open {gene}"), key="drug_open_gene"):
        frame.state.gene = gene
        navigation.go_to("Gene")


def _show_signature(frame: BareFrame, folder: Path | None, state: State) -> None:
    """Compare a signature of the user with all stored ones."""
    data = _drugs(folder, state)
    if frame.state.get("drug_example"):  # filled in once, never over lists of a person
        frame.state.put("drug_example", "")
        if not any(st.session_state.get(name) for name in (_UP, _DOWN, _TABLE)):
            st.session_state[_UP] = drugs.EXAMPLE_UP
    left, right = st.columns(2)
    with left:
        up = st.text_area("Genes up", height=120, **remembered(_UP, ""))
    with right:
        down = st.text_area("Genes down", height=120, **remembered(_DOWN, ""))
    table = _table_of_user()
    group = ""
    if table:
        group = st.text_input(
            "Cluster or comparison, where the table has several", **remembered(_GROUP, "")
        )
    hint = st.empty()
    own = drugs.read_own(folder, data, up=up, down=down, table=table, group=group.strip())
    if own is None:
        with hint.container():
            st.caption(
                "Paste human gene symbols or ids, or give a table as DESeq2, edgeR, limma, GEO2R, "
                "Seurat or scanpy write it. A link to this page cannot carry them."
            )
            st.button(
                "Try genes of heat and oxidative stress",
                key="drugs_example",
                on_click=lambda: st.session_state.update({_UP: drugs.EXAMPLE_UP}),
            )
        return
    hint.empty()
    view = drugs.compare(own, data)
    has_tables = _can_rank(folder, state)
    _show_comparison(frame, view, data, has_network=has_tables)
    is_ranked = has_tables and _show_targets_of_signature(frame, folder, state, own)
    if not is_ranked:
        show_signature_on_maps(frame, own, data)
    file = st.session_state.get(_TABLE)
    show_methods(
        frame,
        signature_methods(
            frame.origin, up=up, down=down, name=file[0] if file else "", group=group
        ),
    )


def _table_of_user() -> str:
    """Let the user upload a table; it stays for the session."""
    if not offers("upload", "A table of your own"):
        return ""
    file = st.file_uploader(
        "Table of genes and changes",
        key="drugs_upload",
        help=f"Delimited text, at most {drugs.LARGEST_UPLOAD // 10**6} MB",
    )
    if file is not None:
        st.session_state[_TABLE] = (file.name, file.getvalue())
    if _TABLE not in st.session_state:
        return ""
    name, content = st.session_state[_TABLE]
    if file is None:
        st.caption(escaped(f"In use: {name}"))
        if st.button("Forget this table", key="drugs_forget"):
            del st.session_state[_TABLE]
            st.rerun()
    return drugs.text_of(content)


def _show_comparison(
    frame: BareFrame, view: SignatureView, data: Pharmacology, *, has_network: bool
) -> None:
    """Show what mimics and what reverses, with the ways on from one of each."""
    st.markdown(prose(view.sentence))
    for remark in view.remarks:
        st.caption(prose(remark))
    left, right = st.columns(2)
    for place, title, table, key in (
        (left, "Mimic", view.mimic, "drugs_mimic"),
        (right, "Reverse", view.reverse, "drugs_reverse"),
    ):
        with place:
            st.markdown(prose(f"**{title}**"))
            row = show_table(
                table,
                key=key,
                description=f"Compounds that {title.lower()} the signature",
                columns=drugs.told(SIGNATURES, view.table),
                selectable=True,
            )
            if len(table):
                _offer_compound(frame, table.iloc[row or 0], data, key=key, has_network=has_network)
    download_csv(
        "All compounds as CSV",
        view.table,
        origin=frame.origin,
        what="compounds-by-signature",
        key="drugs_signature_csv",
    )


def _offer_compound(
    frame: BareFrame, found: pd.Series, data: Pharmacology, *, key: str, has_network: bool
) -> None:
    """Offer what is known of the compound that is marked, or of the first."""
    name = str(found["name"])
    with st.container(horizontal=True):
        st.button(
            escaped(f"Targets of {name}"),
            key=f"{key}_targets",
            help="What it hits, known and predicted; mark a row for another compound",
            on_click=lambda: ask_compound(frame, drugs.name_for_link(found, data)),
        )
        if has_network:
            st.button(
                escaped(f"{name} in the network"),
                key=f"{key}_network",
                help="Its targets, and compounds that hit these too",
                on_click=lambda: ask_network(frame, drugs.name_for_link(found, data)),
            )


def _show_targets_of_signature(
    frame: BareFrame, folder: Path | None, state: State, own: OwnSignature
) -> bool:
    """Rank targets of what left the signature, when asked to, and tell whether it was."""
    if not st.toggle("Rank targets, too", **remembered("drugs_rank", usual=False)):
        return False
    predictor = _predictor(folder, state)
    _show_prediction(frame, drugs.ask_signature(predictor, own), predictor.data)
    return True
