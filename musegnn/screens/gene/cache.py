"""What the Gene page derives from an atlas once: evidence, contexts, models of other seeds."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from musegnn.analysis.neighbours.gene_evidence import GeneEvidence
from musegnn.analysis.neighbours.neighbourhood_agreement import ContextOrthologGroups
from musegnn.embeddings.ensemble import Ensemble, find_members, read_ensemble
from musegnn.knowledge.evidence import EvidenceIndex
from musegnn.knowledge.store import KnowledgeStore
from musegnn.screens.shell.cache import FileKey, OpenAtlas, file_key, open_knowledge
from musegnn.settings import Settings


def open_evidence(atlas: OpenAtlas) -> GeneEvidence:
    """Open what is known about the genes of an atlas; without annotation it knows nothing.

    Raises
    ------
    DataFileError
        If a table of the annotation is damaged.
    """
    return _open_evidence(atlas.file_key, open_knowledge(), atlas)


@st.cache_resource(
    max_entries=3, show_spinner="Reading the annotation", hash_funcs={KnowledgeStore: id}
)
def _open_evidence(key: FileKey, store: KnowledgeStore | None, _atlas: OpenAtlas) -> GeneEvidence:
    """Index the annotation; the index keeps the store, so that its identity stays its own."""
    index = EvidenceIndex(store) if store is not None else None
    return GeneEvidence(_atlas.embedding, _atlas.search.ortholog_groups, index)


def open_contexts(atlas: OpenAtlas) -> ContextOrthologGroups:
    """Open which genes each context of an atlas has."""
    return _open_contexts(atlas.file_key, atlas)


@st.cache_resource(max_entries=3, show_spinner=False)
def _open_contexts(key: FileKey, _atlas: OpenAtlas) -> ContextOrthologGroups:
    """Find the genes of each context; `key` is what the cache goes by."""
    return ContextOrthologGroups(_atlas.embedding, _atlas.search.ortholog_groups)


def open_ensemble(atlas: OpenAtlas) -> Ensemble:
    """Open the models of other training seeds; an empty ensemble when there are none.

    Raises
    ------
    DataFileError
        If a result is damaged.
    """
    paths = find_members(atlas.embedding, Settings.from_environment().ensemble)
    members = tuple(filter(None, (file_key(path) for path in paths)))
    return _open_ensemble(atlas.file_key, members, atlas)


@st.cache_resource(max_entries=3, show_spinner="Reading the models of other seeds")
def _open_ensemble(key: FileKey, members: tuple[FileKey, ...], _atlas: OpenAtlas) -> Ensemble:
    """Read the models; `key` and `members` are what the cache goes by."""
    return read_ensemble(_atlas.embedding, [Path(member[0]) for member in members])
