"""An atlas to ask, in a notebook and on the command line, with what is known about its genes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from musegnn.analysis.choices import ANY, CELLS, SCOPES
from musegnn.analysis.comparison.neighbourhood_change import (
    ChangeSettings,
    NeighbourhoodChange,
    neighbourhood_change,
)
from musegnn.analysis.enrichment.enrichment import Enrichment, EnrichmentSettings, enrich
from musegnn.analysis.enrichment.gene_set_library import index_for_atlas, load_library
from musegnn.analysis.gene_set_choice import check_context, choose_list, find_row
from musegnn.analysis.known.knowledge_space import read_shipped_space
from musegnn.analysis.known.known_genes import KnownGenes
from musegnn.analysis.neighbours.gene_evidence import GeneEvidence
from musegnn.analysis.neighbours.gene_neighbours import (
    NeighbourAnswer,
    NeighbourRequest,
    find_neighbours,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.atlas import read_atlas as _read_atlas
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.embeddings.study_block import WEIGHT, StudyBlock
from musegnn.knowledge.evidence import EvidenceIndex
from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.knowledge.studies.sources import read_study_vectors
from musegnn.settings import Settings


@dataclass(frozen=True, repr=False)
class AnnotatedAtlas(Atlas):
    """An atlas with what is known about its genes; its answers are those of the pages.

    Parameters
    ----------
    store
        What is known about genes, or None without a folder of annotation.
    knowledge
        That folder, or None without one to read names from.
    """

    store: KnowledgeStore | None
    knowledge: Path | None

    def __repr__(self) -> str:
        """Name and size."""
        sizes = len(self.embedding.genes), len(self.embedding.datasets)
        return f"Atlas {self.embedding.name}: {sizes[0]:,} genes in {sizes[1]} contexts"

    @property
    def contexts(self) -> pd.DataFrame:
        """Species, tissue, technique, size and source of each context, by its name."""
        return self.embedding.datasets

    @cached_property
    def evidence(self) -> GeneEvidence:
        """What is known about pairs of its genes; read when it is first asked for."""
        index = None if self.store is None else EvidenceIndex(self.store)
        return GeneEvidence(self.embedding, self.search.ortholog_groups, index)

    @cached_property
    def known(self) -> KnownGenes:
        """What is known of pairs of its genes, from the vectors that ship; read when asked for."""
        return KnownGenes(self.embedding, self.search.ortholog_groups, read_shipped_space())

    @cached_property
    def studies(self) -> StudyBlock:
        """What other studies say of its genes; computed when it is first asked for, then kept.

        Raises
        ------
        InputError
            If the annotation has nothing to make it of.
        """
        vectors = read_study_vectors(self.store)
        return StudyBlock(self.embedding, self.search.ortholog_groups, vectors)

    def neighbours(
        self,
        gene: str,
        context: str,
        *,
        k: int = 20,
        scope: str = SCOPES[0],
        evidence: str = ANY,
        blocks: str = CELLS,
        weight: float = WEIGHT,
    ) -> NeighbourAnswer:
        """Find the nearest genes of a gene in one context, and what speaks for each.

        Parameters
        ----------
        gene
            Symbol, alias, ortholog, Ensembl or Entrez id.
        context
            Name of a context that has it.
        k, scope, evidence, blocks, weight
            As in `musegnn.analysis.neighbours.gene_neighbours.NeighbourRequest`.

        Raises
        ------
        InputError
            If a name or a choice is not known; the nearest names are listed. Also if other studies
            are asked and the annotation has none, or they alone and they do not know the gene.
        """
        check_context(self.embedding, context)
        row = find_row(gene, context, atlas=self)
        return find_neighbours(
            NeighbourRequest(row, k, scope, evidence=evidence, blocks=blocks, weight=weight),
            embedding=self.embedding,
            evidence=self.evidence,
            graph=read_context_graph(self.embedding, context),
            studies=None if blocks == CELLS else self.studies,
            known=self.known,
        )

    def compare(
        self, first: str, second: str, settings: ChangeSettings | None = None
    ) -> NeighbourhoodChange:
        """Compare the neighbourhoods of the genes that two contexts have in common.

        Parameters
        ----------
        first, second
            Names of contexts.
        settings
            Size of a neighbourhood, measure, shuffles and seed.

        Raises
        ------
        InputError
            If a context is not there, or the two share too few genes.
        """
        for name in (first, second):
            check_context(self.embedding, name)
        graphs = (
            read_context_graph(self.embedding, first),
            read_context_graph(self.embedding, second),
        )
        return neighbourhood_change(self.embedding, first, second, settings, graphs=graphs)

    def enrich(
        self,
        genes: str | Iterable[str],
        library: str | Mapping[str, Collection[str]],
        *,
        context: str = "",
        settings: EnrichmentSettings | None = None,
    ) -> Enrichment:
        """Test which terms some genes hold too often.

        Parameters
        ----------
        genes
            Names, or a text of names; those that nothing knows are told in `choice.report` of the
            answer.
        library
            Name of a library of the knowledge store, or terms of your own with their human genes.
        context
            Context the genes come from: its genes are the background; "" stands for all contexts.
        settings
            Background, sizes of terms, redundancy.

        Raises
        ------
        InputError
            If the library, the context or a setting is not known, or no gene is.
        """
        text = genes if isinstance(genes, str) else "\n".join(genes)
        index = (
            load_library(self.store, library, atlas=self).index
            if isinstance(library, str)
            else index_for_atlas(library, atlas=self)
        )
        choice = choose_list(text, dataset=context, atlas=self)
        return enrich(choice, index=index, settings=settings, atlas=self)


def read_atlas(
    path: Path | str | None = None,
    knowledge: Path | str | None = None,
    *,
    tell: Callable[[str], object] | None = None,
) -> AnnotatedAtlas:
    """Read an atlas with the annotation at hand.

    Parameters
    ----------
    path
        Result folder or `embedding.h5ad`; by default `MUSEGNN_ATLAS`, else the one that ships.
    knowledge
        Folder of annotation; by default `MUSEGNN_KNOWLEDGE`, else the cache of the user.
    tell
        Told before a large atlas is opened how many rows it has and what memory it needs.

    Raises
    ------
    DataFileError
        If a file is missing or damaged.
    """
    settings = Settings.from_environment()
    folder = Path(knowledge) if knowledge is not None else settings.knowledge
    atlas = _read_atlas(Path(path) if path is not None else settings.atlas, folder, tell=tell)
    return AnnotatedAtlas(atlas.embedding, atlas.opened, open_store(folder), folder)
