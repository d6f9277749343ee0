"""Causal methods: how the table of edges was made, with a program that makes it again."""

from __future__ import annotations

from musegnn.analysis.causal.causal_discovery import (
    ALPHA,
    ASSUMPTIONS,
    CONDITIONS,
    REPLICATES,
    Discovery,
)
from musegnn.analysis.causal.causal_network import Sources
from musegnn.analysis.causal.edge_verdicts import SCORE_MEANING, rules_table
from musegnn.screens.causal.view import CausalRequest
from musegnn.screens.shell.methods import Methods, describe

_PROGRAM = """\
from musegnn.analysis.causal.causal_network import NetworkRequest, build_network
from musegnn.analysis.causal.causal_question import load_sources
from musegnn.knowledge.store import open_store

store = open_store(Settings.from_environment().knowledge)
sources = load_sources(embedding, store, {dataset!r}, least={least!r})
request = {request!r}
{discovery}table = build_network(request, sources, discovery=discovery).edges
"""
_NO_DISCOVERY = "discovery = None\n"
_SHIPPED = """\
from musegnn.analysis.causal.causal_discovery import discover_edges
from musegnn.analysis.causal.cause_correlations import read_context_correlations
from musegnn.analysis.causal.inference import sample_from_correlations

correlations = read_context_correlations(embedding, {dataset!r})
discovery = discover_edges(sample_from_correlations(correlations, request.genes))
"""
_FROM_FILE = """\
from pathlib import Path

from musegnn.analysis.causal.causal_discovery import discover_edges
from musegnn.analysis.causal.causal_question import possible_causes
from musegnn.analysis.causal.inference import sample_from_file
from musegnn.knowledge.gene_names import read_gene_names

rows = embedding.rows_of_dataset({dataset!r})
sample = sample_from_file(
    Path({file!r}),
    request.genes,
    species={species!r},
    modality=str(embedding.datasets.loc[{dataset!r}, "modality"]),
    context_genes=sorted(embedding.genes["gene"].iloc[rows].astype(str)),
    causes=possible_causes(sources),
    names=read_gene_names(Settings.from_environment().knowledge),
)
discovery = discover_edges(sample)
"""


def describe_network(
    request: CausalRequest,
    sources: Sources,
    discovery: Discovery | None,
    *,
    file_name: str = "",
) -> Methods:
    """Describe how the edges of a network were collected and judged.

    Parameters
    ----------
    request
        What was asked.
    sources
        What is known.
    discovery
        Edges inferred in this context, or None.
    file_name
        File of counts they were inferred from; "" for the correlations that ship.
    """
    context, network = request.context, request.network
    rules = " ".join(
        f"{row.rule} gives {row.verdict}: {row.when}." for row in rules_table().itertuples()
    )
    table = sources.regulation.table
    releases = table[["source", "release"]].drop_duplicates().to_numpy().tolist()
    sentences = [
        f"Network of {len(context.genes):,} genes of {context.dataset} ({request.label}).",
        "Curated pairs: "
        + (", ".join(f"{name} {release}" for name, release in releases) or "none loaded")
        + f", confidence {sources.regulation.least} or better.",
        "Co-expression: sign of the CS-CORE statistic at two-sided p < 0.005.",
        f"Verdicts, the first rule that holds: {rules}",
        SCORE_MEANING,
    ]
    parameters: dict[str, object] = {
        "context": context.dataset,
        "query": network.query,
        "confidence": sources.regulation.least,
        "partners added of": network.around or "none",
        "kinds": ", ".join(network.kinds),
    }
    if discovery is not None:
        sentences += [discovery.sentence, "Assumptions: " + " ".join(ASSUMPTIONS)]
        parameters |= {"alpha": ALPHA, "most held fixed": CONDITIONS, "replicates": REPLICATES}
    values = {"dataset": context.dataset, "species": context.species, "file": file_name}
    template = _NO_DISCOVERY
    if discovery is not None:
        template = _FROM_FILE if file_name else _SHIPPED
    code = _PROGRAM.format(
        dataset=context.dataset,
        least=sources.regulation.least,
        request=network,
        discovery=template.format(**values),
    )
    return describe(
        sources.embedding.origin,
        title="edges of the causal network",
        sentences=tuple(sentences),
        parameters=parameters,
        code=code,
    )
