"""Known relations of genes that edges are held against: processes they share, interactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from musegnn.graphs.edge_enrichment import (
    PairTruth,
    edge_enrichment,
    is_ribosomal,
    truth_from_pairs,
    truth_from_sets,
)
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.keys import ORTHOLOG
from musegnn.knowledge.catalogue import INTERACTIONS
from musegnn.knowledge.gene_sets import bounded
from musegnn.knowledge.store import PROCESS_LIBRARIES, KnowledgeStore

GO_PROCESS, INTERACTION = "GO process", "interaction"
# catalogued interactions, the most complete first: numbers of one table can be compared
INTERACTION_TABLES: Final = ("ppi_hetio_ind", "menche_interactome", "hi_ii_14")
ENRICHMENT_COLUMNS = ("relation", "ribosomal", "fold", "edges_related", "expected", "pairs")


def relation_words(relation: str) -> str:
    """Say in words what two genes of a relation do, such as "share a GO process"."""
    own = {GO_PROCESS: f"share a {GO_PROCESS}", INTERACTION: "are known to interact"}
    return own.get(relation, f"share a {relation}")


@dataclass(frozen=True)
class KnownRelations:
    """What is known about human genes.

    Parameters
    ----------
    terms
        Process -> human symbols; empty when there is no such table.
    interactions
        Pairs of human symbols; empty when there is no such table.
    libraries
        Other libraries: name -> term -> human symbols.
    """

    terms: Mapping[str, frozenset[str]]
    interactions: Sequence[tuple[str, str]]
    libraries: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    def truths(self, genes: Sequence[str]) -> dict[str, PairTruth]:
        """Relate genes by each table that has rows; genes are human symbols or orthologs."""
        found = {}
        if self.terms:
            found[GO_PROCESS] = truth_from_sets(genes, self.terms)
        if self.interactions:
            found[INTERACTION] = truth_from_pairs(genes, self.interactions)
        for name, terms in self.libraries.items():
            found[f"term of {name}"] = truth_from_sets(genes, terms)
        return found


def read_known_relations(store: KnowledgeStore | None) -> KnownRelations | None:
    """Take the relations that edges are held against out of the knowledge store.

    Parameters
    ----------
    store
        The store, or None when there is none. Processes are those of its Gene Ontology library;
        every other library that a person imported is a relation of its own. Interactions are those
        of the first table of `INTERACTION_TABLES` with known genes, and of all imported ones.

    Returns
    -------
    KnownRelations, or None when the store has none of these.

    Raises
    ------
    DataFileError
        If a table is there but cannot be read.
    """
    if store is None:
        return None
    processes = store.first_library(PROCESS_LIBRARIES)
    libraries = {
        name: bounded(store.gene_sets(name).terms)
        for name in store.gene_set_libraries("human")
        if name == processes or store.is_imported(name)
    }
    terms = libraries.pop(processes, {})
    others = {name: sets for name, sets in libraries.items() if sets}
    interactions = _read_interactions(store)
    found = KnownRelations(terms, interactions, others)
    return found if terms or interactions or others else None


def _read_interactions(store: KnowledgeStore) -> list[tuple[str, str]]:
    """Pairs of human symbols, each once, sorted."""
    known = store.names(INTERACTIONS, "human")
    tables = [store.interactions([name]) for name in known if store.is_imported(name)]
    catalogued = (name for name in INTERACTION_TABLES if name in known)
    # one whose Entrez ids have no symbols here is empty
    first = next((t for t in map(store.interactions, ([n] for n in catalogued)) if len(t)), None)
    tables += [] if first is None else [first]
    return sorted({pair for table in tables for pair in zip(table["a"], table["b"], strict=True)})


def enrichment_table(graph: GeneGraph, relations: KnownRelations) -> pd.DataFrame:
    """Count edges between related genes against random pairs in which every gene keeps its degree.

    Returns
    -------
    One row for each relation, with and without ribosomal genes: `relation`, `ribosomal` ("with" or
    "without"), `fold` (observed over expected; NaN where nothing is expected), `edges_related`,
    `expected` (in closed form, see `edge_enrichment`), `pairs` (edges between two annotated genes).
    """
    genes = graph.genes[ORTHOLOG].tolist()
    ribosomal = is_ribosomal(genes)
    rows = []
    for relation, truth in relations.truths(genes).items():
        for label, counted in (("with", truth), ("without", truth.without(ribosomal))):
            count = edge_enrichment(graph.adjacency, counted)
            rows.append((relation, label, count.fold, count.related, count.expected, count.edges))
    return pd.DataFrame(rows, columns=list(ENRICHMENT_COLUMNS))
