"""Links: where other resources tell of a gene. A page only links there, nothing is loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from musegnn.io.gene_style import species_of_id


@dataclass(frozen=True)
class Link:
    """An address at another resource.

    Parameters
    ----------
    name
        The resource.
    address
        Where it tells of the gene, https.
    """

    name: str
    address: str


@dataclass(frozen=True)
class _Species:
    """How resources call a species."""

    taxon: int
    latin: str


_SPECIES: Final = {
    "human": _Species(9606, "Homo_sapiens"),
    "mouse": _Species(10090, "Mus_musculus"),
    "lemur": _Species(30608, "Microcebus_murinus"),
    "rat": _Species(10116, "Rattus_norvegicus"),
    "marmoset": _Species(9483, "Callithrix_jacchus"),
    "rhesus": _Species(9544, "Macaca_mulatta"),
    "cynomolgus": _Species(9541, "Macaca_fascicularis"),
    "zebrafish": _Species(7955, "Danio_rerio"),
    "fly": _Species(7227, "Drosophila_melanogaster"),
    "worm": _Species(6239, "Caenorhabditis_elegans"),
}
_ALLIANCE: Final = frozenset({"human", "mouse", "rat", "zebrafish", "fly", "worm"})
_ACCESSION: Final = re.compile(r"[A-Z0-9]{6,10}")
_SYMBOL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@/-]{0,39}")


def gene_links(
    symbol: str, species: str, *, identifier: str = "", uniprot: str = "", entrez: str = ""
) -> tuple[Link, ...]:
    """Return where other resources tell of a gene; none for what cannot be a symbol.

    By the id where there is one of the kind that a resource goes by, else by the symbol.

    Parameters
    ----------
    symbol
        Symbol in the nomenclature of the species.
    species
        One of `musegnn.keys.SPECIES`.
    identifier
        Ensembl gene id; one of another species, or of another kind, does not count.
    uniprot
        Accession of UniProt.
    entrez
        Number of Entrez Gene.
    """
    if species not in _SPECIES or not _SYMBOL.fullmatch(symbol):
        return ()
    known = _SPECIES[species]
    name, taxon = quote(symbol, safe=""), known.taxon
    ensembl = identifier.partition(".")[0] if identifier.startswith("ENS") else ""
    ensembl = ensembl if species_of_id(ensembl) == species else ""
    found = [
        Link("NCBI", _ncbi(name, taxon, entrez)),
        Link(
            "Ensembl",
            f"https://www.ensembl.org/{known.latin}/Gene/Summary?g={quote(ensembl or symbol)}",
        ),
        Link("UniProt", _uniprot(name, taxon, uniprot)),
        Link("STRING", f"https://string-db.org/cgi/network?identifiers={name}&species={taxon}"),
    ]
    if species == "human":
        card = f"https://www.genecards.org/cgi-bin/carddisp.pl?gene={name}"
        targets = f"target/{ensembl}" if ensembl else f"search?q={name}"
        protein = f"{ensembl}-{name}" if ensembl else f"search/{name}"
        found += [
            Link("GeneCards", card),
            Link("Open Targets", f"https://platform.opentargets.org/{targets}"),
            Link("Human Protein Atlas", f"https://www.proteinatlas.org/{protein}"),
        ]
    if species == "mouse":
        asked = f"queryType=exactPhrase&query={name}&submit=Quick+Search"
        found.append(Link("MGI", f"https://www.informatics.jax.org/quicksearch/summary?{asked}"))
    if species in _ALLIANCE and species != "human":
        asked = f"category=gene_search_result&q={name}"
        found.append(Link("Alliance", f"https://www.alliancegenome.org/search?{asked}"))
    return tuple(found)


def _ncbi(name: str, taxon: int, entrez: str) -> str:
    """Gene of NCBI by its number, else what its symbol finds."""
    if entrez.isascii() and entrez.isdecimal():
        return f"https://www.ncbi.nlm.nih.gov/gene/{entrez}"
    term = f"{name}%5Bsym%5D+AND+txid{taxon}%5Borgn%5D"
    return f"https://www.ncbi.nlm.nih.gov/gene/?term={term}"


def _uniprot(name: str, taxon: int, accession: str) -> str:
    """Entry of UniProt by its accession, else what the symbol finds, curated entries first."""
    if _ACCESSION.fullmatch(accession):
        return f"https://www.uniprot.org/uniprotkb/{accession}/entry"
    asked = f"gene_exact%3A{name}+AND+organism_id%3A{taxon}"
    return f"https://www.uniprot.org/uniprotkb?query={asked}"
