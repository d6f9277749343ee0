"""What annotation says of one gene, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import pandas as pd

from musegnn.knowledge.store import KnowledgeStore

# aspects of Gene Ontology in the order in which people ask, and how names of libraries begin
ASPECTS: Final = (
    ("takes part in", ("go_biological_process", "go_process")),
    ("can", ("go_molecular_function", "go_function")),
    ("is found in", ("go_cellular_component", "go_component")),
)
FEWEST_GENES: Final = 10  # a term of fewer is about the gene itself
MOST_TERMS: Final = 4  # of an aspect
_REGULATES: Final = re.compile(r"(?:positive |negative )?regulation of ")


@dataclass(frozen=True)
class TermsOfGene:
    """Terms of one aspect.

    Parameters
    ----------
    aspect
        What a gene has to do with them, such as "takes part in".
    terms
        The most specific ones of 10 genes or more, without their numbers; what the gene regulates
        comes last.
    n_terms
        All of them.
    """

    aspect: str
    terms: tuple[str, ...]
    n_terms: int


@dataclass(frozen=True)
class GeneWords:
    """What annotation says of a human gene.

    Parameters
    ----------
    symbol
        The gene; "" where it has no human symbol.
    full_name, location, uniprot, entrez
        As tables of genes give them; "" where none is at hand.
    domains
        Domains of its protein, by name or by number of Pfam.
    terms
        Terms of Gene Ontology, aspect by aspect.
    source
        Titles of the tables with their releases; "" without any.
    """

    symbol: str = ""
    full_name: str = ""
    location: str = ""
    uniprot: str = ""
    entrez: str = ""
    domains: tuple[str, ...] = ()
    terms: tuple[TermsOfGene, ...] = ()
    source: str = ""


def words_of_gene(store: KnowledgeStore | None, symbol: str) -> GeneWords:
    """Return what the tables of a store say of a human gene.

    Parameters
    ----------
    store
        The annotation; None knows nothing.
    symbol
        Human symbol; "" for a gene without a human ortholog, of which nothing is said.

    Raises
    ------
    DataFileError
        If a table is damaged.
    """
    if store is None or not symbol:
        return GeneWords(symbol)
    terms, sources = [], []
    for aspect, beginnings in ASPECTS:
        library = store.first_library(beginnings)
        if not library:
            continue
        record = store.record(library)
        sources.append(f"{record.title or record.name} (release {record.release})")
        own = [
            (len(genes), term)
            for term, genes in store.gene_sets(library).terms.items()
            if symbol in genes
        ]
        if own:
            shown = tuple(map(without_number, _telling(own)[:MOST_TERMS]))
            terms.append(TermsOfGene(aspect, shown, len(own)))
    row = _describe(store.descriptions("human"), symbol)
    if row:
        record = store.record(row["source"])
        sources.append(f"{record.title or record.name} (release {record.release})")
    return GeneWords(
        symbol,
        full_name=row.get("name", ""),
        location=row.get("band") or row.get("chromosome", ""),
        uniprot=row.get("uniprot", "").partition(";")[0],
        entrez=row.get("entrez", "").partition(";")[0],
        domains=tuple(filter(None, row.get("pfam", "").split(";"))),
        terms=tuple(terms),
        source="; ".join(sources),
    )


def _describe(table: pd.DataFrame, symbol: str) -> dict[str, str]:
    """Row of a gene in a table that is sorted by gene, as texts; empty where it has none."""
    place = int(table["gene"].searchsorted(symbol)) if len(table) else 0
    if place == len(table) or table["gene"].iloc[place] != symbol:
        return {}
    return {str(column): str(value) for column, value in table.iloc[place].items()}


def _telling(terms: list[tuple[int, str]]) -> list[str]:
    """Sort terms with their sizes: what a gene does before what it regulates, small ones first."""
    kept = [entry for entry in terms if entry[0] >= FEWEST_GENES] or terms
    return [term for _, _, term in sorted((bool(_REGULATES.match(t)), n, t) for n, t in kept)]


def without_number(term: str) -> str:
    """Take the number of Gene Ontology off a term.

    >>> without_number("protein folding (GO:0006457)")
    'protein folding'
    """
    return term.rpartition(" (GO:")[0] or term
