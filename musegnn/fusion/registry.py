"""The modalities that are known, one line each."""

from __future__ import annotations

from typing import Final

from musegnn.fusion.modalities import (
    co_expression,
    dependency,
    domains,
    expression,
    gene_ontology,
    interactions,
    lineage,
    pathways,
    regulons,
)
from musegnn.fusion.modality import SVD, WALKS, Modality

_SETS: Final = "a library of gene sets named"

MODALITIES: Final = (
    Modality("GO", "terms of Gene Ontology", gene_ontology.read, SVD, f"{_SETS} go_..."),
    Modality("pathways", "pathways", pathways.read, SVD, f"{_SETS} reactome_... or kegg_..."),
    Modality("domains", "protein domains", domains.read, SVD, f"{_SETS} pfam_... or prosite_..."),
    Modality(
        "interactions",
        "protein interactions",
        interactions.read,
        SVD,
        "a table of interactions",
    ),
    Modality("regulons", "regulons", regulons.read, SVD, "a table of regulation"),
    Modality("lineages", "markers of cell types", lineage.read, WALKS, "a table of markers"),
    Modality(
        "expression",
        "expression over tissues and cell lines",
        expression.read,
        SVD,
        "a table of expression profiles",
    ),
    Modality(
        "dependency", "gene dependency", dependency.read, SVD, "a table of dependency profiles"
    ),
    Modality("co-expression", "co-expression", co_expression.read, SVD, "gene graphs"),
)
