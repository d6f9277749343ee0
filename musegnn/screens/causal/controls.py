"""Controls of the Causal page: genes, context, query, confidence, what to draw."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from musegnn.analysis.causal.causal_network import NetworkRequest, Sources
from musegnn.analysis.causal.causal_question import best_context, genes_in_context
from musegnn.analysis.causal.node_choice import QUERY_MEANING
from musegnn.analysis.causal.regulation import GRADES_MEANING
from musegnn.analysis.choices import KINDS, QUERIES
from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.screens.causal.cache import open_sources
from musegnn.screens.causal.view import CausalRequest
from musegnn.screens.parts.gene_set_panel import choose_gene_set
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.state import mirrored

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
    choice = choose_gene_set(frame, key="causal")
    if choice is None:
        return None
    dataset = _choose_dataset(frame, choice)
    context = genes_in_context(
        choice,
        dataset,
        embedding=frame.atlas.embedding,
        ortholog_groups=frame.atlas.search.ortholog_groups,
    )
    with st.sidebar:
        query = _choose(
            frame,
            "causal_query",
            "Query",
            {name: name.capitalize() for name in QUERIES},
            help=". ".join(QUERY_MEANING.values()),
        )
        least = _choose(
            frame, "causal_confidence", "Curated confidence", _GRADE_LABELS, help=GRADES_MEANING
        )
        kinds = _choose_kinds(frame)
    network = NetworkRequest(
        genes=context.genes,
        dataset=dataset,
        query=query,
        around=frame.state.get("causal_around"),
        kinds=kinds,
    )
    request = CausalRequest(choice.label, context, network)
    return CausalQuestion(request, open_sources(frame.atlas, dataset, least))


def _choose_dataset(frame: Frame, choice: GeneSetChoice) -> str:
    """Let the user choose the context of the network, where the genes do not say it."""
    if choice.dataset:
        return choice.dataset
    embedding, state = frame.atlas.embedding, frame.state
    names = sorted(map(str, embedding.datasets.index))
    usual = best_context(choice, embedding, frame.atlas.search.ortholog_groups)

    def take() -> None:
        state.dataset = st.session_state["_causal_dataset"]

    with st.sidebar:
        return st.selectbox(
            "Context of the network",
            names,
            key=mirrored("causal_dataset", state.dataset if state.dataset in names else usual),
            on_change=take,
            help="Co-expression, background and inferred edges are those of this context",
        )


def _choose(
    frame: Frame,
    field: str,
    label: str,
    labels: dict[str, str],
    *,
    help: str,
) -> str:
    """Show a choice among the values of a field of the link."""

    def take() -> None:
        frame.state.put(field, st.session_state[f"_{field}"])

    return st.selectbox(
        label,
        list(labels),
        key=mirrored(field, frame.state.get(field)),
        format_func=lambda option: labels[option],
        on_change=take,
        help=help,
    )


def _choose_kinds(frame: Frame) -> tuple[str, ...]:
    """Let the user choose which edges are drawn."""
    field = "causal_kinds"

    def take() -> None:
        chosen = st.session_state[f"_{field}"]
        frame.state.put(field, ",".join(kind for kind in KINDS if kind in chosen))

    shown = frame.state.get(field).split(",")
    chosen = st.pills(
        "Edges",
        KINDS,
        selection_mode="multi",
        key=mirrored(field, [kind for kind in KINDS if kind in shown]),
        on_change=take,
        help="curated: in a table of regulation, solid lines; inferred: from the cells of this "
        "context, dashed; co-expressed: only that, dotted",
    )
    return tuple(kind for kind in KINDS if kind in chosen)
