"""Choices: the few values that a question may be asked with, for page, link and command line.

They stand apart from the analyses, so that a link is read and a form is listed without them.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from musegnn import keys

# choice of a gene set
ChoiceKind = Literal["selection", "saved selection", "cluster", "neighbours", "list"]
CHOICE_KINDS: Final[tuple[str, ...]] = get_args(ChoiceKind)

# neighbours
Scope = Literal[
    "this context",
    "same tissue",
    "other tissues",
    "same species",
    "other species",
    "same modality",
    "other modalities",
    "all contexts",
]
SCOPES: Final[tuple[str, ...]] = get_args(Scope)
ANY: Final = "any"
CO_EXPRESSED: Final = "co-expressed"
EMBEDDING_ONLY: Final = "embedding only"
EVIDENCE_CLASSES: Final = (*keys.KNOWLEDGE_CLASSES, CO_EXPRESSED)
EVIDENCE_FILTERS: Final = (ANY, *EVIDENCE_CLASSES, EMBEDDING_ONLY)

# comparison
Measure = Literal["rbo", "jaccard"]
MEASURES: Final[tuple[str, ...]] = get_args(Measure)
Which = Literal["all genes", "hubs"]
WHICH: Final[tuple[str, ...]] = get_args(Which)
MOST_CONTEXTS: Final = 6  # more give combinations that no picture can show

# enrichment
BackgroundKind = Literal["context", "atlas", "annotated", "list"]
BACKGROUNDS: Final[tuple[str, ...]] = get_args(BackgroundKind)
SetMode = Literal["the same genes", "its own genes there"]
SET_MODES: Final[tuple[str, ...]] = get_args(SetMode)
REGULATORS, PATHWAYS = "regulators", "pathways"
NETWORKS: Final = (REGULATORS, PATHWAYS)  # what acts on genes

# causal networks
CURATED: Final = "curated"  # listed in a table of regulation
INFERRED: Final = "inferred"  # from the cells of the context, by causal discovery
KINDS: Final = (CURATED, INFERRED, CO_EXPRESSED)  # an edge of the gene graph, nothing more
Query = Literal["connect", "expand", "all"]
QUERIES: Final[tuple[str, ...]] = get_args(Query)
GRADES: Final = ("A", "B", "C", "D", "E")
USUAL_GRADE: Final = "C"

# what neighbours are found by: the cells of the atlas, vectors of other studies, or both
CELLS: Final = "cells"
CELLS_AND_STUDIES: Final = "cells+studies"
STUDIES: Final = "studies"
BLOCKS: Final = (CELLS, CELLS_AND_STUDIES, STUDIES)
