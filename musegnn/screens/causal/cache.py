"""Causal knowledge is read once and shared, read-only, by all sessions."""

from __future__ import annotations

from pathlib import Path

from musegnn.analysis.causal.causal_discovery import Discovery
from musegnn.analysis.causal.causal_network import Sources, common_names
from musegnn.analysis.causal.causal_question import (
    ContextGenes,
    load_factors,
    load_regulation,
    load_signs,
)
from musegnn.analysis.causal.cause_correlations import (
    CauseCorrelations,
    correlations_path,
    read_cause_correlations,
)
from musegnn.analysis.causal.context_signs import ContextSigns
from musegnn.analysis.causal.master_regulators import Downstream, find_downstream
from musegnn.analysis.causal.regulation import Regulation
from musegnn.embeddings.atlas import Atlas
from musegnn.knowledge.store import KnowledgeStore
from musegnn.screens.causal import view as causal
from musegnn.screens.causal import view_regulators as causal_regulators
from musegnn.screens.causal.view import CausalRequest, CausalView
from musegnn.screens.causal.view_regulators import RegulatorsView
from musegnn.screens.parts.cache import open_graph, open_knowledge
from musegnn.screens.shell.cached_build import cached_build


def open_sources(atlas: Atlas, dataset: str, least: str) -> Sources:
    """Return what questions about a context are answered with.

    Raises
    ------
    DataFileError
        If a graph or a table is damaged.
    """
    species = str(atlas.embedding.datasets.loc[dataset, "species"])
    store = open_knowledge()
    return Sources(
        embedding=atlas.embedding,
        regulation=_read_regulation(store, species, least),
        factors=load_factors(store, species),
        graph=open_graph(atlas, dataset),
        signs=_read_signs(atlas),
        common=_name_orthologs(atlas, species),
    )


@cached_build(max_entries=10, spinner="Reading curated regulation")
def _read_regulation(store: KnowledgeStore | None, species: str, least: str) -> Regulation:
    """Read the curated pairs of a species up to a grade."""
    regulation = load_regulation(store, species, least)
    _ = regulation.rows_of, regulation.positions  # made here, so that no click waits for them
    return regulation


@cached_build(max_entries=2, spinner="Reading co-expression of all contexts")
def _read_signs(atlas: Atlas) -> ContextSigns:
    """Read the signs of all contexts."""
    names = map(str, atlas.embedding.datasets.index)
    graphs = (open_graph(atlas, name) for name in names)
    return load_signs(atlas.embedding, (graph for graph in graphs if graph is not None))


@cached_build(max_entries=6)
def _name_orthologs(atlas: Atlas, species: str) -> dict[str, str]:
    """Map symbols to names shared by species."""
    return common_names(atlas.embedding, species)


def open_correlations(atlas: Atlas, dataset: str) -> CauseCorrelations | None:
    """Return the correlations of the possible causes of a context, or None without a file.

    Raises
    ------
    DataFileError
        If the file is damaged.
    """
    path = correlations_path(atlas.embedding, dataset)
    return _read_correlations(path) if path is not None and path.is_file() else None


@cached_build(max_entries=12)
def _read_correlations(path: Path) -> CauseCorrelations:
    """Read correlations."""
    return read_cause_correlations(path)


def open_view(
    atlas: Atlas, request: CausalRequest, sources: Sources, discovery: Discovery | None
) -> CausalView:
    """Build the network, or return the one built before."""
    return _build_network(atlas, request, sources.regulation, discovery, sources)


@cached_build(max_entries=40, spinner="Building the network")
def _build_network(
    atlas: Atlas,
    request: CausalRequest,
    regulation: Regulation,
    discovery: Discovery | None,
    _sources: Sources,
) -> CausalView:
    """Build the network; atlas and regulation tell all its sources."""
    return causal.build(request, _sources, discovery=discovery)


def open_regulators(
    request: CausalRequest, regulation: Regulation, directions: str
) -> RegulatorsView:
    """Rank the regulators of the set, or return what was computed before.

    Raises
    ------
    InputError
        If no gene is left to test.
    """
    downstream = _follow(regulation, request.context.background)
    return _rank(request.context, regulation, downstream, directions)


@cached_build(max_entries=12, spinner="Following regulation downstream")
def _follow(regulation: Regulation, genes: tuple[str, ...]) -> Downstream:
    """Find what regulators reach."""
    return find_downstream(regulation, genes)


@cached_build(max_entries=40, spinner="Ranking regulators")
def _rank(
    context: ContextGenes, regulation: Regulation, downstream: Downstream, directions: str
) -> RegulatorsView:
    """Rank the regulators."""
    return causal_regulators.build(context, regulation, downstream, directions_text=directions)
