"""Causal knowledge is read once and shared, read-only, by all sessions."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from musegnn.analysis.causal.causal_discovery import Discovery
from musegnn.analysis.causal.causal_network import Sources, common_names
from musegnn.analysis.causal.causal_question import (
    load_factors,
    load_regulation,
    load_signs,
    question_id,
)
from musegnn.analysis.causal.cause_correlations import (
    CauseCorrelations,
    correlations_path,
    read_cause_correlations,
)
from musegnn.analysis.causal.context_signs import ContextSigns
from musegnn.analysis.causal.regulation import Regulation
from musegnn.knowledge.store import KnowledgeStore
from musegnn.screens.causal import view as causal
from musegnn.screens.causal import view_regulators as causal_regulators
from musegnn.screens.causal.view import CausalRequest, CausalView
from musegnn.screens.causal.view_regulators import Downstream, RegulatorsView
from musegnn.screens.shell.cache import FileKey, OpenAtlas, file_key, open_graph, open_knowledge

Stamp = tuple[tuple[str, str], ...]  # name and checksum of each table of regulation


def open_sources(atlas: OpenAtlas, dataset: str, least: str) -> Sources:
    """Return what questions about a context are answered with.

    Raises
    ------
    DataFileError
        If a graph or a table is damaged.
    """
    species = str(atlas.embedding.datasets.loc[dataset, "species"])
    store = open_knowledge()
    stamp = regulation_stamp(store, species)
    return Sources(
        embedding=atlas.embedding,
        regulation=_regulation(stamp, species, least, store),
        factors=load_factors(store, species),
        graph=open_graph(atlas, dataset),
        signs=_signs(atlas.file_key, atlas),
        common=_common(atlas.file_key, species, atlas),
    )


def regulation_stamp(store: KnowledgeStore | None, species: str) -> Stamp:
    """Identify the tables of regulation of a species."""
    if store is None:
        return ()
    return tuple((name, store.record(name).sha256) for name in store.names("regulation", species))


@st.cache_resource(max_entries=10, show_spinner="Reading curated regulation")
def _regulation(
    stamp: Stamp, species: str, least: str, _store: KnowledgeStore | None
) -> Regulation:
    """Read the curated pairs; tables, species and grade are what the cache goes by."""
    regulation = load_regulation(_store, species, least)
    _ = regulation.rows_of, regulation.positions  # made here, so that no click waits for them
    return regulation


@st.cache_resource(max_entries=2, show_spinner="Reading co-expression of all contexts")
def _signs(key: FileKey, _atlas: OpenAtlas) -> ContextSigns:
    """Read the signs of all contexts; `key` is what the cache goes by."""
    names = map(str, _atlas.embedding.datasets.index)
    graphs = (open_graph(_atlas, name) for name in names)
    return load_signs(_atlas.embedding, (graph for graph in graphs if graph is not None))


@st.cache_resource(max_entries=6)
def _common(key: FileKey, species: str, _atlas: OpenAtlas) -> dict[str, str]:
    """Map symbols to names shared by species; `key` is what the cache goes by."""
    return common_names(_atlas.embedding, species)


def open_correlations(atlas: OpenAtlas, dataset: str) -> CauseCorrelations | None:
    """Return the correlations of the possible causes of a context, or None without a file.

    Raises
    ------
    DataFileError
        If the file is damaged.
    """
    path = correlations_path(atlas.embedding, dataset)
    key = file_key(path) if path is not None else None
    return None if key is None else _correlations(key)


@st.cache_resource(max_entries=12)
def _correlations(key: FileKey) -> CauseCorrelations:
    """Read correlations; the file is what the cache goes by."""
    return read_cause_correlations(Path(key[0]))


def open_view(
    atlas: OpenAtlas, request: CausalRequest, sources: Sources, discovery: Discovery | None
) -> CausalView:
    """Build the network, or return the one built before."""
    key = question_id(
        request.context,
        *(request.label, request.query, request.around, request.kinds, sources.regulation.least),
        *(atlas.file_key, regulation_stamp(open_knowledge(), request.context.species)),
        "" if discovery is None else (discovery.sentence, discovery.genes),
    )
    return _view(key, request, sources, discovery)


@st.cache_resource(max_entries=40, show_spinner="Building the network")
def _view(
    key: str, _request: CausalRequest, _sources: Sources, _discovery: Discovery | None
) -> CausalView:
    """Build the network; `key` is what the cache goes by."""
    return causal.build(_request, _sources, discovery=_discovery)


def open_regulators(
    atlas: OpenAtlas, request: CausalRequest, regulation: Regulation, directions: str
) -> RegulatorsView:
    """Rank the regulators of the set, or return what was computed before.

    Raises
    ------
    InputError
        If no gene is left to test.
    """
    context = request.context
    stamp = regulation_stamp(open_knowledge(), context.species)
    place = (atlas.file_key, context.dataset, regulation.least, stamp)
    downstream = _downstream(place, context.background, regulation)
    key = question_id(context, context.tested, place, directions)
    return _regulators(key, request, regulation, downstream, directions)


@st.cache_resource(max_entries=12, show_spinner="Following regulation downstream")
def _downstream(
    place: tuple[FileKey, str, str, Stamp], _genes: tuple[str, ...], _regulation: Regulation
) -> Downstream:
    """Find what regulators reach; atlas, context, grade and tables are what the cache goes by."""
    return causal_regulators.find_downstream(_regulation, _genes)


@st.cache_resource(max_entries=40, show_spinner="Ranking regulators")
def _regulators(
    key: str,
    _request: CausalRequest,
    _regulation: Regulation,
    _downstream: Downstream,
    _directions: str,
) -> RegulatorsView:
    """Rank the regulators; `key` is what the cache goes by."""
    return causal_regulators.build(
        _request.context, _regulation, _downstream, directions_text=_directions
    )
