"""Pathways: gene sets of Reactome, KEGG and the hallmarks of MSigDB."""

from __future__ import annotations

from typing import Final

from musegnn.fusion.feature_table import FeatureTable, from_sets
from musegnn.fusion.modality import Sources

KEY: Final = "pathways"
# sets named after drugs and mutations (MSigDB C2 CGP) would give away what they are tested on
_USUAL: Final = ("reactome_2016", "kegg_2016", "msigdb_hallmark_7.0", "msigdb_kegg_7.5.1")
_BEGINNINGS: Final = ("reactome", "kegg", "msigdb_hallmark", "wikipathways")
SIZES: Final = (3, 500)


def read(sources: Sources) -> FeatureTable | None:
    """Read all libraries of pathways that are there, one under the other."""
    known = sources.store.gene_set_libraries("human")
    imported = [
        name for name in known if sources.store.is_imported(name) and name.startswith(_BEGINNINGS)
    ]
    names = sources.chosen(KEY, known, (*_USUAL[:3], *imported))
    if not names:
        names = sources.chosen(KEY, known, _USUAL)
    if not names:
        return None
    terms = {
        f"{name}:{term}": genes
        for name in names
        for term, genes in sources.store.gene_sets(name).terms.items()
    }
    records = [sources.record(name) for name in names]
    return from_sets(terms, sources.names, sizes=SIZES, sources=records)
