"""Column names by which publishers call the two ends, the sign and the evidence of an edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from musegnn.errors import DataFileError
from musegnn.knowledge.catalogue import (
    DEPENDENCY_PROFILES,
    DESCRIPTIONS,
    DRUG_TARGETS,
    EXPRESSION_PROFILES,
    FOOTPRINTS,
    GENE_LIST,
    INTERACTIONS,
    LIGAND_RECEPTOR,
    MARKERS,
    MOLECULES,
    REGULATION,
    SIGNALLING,
    TRANSCRIPTION_FACTORS,
)
from musegnn.knowledge.signs import INHIBITION, STIMULATION

_REFERENCE: Final = ("reference", "references", "pmid", "pmids")
_GENE: Final = ("gene", "symbol", "geneid", "gene_id", "gene id", "gene_name", "gene name", "name")
_FIRST: Final = ("source_genesymbol", "entitya", "gene_a", "symbol a", "gene1", "a", "from")
_SECOND: Final = ("target_genesymbol", "entityb", "gene_b", "symbol b", "gene2", "b", "to")

# kind -> canonical column -> names in files, lower case, the surest first; those in `_NEEDED` must
# be there
_NAMES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    REGULATION: {
        "regulator": ("source_genesymbol", "regulator", "tf", "entitya", "source", "from"),
        "target": ("target_genesymbol", "target", "entityb", "to"),
        "sign": ("sign", "mor", "weight", "effect"),
        "confidence": ("confidence", "dorothea_level"),
        "reference": _REFERENCE,
    },
    INTERACTIONS: {"a": (*_FIRST, "source"), "b": (*_SECOND, "target")},
    SIGNALLING: {"a": (*_FIRST, "source"), "b": (*_SECOND, "target"), "database": ("database",)},
    LIGAND_RECEPTOR: {
        "ligand": ("ligand", *_FIRST, "source"),
        "receptor": ("receptor", *_SECOND, "target"),
        "database": ("database",),
    },
    FOOTPRINTS: {
        "pathway": ("pathway", "source"),
        "target": ("target", "gene", "genesymbol"),
        "weight": ("weight",),
    },
    MARKERS: {
        "cell_type": ("cell_type", "cell type", "cell.type", "cell_name"),
        "gene": ("gene", "symbol", "marker", "official.gene.symbol", "genesymbol"),
        "tissue": ("tissue", "tissue_type", "organ"),
        "species": ("species", "organism"),
        "reference": _REFERENCE,
    },
    DESCRIPTIONS: {
        "gene": ("gene", "symbol", "hgnc_symbol", "genesymbol"),
        "name": ("name", "gene_name", "description", "full_name"),
        "aliases": ("aliases", "alias", "synonyms", "alias_symbol"),
        "type": ("type", "gene_type", "locus_group", "biotype"),
        "chromosome": ("chromosome", "chr", "seqname"),
        "band": ("band", "location", "cytogenetic_location"),
        "start": ("start",),
        "end": ("end",),
        "strand": ("strand",),
        "entrez": ("entrez", "entrez_id", "gene_id", "geneid"),
        "ensembl": ("ensembl", "ensembl_id", "ensembl_gene_id"),
        "uniprot": ("uniprot", "uniprot_id", "uniprot_ids"),
        "pfam": ("pfam", "pfam_id"),
        "omim": ("omim", "omim_id"),
    },
    GENE_LIST: {"gene": ("gene", "symbol", "genesymbol", "hgnc_symbol")},
    EXPRESSION_PROFILES: {"gene": _GENE},
    DEPENDENCY_PROFILES: {"gene": _GENE},
    TRANSCRIPTION_FACTORS: {"gene": ("gene", "symbol", "tf", "genesymbol", "hgnc_symbol")},
    MOLECULES: {
        "id": ("id", "broad_id", "drugbank_id", "pert_id", "chembl_id", "name"),
        "name": ("name", "pert_iname", "drug", "compound"),
        "inchikey": ("inchikey", "inchi_key", "standard_inchi_key"),
        "structure": ("structure", "smiles", "canonical_smiles", "inchi"),
        "phase": ("phase", "clinical_phase", "max_phase", "groups"),
        "atc": ("atc", "atc_codes", "atc_code"),
        "mechanism": ("mechanism", "moa", "mechanism_of_action"),
        "indication": ("indication", "indications"),
        "targets": ("targets", "target", "target_genes"),
    },
    DRUG_TARGETS: {
        "drug": ("drug", "drugbank_id", "compound", "inchikey", "molecule"),
        "gene": ("gene", "symbol", "target", "genesymbol", "gene_symbol"),
        "category": ("category", "role"),
        "organism": ("organism", "species"),
        "action": ("action", "actions"),
        "reference": _REFERENCE,
    },
}
_NEEDED: Final = frozenset(
    {"regulator", "target", "a", "b", "ligand", "receptor", "pathway", "weight", "cell_type"}
    | {"gene", "drug", "structure"}
)


def find_columns(header: Sequence[str], kind: str) -> dict[str, str]:
    """Find the columns of a table by their names.

    Parameters
    ----------
    header
        Names of the columns of a file; upper and lower case count as equal.
    kind
        One of the kinds of `musegnn.knowledge.catalogue` other than gene sets.

    Returns
    -------
    Canonical column -> name in the file. Regulation without a column of signs leaves it out; it
    may have the pairs of columns that `musegnn.knowledge.signs` knows.

    Raises
    ------
    DataFileError
        If a column that the kind needs is not there.
    """
    by_folded: dict[str, str] = {}
    for name in header:
        by_folded.setdefault(str(name).strip().casefold(), name)
    found: dict[str, str] = {}
    for column, names in _NAMES[kind].items():
        known = next((name for name in names if name in by_folded), None)
        if known is not None:
            found[column] = by_folded[known]
        elif column in _NEEDED:
            msg = (
                f"Expected a table of {kind} with a column {' or '.join(names)}, "
                f"found the columns {', '.join(str(name)[:30] for name in header[:12])}."
            )
            raise DataFileError(msg, "Rename the column.")
    has_pair = any(n in by_folded for n in STIMULATION) and any(n in by_folded for n in INHIBITION)
    if kind == REGULATION and has_pair:
        found.pop("sign", None)  # in OmniPath `weight` would be something else
    return found
