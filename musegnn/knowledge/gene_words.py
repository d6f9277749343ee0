"""What annotation says of one gene, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from musegnn.knowledge.store import KnowledgeStore

# aspects of Gene Ontology in the order in which people ask, and how names of libraries begin
ASPECTS: Final = (
    ("Takes part in", ("go_biological_process", "go_process")),
    ("Does", ("go_molecular_function", "go_function")),
    ("Found in", ("go_cellular_component", "go_component")),
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
        What a gene has to do with them, such as "Takes part in".
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
    full_name, location, kind, uniprot, entrez
        As tables of genes give them, of several accessions the first; "" where none is at hand.
    aliases
        Other names.
    domains
        Accessions of the families and domains of its protein in Pfam.
    terms
        Terms of Gene Ontology, aspect by aspect.
    source
        Titles of the tables with their releases; "" without any.
    """

    symbol: str = ""
    full_name: str = ""
    location: str = ""
    kind: str = ""
    aliases: tuple[str, ...] = ()
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
        sources.append(_titles(store, library))
        own = [
            (len(genes), term)
            for term, genes in store.gene_sets(library).terms.items()
            if symbol in genes
        ]
        if own:
            shown = tuple(map(without_number, _telling(own)[:MOST_TERMS]))
            terms.append(TermsOfGene(aspect, shown, len(own)))
    told = _described(store, symbol)
    if told:
        sources.append(_titles(store, told["source"]))
    return GeneWords(
        symbol,
        full_name=told.get("name", ""),
        location=told.get("band", "") or _chromosome(told.get("chromosome", "")),
        kind=told.get("type", "").replace("-", " "),
        aliases=_parts(told.get("aliases", "")),
        uniprot=next(iter(_parts(told.get("uniprot", ""))), ""),
        entrez=told.get("entrez", ""),
        domains=_parts(told.get("pfam", "")),
        terms=tuple(terms),
        source="; ".join(sources),
    )


def full_names(store: KnowledgeStore | None) -> tuple[dict[str, str], dict[str, str]]:
    """Return the full name, and the number of Entrez Gene, of each human symbol that has one."""
    if store is None:
        return {}, {}
    table = store.descriptions("human")
    names, numbers = (
        {gene: text for gene, text in zip(table["gene"], table[column], strict=True) if text}
        for column in ("name", "entrez")
    )
    return names, numbers


def _described(store: KnowledgeStore, symbol: str) -> dict[str, str]:
    """Row of a human gene in the tables of descriptions, as texts; empty where there is none."""
    table = store.descriptions("human")
    place = int(table["gene"].searchsorted(symbol)) if len(table) else 0
    if place >= len(table) or table["gene"].iloc[place] != symbol:
        return {}
    return {str(name): str(value) for name, value in table.iloc[place].items()}


def _titles(store: KnowledgeStore, name: str) -> str:
    """Title and release of a table."""
    record = store.record(name)
    return f"{record.title or record.name} (release {record.release})"


def _parts(text: str) -> tuple[str, ...]:
    """Take values between semicolons apart."""
    return tuple(filter(None, (part.strip() for part in text.split(";"))))


def _chromosome(name: str) -> str:
    """Say on which chromosome a gene lies."""
    return f"chromosome {name}" if name else ""


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
