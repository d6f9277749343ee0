"""Controls of the Compare page: which two contexts, how compared, how shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from musegnn import keys
from musegnn.analysis.choices import MEASURES
from musegnn.analysis.comparison.neighbourhood_change import ChangeSettings
from musegnn.screens.compare import COLOUR_LABELS, DIFFERENCES, LAYOUTS, ORDERS
from musegnn.screens.compare.view import CompareRequest
from musegnn.screens.compare.view_pairs import PairChoice, choose_pair
from musegnn.screens.compare.view_words import MEASURE_NAMES
from musegnn.screens.parts.gene_search_panel import gene_search_box
from musegnn.screens.parts.named_selections_panel import selection_controls
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_plotly import load_map_library
from musegnn.screens.shell.state import tied
from musegnn.screens.shell.words import prose

MARKED = "compare_marked"  # gene of the table row that was marked
_BY_ITSELF = "compare_by_itself"  # the pair that the page chose, which nobody wished
_LEAST_K, _MOST_K = 5, 100


@dataclass(frozen=True)
class Asked:
    """What the user asks for.

    Parameters
    ----------
    left, right
        The two contexts.
    settings
        How they are compared.
    request
        How the answer is shown.
    """

    left: str
    right: str
    settings: ChangeSettings
    request: CompareRequest


def choose(frame: Frame) -> Asked | None:
    """Show the controls and return what the user asks for; None when there are no two contexts."""
    load_map_library()
    pair = _find_pair(frame)
    _show_pair(frame, pair)
    if not pair.left:
        st.info(prose(f"{pair.note} Choose another difference, or train on more datasets."))
        return None
    with st.sidebar:
        gene_search_box(frame)
        k = st.slider(
            "Size of a neighbourhood (k)",
            _LEAST_K,
            _MOST_K,
            help="How many nearest common genes count as the neighbourhood of a gene",
            **frame.state.bound("k", int(frame.state.get("k"))),
        )
        choose_field(
            frame,
            "measure",
            "Overlap measured by",
            MEASURES,
            help="Rank-biased overlap weighs the nearest genes most; the Jaccard index counts the "
            "k nearest alike",
            format_func=lambda name: MEASURE_NAMES[name],
        )
        choose_field(frame, "paired_colour", "Colour by", COLOUR_LABELS)
        choose_field(frame, "layout", "Lay the genes out by", LAYOUTS)
        choose_field(frame, "order", "List first what", ORDERS)
        _choose_list(frame)
        selection_controls(frame.state, frame.atlas.embedding)
    return Asked(
        pair.left,
        pair.right,
        ChangeSettings(k=k, measure=frame.state.get("measure")),
        CompareRequest(
            colour=frame.state.get("paired_colour"),
            layout=frame.state.get("layout"),
            order=frame.state.get("order"),
            gene=frame.state.gene,
            marked=st.session_state.get(MARKED, ""),
            list_text=frame.state.list_text,
            selection=frame.state.selection,
        ),
    )


def _find_pair(frame: Frame) -> PairChoice:
    """Find the pair that was wished, or one of contexts that have the gene somebody looks at.

    A pair that nobody chose follows the gene: else a gene that was looked up later would be missing
    on one side.
    """
    embedding, search, state = frame.atlas.embedding, frame.atlas.search, frame.state
    wished = (state.get("left"), state.get("right"))
    if wished == st.session_state.get(_BY_ITSELF):
        wished = ("", "")
    else:
        st.session_state.pop(_BY_ITSELF, None)  # from here on somebody has chosen
    match = search.find(state.gene) if state.gene else None
    having: frozenset[str] = frozenset()
    if match is not None and match.status == "found":
        rows = search.rows(match.gene)
        having = frozenset(embedding.genes[keys.DATASET].iloc[rows].astype(str))
    pair = choose_pair(
        embedding,
        left=wished[0],
        right=wished[1],
        differing_in=state.get("differ"),
        having=having,
    )
    if wished == ("", ""):
        st.session_state[_BY_ITSELF] = (pair.left, pair.right)
    return pair


def choose_field(
    frame: Frame,
    field: str,
    label: str,
    options: Sequence[str],
    *,
    help: str = "",
    format_func: Callable[[str], str] = str,
    width: int | Literal["stretch"] = "stretch",
) -> str:
    """Show a list to choose from that writes into a field of the link; return what it says.

    A link may carry what is not among the options here; the first option stands then.
    """
    wished = frame.state.get(field)
    if wished not in options:
        if wished:
            st.info(prose(f"{label}: there is no `{wished}` here; the first one is shown."))
        frame.state.put(field, options[0])
    st.selectbox(
        prose(label),
        options,
        help=prose(help) or None,
        format_func=format_func,
        width=width,
        **frame.state.bound(field),
    )
    return frame.state.get(field)


def open_pair(frame: Frame, left: str, right: str) -> None:
    """Compare another pair; the difference asked for no longer holds."""
    frame.state.put("left", left)
    frame.state.put("right", right)
    frame.state.put("differ", "")
    st.session_state.pop(MARKED, None)


def _show_pair(frame: Frame, pair: PairChoice) -> None:
    """Show what the two differ in, and the two themselves."""
    with st.container(key="compare_pair"):
        what, left, right, swap = st.columns([2, 5, 5, 1], vertical_alignment="bottom")
        with what:
            choose_field(
                frame,
                "differ",
                "Differing in",
                DIFFERENCES,
                help="Offers only pairs that differ in this and agree in what it is compared "
                "within: condition (healthy, tumour) within an organ and species, species within "
                "an organ, tissue and technique within a species, dataset within all of these",
            )
        if not pair.left:
            return
        frame.state.put("left", pair.left)
        frame.state.put("right", pair.right)
        with left:
            _choose_side(frame, "left", "Left context", pair.left, pair.lefts)
        with right:
            _choose_side(frame, "right", "Right context", pair.right, pair.rights)
        swap.button(
            "Swap",
            key="swap",
            help="Exchange left and right",
            on_click=open_pair,
            args=(frame, pair.right, pair.left),
        )


def _choose_side(
    frame: Frame, field: str, label: str, chosen: str, options: dict[str, str]
) -> None:
    """Let the user choose one of the two contexts."""
    st.selectbox(
        prose(label),
        list(options if chosen in options else {chosen: chosen, **options}),
        format_func=lambda name: options.get(name, name),
        **frame.state.bound(field, chosen),
    )


def _choose_list(frame: Frame) -> None:
    """Let the user paste a gene list, and colour both maps by it."""
    state = frame.state

    def colour_list(text: str) -> None:
        state.list_text = text
        if text.strip():
            state.put("paired_colour", "my gene list")

    with st.expander("My gene list", expanded=bool(state.list_text)):
        st.text_area(
            "Paste gene names",
            placeholder="CD3E, CD4\nIns2",
            help="Separated by blanks, commas or lines; marked on both maps",
            **tied("list_text", state.list_text, colour_list),
        )
