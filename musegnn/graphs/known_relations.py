"""Known relations of genes that edges are held against: processes they share, interactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from musegnn.graphs.edge_enrichment import (
    PairTruth,
    edge_enrichment,
    is_ribosomal,
    truth_from_pairs,
    truth_from_sets,
)
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.io.gene_names import GeneNames
from musegnn.keys import ORTHOLOG
from musegnn.knowledge.gene_sets import GO_FILE, read_gene_sets
from musegnn.knowledge.interactions import INTERACTION_FILE, read_interactions

GO_PROCESS, INTERACTION = "GO process", "interaction"
ENRICHMENT_COLUMNS = ("relation", "ribosomal", "fold", "edges_related", "expected", "pairs")


@dataclass(frozen=True)
class KnownRelations:
    """What is known about human genes.

    Parameters
    ----------
    terms
        Process -> human symbols; empty when there is no such table.
    interactions
        Pairs of human symbols; empty when there is no such table.
    """

    terms: Mapping[str, frozenset[str]]
    interactions: Sequence[tuple[str, str]]

    def truths(self, genes: Sequence[str]) -> dict[str, PairTruth]:
        """Relate genes by each table that has rows; genes are human symbols or orthologs."""
        found = {}
        if self.terms:
            found[GO_PROCESS] = truth_from_sets(genes, self.terms)
        if self.interactions:
            found[INTERACTION] = truth_from_pairs(genes, self.interactions)
        return found


def read_known_relations(folder: Path | None, names: GeneNames) -> KnownRelations | None:
    """Read the relation tables of a knowledge folder.

    Parameters
    ----------
    folder
        Folder with a GO library or an interaction table; None says that there is none.
    names
        Nomenclature tables, which give the symbols of Entrez gene ids.

    Returns
    -------
    KnownRelations, or None when the folder has neither table.

    Raises
    ------
    DataFileError
        If a table is there but cannot be read.
    """
    if folder is None:
        return None
    library, table = Path(folder) / GO_FILE, Path(folder) / INTERACTION_FILE
    terms = read_gene_sets(library) if library.is_file() else {}
    interactions = read_interactions(table, names) if table.is_file() else []
    return KnownRelations(terms, interactions) if terms or interactions else None


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
