"""Causal: what regulates a set of genes here - the network, its table and its captions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn.analysis.causal.causal_discovery import Discovery
from musegnn.analysis.causal.causal_network import (
    CausalNetwork,
    NetworkRequest,
    Sources,
    build_network,
)
from musegnn.analysis.causal.causal_question import ContextGenes
from musegnn.analysis.causal.network_files import write_network
from musegnn.analysis.causal.network_layout import network_positions
from musegnn.analysis.causal.node_choice import MOST_NODES, QUERY_MEANING
from musegnn.analysis.choices import CO_EXPRESSED, CURATED, INFERRED, KINDS
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.validation import format_list

SIGN_WORDS: Final = {1: "activates", -1: "inhibits", 0: ""}
TABLE_COLUMNS: Final = (
    *("regulator", "target", "kind", "sign_word", "verdict", "confidence", "here_word"),
    *("statistic", "others", "frequency", "score"),
)
_HERE: Final = {1.0: "together", -1.0: "opposite", 0.0: "not significant"}


@dataclass(frozen=True)
class CausalRequest:
    """What the user asks of the Causal page.

    Parameters
    ----------
    label
        What was chosen, in a few words.
    context
        The chosen genes as the context spells them.
    network
        What is asked about them.
    called
        What was chosen as a heading says it; by default the label.
    """

    label: str
    context: ContextGenes
    network: NetworkRequest
    called: str = ""


@dataclass(frozen=True)
class CausalView:
    """What the Causal page shows of a network.

    Parameters
    ----------
    title
        Heading of the picture.
    network
        Nodes and edges with all columns.
    nodes
        The nodes with their places `x`, `y`.
    table
        The edges in the same order with columns for reading: `TABLE_COLUMNS`.
    caption
        One line below the picture: what, n, data, method.
    table_caption
        What the columns of the table are measured on.
    notices
        What the user should know about the answer.
    expandable
        Genes whose partners can be added.
    """

    title: str
    network: CausalNetwork
    nodes: pd.DataFrame
    table: pd.DataFrame
    caption: str
    table_caption: str
    notices: tuple[str, ...]
    expandable: tuple[str, ...]


def build(
    request: CausalRequest, sources: Sources, *, discovery: Discovery | None = None
) -> CausalView:
    """Build the network of the chosen genes and describe it.

    Parameters
    ----------
    request
        What was asked.
    sources
        What is known.
    discovery
        Edges inferred in this context, or None.
    """
    network = build_network(request.network, sources, discovery=discovery)
    places = network_positions(network.nodes, network.edges)
    regulation = sources.regulation
    return CausalView(
        title=(
            f"{request.called or request.label}: {len(network.nodes)} genes, "
            f"{len(network.edges)} edges"
        ),
        network=network,
        nodes=network.nodes.assign(x=places[:, 0], y=places[:, 1]),
        table=_table(network.edges),
        caption=_caption(request, network, sources, is_inferred=discovery is not None),
        table_caption=_table_caption(request, sources),
        notices=_notices(request, network, sources),
        expandable=tuple(name for name in network.nodes["node"] if name in regulation.rows_of),
    )


def network_file(view: CausalView, file_format: str, embedding: EmbeddingSet) -> bytes:
    """Write the network as "graphml", "sif" or "cx2"."""
    about = {
        **embedding.origin.columns,
        "description": view.caption,
    }
    places = view.nodes[["x", "y"]].to_numpy()
    return write_network(view.network, file_format, positions=places, about=about)


def _table(edges: pd.DataFrame) -> pd.DataFrame:
    """Edges for reading."""
    table = edges.copy()
    is_claim = edges["kind"] != CO_EXPRESSED
    table["sign_word"] = np.where(is_claim, edges["sign"].map(SIGN_WORDS), "")
    here = edges["here"].map(_HERE).fillna("not measured")
    # the number is kept for edges only: where it is not, the word says what is known of it
    is_told = edges["here"].isin((1.0, -1.0)) & edges["statistic"].isna()
    table["here_word"] = here.where(~is_told, here + ", p < 0.005")
    table["others"] = [
        f"{agree} : {oppose} of {contexts}" if contexts else ""
        for agree, oppose, contexts in zip(
            edges["agree"], edges["oppose"], edges["contexts"], strict=True
        )
    ]
    return table.loc[:, list(TABLE_COLUMNS)]


def _called(request: CausalRequest, sources: Sources) -> str:
    """What the context is called for people."""
    return sources.embedding.context_names[request.context.dataset]


def _caption(
    request: CausalRequest, network: CausalNetwork, sources: Sources, *, is_inferred: bool
) -> str:
    """Say what a point is, n, which data and which method."""
    counts = network.edges["kind"].value_counts()
    listed = ", ".join(f"{int(counts.get(kind, 0)):,} {kind}" for kind in KINDS)
    if not is_inferred:
        listed = listed.replace("0 inferred", "none inferred yet")
    n_added = int((network.nodes["role"] == "added").sum())
    hidden = [f"{n:,} {what} hidden" for what, n in network.hidden.items()]
    releases = _releases(sources)
    return (
        f"A point is a gene of {_called(request, sources)}, an edge a pair: {listed}. "
        f"{len(network.nodes) - n_added:,} genes chosen, {n_added:,} added "
        f"({QUERY_MEANING[request.network.query].partition(':')[0]})"
        f"{'; ' + ', '.join(hidden) if hidden else ''}. {releases} "
        f"{sources.embedding.origin}."
    )


def _releases(sources: Sources) -> str:
    """Name the tables of regulation."""
    table = sources.regulation.table
    if table.empty:
        return "No table of regulation is loaded."
    pairs = table[["source", "release"]].drop_duplicates().sort_values(["source", "release"])
    names = [f"{row.source} ({row.release})" for row in pairs.itertuples()]
    return f"Curated: {', '.join(names)}, confidence {sources.regulation.least} or better."


def _table_caption(request: CausalRequest, sources: Sources) -> str:
    """Say what the columns of the table are measured on."""
    n_cells = int(sources.embedding.datasets.loc[request.context.dataset].get("n_cells", 0))
    return (
        f"z: CS-CORE statistic over the {n_cells:,} cells of {_called(request, sources)}, "
        "two-sided p < 0.005 counts as together or opposite. Elsewhere: contexts that agree : "
        "oppose, of those that measured both genes "
        f"({max(len(sources.signs.contexts) - 1, 0)} other contexts at hand, without those that "
        "share cells)."
    )


def _no_regulation(context: ContextGenes, factors: Collection[str]) -> str:
    """Say that nothing is curated, what is known all the same, and how to get more."""
    species = context.species
    among = sorted(set(context.genes) & set(factors))
    listed = (
        f"{len(among)} of these genes: {format_list(among, limit=30)}" if among else "none here"
    )
    known = f" Transcription factors by the annotation at hand are {listed}." if factors else ""
    more = (
        "Get CollecTRI below, or run `musegnn knowledge fetch collectri` once"
        if species == "human"
        else "Bring one with `musegnn knowledge import`"
    )
    return (
        f"No table of who regulates whom in {species} is at hand, so nothing is curated here: none "
        f"ships, since none was found that may be passed on.{known} {more}."
    )


def _notices(request: CausalRequest, network: CausalNetwork, sources: Sources) -> tuple[str, ...]:
    """Say what is missing, hidden or circular."""
    lines, called = [], _called(request, sources)
    if request.context.n_elsewhere:
        lines.append(
            f"{request.context.n_elsewhere:,} of the chosen genes are not in "
            f"{called} and were left out."
        )
    if sources.regulation.is_empty:
        lines.append(_no_regulation(request.context, sources.factors))
    if sources.graph is None:
        lines.append(
            f"The co-expression graph of {called} is not in the `graphs` folder, "
            "so nothing can be said about co-expression here."
        )
    if "genes" in network.hidden:
        lines.append(
            f"More than {MOST_NODES} genes: those with most curated pairs to the chosen genes are "
            f"drawn, {network.hidden['genes']:,} are hidden."
        )
    if network.circles:
        first = network.circles[0]
        lines.append(
            f"This network has circles: {len(network.circles)} group(s) of genes regulate each "
            f"other, the largest of {len(first)} ({format_list(first)}). Causal discovery assumes "
            "that there are none."
        )
    is_claim = network.edges["kind"].isin([CURATED, INFERRED])
    if (
        not is_claim.any()
        and not sources.regulation.is_empty
        and request.network.query == "connect"
    ):
        lines.append(
            "No curated pair joins the chosen genes. Choose Expand for bridges, or All for their "
            "regulators."
        )
    return tuple(lines)
