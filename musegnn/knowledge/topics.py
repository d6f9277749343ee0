"""What pages ask of annotation, what of it is at hand, and what can be fetched for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from musegnn.knowledge import catalogue as kinds
from musegnn.knowledge.catalogue import CatalogueEntry, find_entry
from musegnn.knowledge.store import KnowledgeStore

# gene lists by which dosage-sensitive factors are told from others
_DOSAGE: Final = (
    *("tf_lambert_2018", "clingen_haploinsufficient", "haploinsufficient_mild"),
    *("haploinsufficient_moderate", "haploinsufficient_severe", "disease_dominant"),
    *("dominant_blekhman", "disease_x_linked", "x_dominant_berg", "x_linked_blekhman"),
    *("x_recessive_berg", "essential_mouse", "protein_coding_2015"),
)


@dataclass(frozen=True)
class Topic:
    """One thing that pages ask.

    Parameters
    ----------
    title
        What it is, for people.
    use
        What a page can say with it.
    kind
        Kind of its tables, one of `musegnn.knowledge.catalogue.KINDS`.
    beginnings
        How names of its tables begin; none stands for every table of the kind.
    tables
        Catalogued tables that answer it and that a publisher offers; none where each has to be
        brought by hand.
    takes_all
        Whether it needs all of them.
    """

    title: str
    use: str
    kind: str
    beginnings: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    takes_all: bool = False


TOPICS: Final = (
    Topic(
        "processes",
        "enrichment, evidence for neighbours, what a gene takes part in",
        kinds.GENE_SETS,
        ("go_biological_process", "go_human", "go_process"),
    ),
    Topic("functions", "enrichment, what a gene can", kinds.GENE_SETS, ("go_molecular_function",)),
    Topic(
        "components",
        "enrichment, where a gene's product is found",
        kinds.GENE_SETS,
        ("go_cellular_component",),
    ),
    Topic("phenotypes", "enrichment in diseases of humans", kinds.GENE_SETS, ("hpo_",)),
    Topic(
        "transcription factors",
        "which regulators contexts share, who is one on Causal",
        kinds.TRANSCRIPTION_FACTORS,
    ),
    Topic("gene descriptions", "full names, places and domains", kinds.DESCRIPTIONS),
    Topic(
        "pathways",
        "enrichment, evidence for neighbours",
        kinds.GENE_SETS,
        ("reactome", "kegg", "msigdb_kegg", "wikipathways"),
        ("reactome_2016", "kegg_2016"),
    ),
    Topic(
        "hallmarks", "enrichment", kinds.GENE_SETS, ("msigdb_hallmark",), ("msigdb_hallmark_7.0",)
    ),
    Topic(
        "interactions",
        "evidence for neighbours, reports of graphs",
        kinds.INTERACTIONS,
        (),
        ("hi_ii_14",),
    ),
    Topic(
        "regulation",
        "who regulates whom on Causal, activities of regulators",
        kinds.REGULATION,
        (),
        ("collectri",),
    ),
    Topic(
        "other studies",
        "neighbours by expression signatures",
        kinds.GENE_SETS,
        ("msigdb_c2",),
        ("msigdb_c2_6.0",),
    ),
    Topic(
        "disease and dosage",
        "the example of Labels, benchmarks",
        kinds.GENE_LIST,
        (),
        _DOSAGE,
        takes_all=True,
    ),
    Topic(
        "drugs and targets",
        "Drugs: compounds by name and their targets",
        kinds.DRUG_TARGETS,
        (),
        ("drugbank_molecules", "drugbank_targets", "repurposing_molecules"),
    ),
    Topic("markers of cell types", "fused vectors", kinds.MARKERS),
    Topic("footprints of pathways", "activities of pathways", kinds.FOOTPRINTS),
)


def tables_of(topic: Topic, store: KnowledgeStore | None) -> tuple[str, ...]:
    """Names of the tables at hand that answer a topic, sorted."""
    names = [] if store is None else store.names(topic.kind)
    return tuple(n for n in names if not topic.beginnings or n.startswith(topic.beginnings))


def missing_topics(store: KnowledgeStore | None) -> tuple[Topic, ...]:
    """Topics that cannot be answered."""
    return tuple(topic for topic in TOPICS if not _is_answered(topic, store))


def _is_answered(topic: Topic, store: KnowledgeStore | None) -> bool:
    """True when a table is at hand, or all where all are needed."""
    if topic.takes_all:
        return store is not None and not to_fetch([topic], store)
    return bool(tables_of(topic, store))


def count_topics(store: KnowledgeStore | None) -> tuple[int, int]:
    """Topics that can be answered, and all of them."""
    return len(TOPICS) - len(missing_topics(store)), len(TOPICS)


def to_fetch(topics: Sequence[Topic], store: KnowledgeStore | None) -> tuple[CatalogueEntry, ...]:
    """Catalogued tables that some topics lack and that a publisher offers, each once."""
    names = dict.fromkeys(name for topic in topics for name in topic.tables)
    here = set() if store is None else {table.name for table in store.tables()}
    return tuple(find_entry(name) for name in names if name not in here)
