"""Controls of the Causal page: genes, context, query, confidence, what to draw."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import streamlit as st

from musegnn.analysis.causal.causal_network import NetworkRequest, Sources
from musegnn.analysis.causal.causal_question import best_context, genes_in_context
from musegnn.analysis.causal.node_choice import QUERY_MEANING
from musegnn.analysis.causal.regulation import GRADES_MEANING
from musegnn.analysis.choices import CO_EXPRESSED, CURATED, INFERRED, KINDS, QUERIES
from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.screens.causal.cache import open_sources
from musegnn.screens.causal.view import CausalRequest
from musegnn.screens.parts.gene_set_panel import choose_gene_set
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.state import PageState
from musegnn.screens.shell.tables import context_namer
from musegnn.screens.shell.words import prose

_GRADE_LABELS = {
    "A": "A only",
    "B": "A and B",
    "C": "A to C (curated)",
    "D": "A to D",
    "E": "A to E (with predictions)",
}


@dataclass(frozen=True)
class CausalQuestion:
    """What is asked, and what it is answered with.

    Parameters
    ----------
    request
        What was asked.
    sources
        What is known.
    """

    request: CausalRequest
    sources: Sources


def choose(frame: Frame) -> CausalQuestion | None:
    """Show the controls and return the question; None while no genes are chosen.

    Raises
    ------
    InputError
        If the context has none of the genes.
    """
    choice = choose_gene_set(frame, key="causal", with_studies=True)
    if choice is None:
        return None
    dataset = _choose_dataset(frame, choice)
    context = genes_in_context(
        choice,
        dataset,
        embedding=frame.atlas.embedding,
        ortholog_groups=frame.atlas.search.ortholog_groups,
    )
    state = frame.state
    with st.sidebar:
        query = st.selectbox(
            "Query",
            QUERIES,
            format_func=str.capitalize,
            help=prose(". ".join(QUERY_MEANING.values())),
            **state.bound("causal_query"),
        )
        least = st.selectbox(
            "Curated confidence",
            list(_GRADE_LABELS),
            format_func=_GRADE_LABELS.__getitem__,
            help=GRADES_MEANING,
            **state.bound("causal_confidence"),
        )
        sources = open_sources(frame.atlas, dataset, least)
        kinds = _choose_kinds(state, sources)
    network = NetworkRequest(
        genes=context.genes,
        dataset=dataset,
        query=query,
        around=frame.state.get("causal_around"),
        kinds=kinds,
    )
    request = CausalRequest(
        choice.label, context, network, choice.called(frame.atlas.short_context_names)
    )
    return CausalQuestion(request, sources)


def _choose_dataset(frame: Frame, choice: GeneSetChoice) -> str:
    """Let the user choose the context of the network, where the genes do not say it."""
    if choice.dataset:
        return choice.dataset
    embedding, state = frame.atlas.embedding, frame.state
    names = sorted(map(str, embedding.datasets.index))
    usual = best_context(choice, embedding, frame.atlas.search.ortholog_groups)
    with st.sidebar:
        return st.selectbox(
            "Context of the network",
            names,
            format_func=context_namer(),
            help="Co-expression, background and inferred edges are those of this context",
            **state.bound("dataset", state.among("dataset", names, usual), widget="causal_dataset"),
        )


def usual_kinds(sources: Sources) -> tuple[str, ...]:
    """Return the kinds of edges a picture opens with: what is known, and what was inferred.

    Co-expressed pairs are many and no claim about cause: they hide what is. Where no table of
    regulation is at hand they are all there is.
    """
    return KINDS if sources.regulation.is_empty else (CURATED, INFERRED)


def offer_co_expression(frame: Frame, question: CausalQuestion) -> None:
    """Let the user draw co-expressed pairs too, or leave them out."""
    state, kinds = frame.state, question.request.network.kinds
    if question.sources.graph is None:
        return

    def write(is_on: bool) -> str:  # noqa: FBT001 - a toggle says so
        wished = {*kinds, CO_EXPRESSED} if is_on else set(kinds) - {CO_EXPRESSED}
        return _written(wished, question.sources)

    st.toggle(
        "Co-expressed pairs too",
        help="Pairs of the chosen genes that go together in the cells of this context, and that no "
        "table lists: no claim about cause",
        **state.bound(
            "causal_kinds", CO_EXPRESSED in kinds, write=write, widget="causal_co_expression"
        ),
    )


def _written(kinds: Collection[str], sources: Sources) -> str:
    """Return kinds as the link holds them: in order, nothing where they are the usual ones."""
    ordered = tuple(kind for kind in KINDS if kind in kinds)
    return "" if ordered == usual_kinds(sources) else ",".join(ordered)


def _choose_kinds(state: PageState, sources: Sources) -> tuple[str, ...]:
    """Let the user choose which edges are drawn."""
    wished = state.get("causal_kinds").split(",")
    shown: list[str] = [kind for kind in KINDS if kind in wished]
    shown = shown or list(usual_kinds(sources))
    chosen = st.pills(
        "Edges",
        KINDS,
        selection_mode="multi",
        help="curated: in a table of regulation, solid lines; inferred: from the cells of this "
        "context, dashed; co-expressed: only that, dotted",
        **state.bound("causal_kinds", shown, write=lambda kinds: _written(kinds, sources)),
    )
    return tuple(kind for kind in KINDS if kind in chosen)
