"""What the Gene page derives from an atlas once: evidence, contexts, models of other seeds."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from musegnn.analysis.known.knowledge_space import KnowledgeSpace, read_shipped_space
from musegnn.analysis.known.known_genes import KnownGenes
from musegnn.analysis.known.modalities import FusedGenes, is_fused, read_fused_genes
from musegnn.analysis.neighbours.gene_evidence import GeneEvidence
from musegnn.analysis.neighbours.neighbourhood_agreement import ContextOrthologGroups
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.co_expression import graph_path
from musegnn.embeddings.ensemble import Ensemble, find_members, read_ensemble
from musegnn.graphs.detected_shares import read_detected_shares
from musegnn.knowledge.evidence import EvidenceIndex
from musegnn.knowledge.store import KnowledgeStore
from musegnn.screens.parts.cache import open_knowledge
from musegnn.screens.shell.cached_build import cached_build
from musegnn.settings import Settings


def open_evidence(atlas: Atlas) -> GeneEvidence:
    """Open what is known about the genes of an atlas; without annotation it knows nothing.

    Raises
    ------
    DataFileError
        If a table of the annotation is damaged.
    """
    return _index_evidence(atlas, open_knowledge())


@cached_build(max_entries=3, spinner="Reading the annotation")
def _index_evidence(atlas: Atlas, store: KnowledgeStore | None) -> GeneEvidence:
    """Index the annotation."""
    index = EvidenceIndex(store) if store is not None else None
    return GeneEvidence(atlas.embedding, atlas.search.ortholog_groups, index)


@cached_build(max_entries=3)
def open_contexts(atlas: Atlas) -> ContextOrthologGroups:
    """Open which genes each context of an atlas has."""
    return ContextOrthologGroups(atlas.embedding, atlas.search.ortholog_groups)


@cached_build(max_entries=3)
def open_known(atlas: Atlas) -> KnownGenes:
    """Open what is known of the genes of an atlas, from the vectors that ship."""
    return KnownGenes(atlas.embedding, atlas.search.ortholog_groups, open_space())


@cached_build(max_entries=1, spinner="Reading what is known of genes")
def open_space() -> KnowledgeSpace:
    """Open what is known, once for all atlases."""
    return read_shipped_space()


def open_fused(atlas: Atlas) -> FusedGenes | None:
    """Open the modalities of a fused set; None for any other."""
    return _read_fused(atlas) if is_fused(atlas.embedding) else None


@cached_build(max_entries=2, spinner="Reading the modalities")
def _read_fused(atlas: Atlas) -> FusedGenes:
    """Read the modalities."""
    return read_fused_genes(atlas.embedding)


def open_shares(atlas: Atlas) -> pd.DataFrame | None:
    """Open in what share of the cells each gene of the graphs was counted; None without graphs."""
    contexts = map(str, atlas.embedding.datasets.index)
    paths = (graph_path(atlas.embedding, name) for name in contexts)
    there = tuple(path for path in paths if path is not None and path.is_file())
    return _read_shares(there, there[0].parent) if there else None


@cached_build(max_entries=3, spinner="Reading where genes are expressed")
def _read_shares(there: tuple[Path, ...], _folder: Path) -> pd.DataFrame:
    """Read the shares anew when a graph has changed."""
    return read_detected_shares(_folder)


def open_ensemble(atlas: Atlas) -> Ensemble:
    """Open the models of other training seeds; an empty ensemble when there are none."""
    paths = find_members(atlas.embedding, Settings.from_environment().ensemble)
    return _read_models(atlas, tuple(filter(Path.is_file, paths)))


@cached_build(max_entries=3, spinner="Reading the models of other seeds")
def _read_models(atlas: Atlas, members: tuple[Path, ...]) -> Ensemble:
    """Read the models of some files."""
    return read_ensemble(atlas.embedding, list(members))
