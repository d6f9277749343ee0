"""Methods of the Gene page: what was computed, and a program that computes it again."""

from __future__ import annotations

from dataclasses import asdict

from musegnn.analysis.choices import CELLS
from musegnn.analysis.neighbours.gene_neighbours import NeighbourRequest
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.study_block import StudyBlock
from musegnn.screens.gene.view import GeneView
from musegnn.screens.gene.view_surprising import SurprisingView
from musegnn.screens.parts.studies import OPEN_STUDIES
from musegnn.screens.shell.methods import Methods, describe

_CODE = """\
{import_known}from musegnn.analysis.neighbours.gene_evidence import GeneEvidence
from musegnn.analysis.neighbours.gene_neighbours import NeighbourRequest, find_neighbours
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.embeddings.known_names import open_search
from musegnn.knowledge.evidence import EvidenceIndex
from musegnn.knowledge.store import open_store

knowledge = Settings.from_environment().knowledge
search, store = open_search(embedding, knowledge), open_store(knowledge)
index = EvidenceIndex(store) if store is not None else None
{studies}request = NeighbourRequest(
    row=embedding.row({symbol!r}, {dataset!r}),
    {choices},
)
answer = find_neighbours(
    request,
    embedding=embedding,
    evidence=GeneEvidence(embedding, search.ortholog_groups, index),
    graph=read_context_graph(embedding, {dataset!r}),{with_studies}{with_known}
)
table = answer.neighbours
"""

_IMPORT_KNOWN = """\
from musegnn.analysis.known.knowledge_space import read_shipped_space
from musegnn.analysis.known.known_genes import KnownGenes
"""
_WITH_KNOWN = "\n    known=KnownGenes(embedding, search.ortholog_groups, read_shipped_space()),"

_SURPRISING = """\
from musegnn.analysis.known.knowledge_space import read_shipped_space
from musegnn.analysis.known.known_genes import KnownGenes
from musegnn.analysis.known.surprise import company_of, stand_out
from musegnn.embeddings.known_names import open_search

search = open_search(embedding, Settings.from_environment().knowledge)
known = KnownGenes(embedding, search.ortholog_groups, read_shipped_space())
table = company_of(known, stand_out(known, {dataset!r}){row}).table
"""


def build_methods(
    view: GeneView,
    request: NeighbourRequest,
    *,
    embedding: EmbeddingSet,
    studies: StudyBlock | None = None,
) -> Methods:
    """Describe the table of neighbours; its program gives all columns but those on other seeds."""
    choices = {name: value for name, value in asdict(request).items() if name != "row"}
    if request.blocks == CELLS:
        choices = {name: choices[name] for name in choices if name not in {"blocks", "weight"}}
    called = embedding.short_context_names[view.dataset]
    return describe(
        embedding.origin,
        title=f"Neighbours of {view.symbol} in {called}",
        sentences=(
            view.caption,
            *filter(None, (view.known_note, view.study_note)),
            view.evidence_caption.replace("  \n", " "),
            view.background_caption,
        ),
        parameters={
            "gene": view.symbol,
            "context": view.dataset,
            **choices,
            **view.study_facts,
        },
        code=_CODE.format(
            symbol=view.symbol,
            dataset=view.dataset,
            choices=",\n    ".join(f"{name}={value!r}" for name, value in choices.items()),
            studies="" if studies is None else OPEN_STUDIES.format(search="search"),
            import_known=_IMPORT_KNOWN if view.known_note else "",
            with_known=_WITH_KNOWN if view.known_note else "",
            with_studies="" if studies is None else "\n    studies=studies,",
        ),
    )


def surprising_methods(
    found: SurprisingView, view: GeneView, row: int | None, *, embedding: EmbeddingSet
) -> Methods:
    """Describe the table of surprising company."""
    own = "" if row is None else f", embedding.row({view.symbol!r}, {view.dataset!r})"
    return describe(
        embedding.origin,
        title=f"Surprising company of {found.title}",
        sentences=(found.sentence, found.caption),
        parameters={
            "context": view.dataset,
            "gene": "all" if row is None else view.symbol,
            "seed": 0,
        },
        code=_SURPRISING.format(dataset=view.dataset, row=own),
    )
