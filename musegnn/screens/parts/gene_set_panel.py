"""Chooser of a gene set: the same few controls on every page that asks about a set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import streamlit as st

from musegnn.analysis.gene_list_report import ListReport
from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.errors import MuseGNNError
from musegnn.screens.parts.gene_search_panel import (
    choose_gene_context,
    gene_search_box,
    offer_choices,
    offer_examples,
)
from musegnn.screens.parts.gene_set_choice import (
    ALL_CONTEXTS,
    KIND_LABELS,
    ChoiceRequest,
    build,
    cluster_labels,
)
from musegnn.screens.parts.studies_panel import choose_blocks, open_studies
from musegnn.screens.shell import navigation
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.state import tied
from musegnn.screens.shell.tables import context_namer
from musegnn.screens.shell.words import prose


def choose_gene_set(frame: Frame, *, key: str, with_studies: bool = False) -> GeneSetChoice | None:
    """Show the controls in the sidebar and return the chosen genes.

    Parameters
    ----------
    frame
        The page.
    key
        Name of the page; what was chosen is kept in the fields `{key}_kind`, `{key}_context`,
        `{key}_saved` and `{key}_k` of the link, and in the ones that pages share: gene, dataset,
        cluster, list and selection.
    with_studies
        Whether neighbours may be found with other studies too: not by what they are labels for.

    Returns
    -------
    The genes, or None when there are none yet; the page then says what to do next.
    """
    with st.sidebar:
        kind = _choose_kind(frame, key)
    request = _CHOOSERS[kind](frame, key)
    if request is None:
        return None
    state, atlas, studies = frame.state, frame.atlas, None
    if with_studies and request.kind == "neighbours":
        with st.sidebar:
            choose_blocks(state, widget=f"{key}_blocks")
        studies = open_studies(frame)
    try:
        choice = build(
            request if studies is None else replace(request, blocks=state.get("blocks")),
            atlas=atlas,
            selection=state.selection,
            named=state.named,
            studies=studies,
        )
    except MuseGNNError as error:
        show_error(error)
        return None
    if choice.report is not None:
        _show_report(frame, choice.report, key)
    if studies is not None:
        st.caption(prose(studies.studies.statement))
    return choice if len(choice) else None


def _shorten(field: str, full: str) -> str:
    """Return what of a name a link carries; the session keeps the whole of it."""
    st.session_state[f"full:{field}"] = full
    return clean(field, full)


def _recall(frame: Frame, field: str, names: Iterable[str]) -> str:
    """Return the name that a field means, which may hold a shortened one; "" for none of them."""
    wished = frame.state.get(field)
    fitting = [name for name in names if wished and clean(field, name) == wished]
    full = st.session_state.get(f"full:{field}")
    return full if full in fitting else next(iter(fitting), "")


def _choose_kind(frame: Frame, key: str) -> str:
    """Let the user say what the genes come from; a selection first when there is one."""
    name = f"{key}_kind"
    has_selection = len(frame.state.selection) > 0
    usual = "selection" if has_selection else "neighbours"
    return st.selectbox(
        "Genes",
        list(KIND_LABELS),
        format_func=lambda kind: KIND_LABELS[kind],
        help="Where the genes in question come from",
        **frame.state.bound(name, frame.state.get(name) or usual),
    )


def _ask_selection(frame: Frame, key: str) -> ChoiceRequest | None:
    """Take the current selection, or say how to make one."""
    if len(frame.state.selection):
        return ChoiceRequest("selection")
    st.markdown(
        "Nothing is selected. Draw a lasso on the Atlas, or choose other genes on the left."
    )
    navigation.next_page("Atlas", "Select on the Atlas", key=f"{key}_to_atlas")
    return None


def _ask_saved(frame: Frame, key: str) -> ChoiceRequest | None:
    """Let the user choose among the saved selections, or say how to save one."""
    named = frame.state.named
    if not named.selections:
        st.markdown("No selection is saved yet. Select genes on the Atlas and give them a name.")
        navigation.next_page("Atlas", "Select on the Atlas", key=f"{key}_to_atlas")
        return None
    name = f"{key}_saved"
    wished = frame.state.get(name)
    chosen = _recall(frame, name, named.names)
    if wished and not chosen:
        st.info(prose(f"There is no saved selection `{wished}` in this session."))
    with st.sidebar:
        chosen = st.selectbox(
            "Saved selection",
            named.names,
            format_func=lambda label: f"{label} (n = {len(named.get(label)):,})",
            **frame.state.bound(name, chosen or named.names[-1], write=partial(_shorten, name)),
        )
    return ChoiceRequest("saved selection", chosen)


def _ask_cluster(frame: Frame, key: str) -> ChoiceRequest | None:
    """Let the user choose a cluster, in all contexts or in one."""
    labels = cluster_labels(frame.atlas.embedding)
    linked = _recall(frame, "cluster", labels) or next(iter(labels))
    with st.sidebar:
        chosen = st.selectbox(
            "Cluster",
            list(labels),
            format_func=lambda cluster: labels[cluster],
            **frame.state.bound(
                "cluster", linked, write=partial(_shorten, "cluster"), widget=f"{key}_cluster"
            ),
        )
        dataset = _choose_context(frame, key)
    return ChoiceRequest("cluster", chosen, dataset)


def _ask_list(frame: Frame, key: str) -> ChoiceRequest | None:
    """Let the user paste names, or say what can be pasted."""
    state = frame.state
    with st.sidebar:
        text = st.text_area(
            "Paste gene names",
            placeholder="CD3E, CD4\nIns2",
            help="Separated by blanks, commas or lines; names that are not found are listed back",
            **tied(f"{key}_list", state.list_text, partial(setattr, state, "list_text")),
        )
        dataset = _choose_context(frame, key)
    if not text.strip():
        st.markdown("Paste a list of genes on the left: symbols, Ensembl ids or aliases.")
        return None
    return ChoiceRequest("list", text, dataset)


def _ask_neighbours(frame: Frame, key: str) -> ChoiceRequest | None:
    """Let the user choose a gene, its context and how many neighbours to take."""
    chosen = ask_gene(frame, key=key)
    if chosen is None:
        return None
    name = f"{key}_k"
    with st.sidebar:
        k = st.slider(
            "Number of neighbours", 5, 200, **frame.state.bound(name, int(frame.state.get(name)))
        )
    return ChoiceRequest("neighbours", *chosen, k)


def ask_gene(frame: Frame, *, key: str) -> tuple[str, str] | None:
    """Let the user choose a gene and one of the contexts that have it, in the sidebar.

    Parameters
    ----------
    frame
        The page.
    key
        Name of the page.

    Returns
    -------
    Symbol and context, or None while they are not clear; the page then says what to do next.
    """
    state = frame.state
    with st.sidebar:
        gene_search_box(frame)
    if not state.gene:
        st.markdown("Type a gene on the left: its neighbours are the genes in question.")
        offer_examples(frame, key=f"{key}_example")
        return None
    match = frame.atlas.search.find(state.gene)
    if match.status != "found":
        st.info(prose(match.message))
        offer_choices(state, match)
        return None
    row = choose_gene_context(frame, match.gene, widget=f"{key}_gene_context")
    return None if row is None else (state.gene, state.dataset)


def _choose_context(frame: Frame, key: str) -> str:
    """Let the user take all contexts or one; "" is all."""
    name, state = f"{key}_context", frame.state
    names = [ALL_CONTEXTS, *sorted(map(str, frame.atlas.embedding.datasets.index))]
    chosen = st.selectbox(
        "Context",
        names,
        format_func=context_namer(),
        help="Take the genes of one context, or of all",
        **state.bound(
            name,
            state.among(name, names, ALL_CONTEXTS),
            write=lambda context: "" if context == ALL_CONTEXTS else context,
        ),
    )
    return "" if chosen == ALL_CONTEXTS else chosen


def _show_report(frame: Frame, report: ListReport, key: str) -> None:
    """Say what became of the names of a list, and offer the answer name by name."""
    (st.info if report.used else st.warning)(prose(report.told(frame.atlas.short_context_names)))
    download_csv(
        "What became of each name, as CSV",
        report.table(),
        origin=frame.origin,
        what="list-names",
        key=f"{key}_download_names",
    )


_CHOOSERS = {
    "neighbours": _ask_neighbours,
    "cluster": _ask_cluster,
    "selection": _ask_selection,
    "saved selection": _ask_saved,
    "list": _ask_list,
}
