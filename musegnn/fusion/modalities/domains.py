"""Protein domains: Pfam, PROSITE or InterPro, imported as gene sets."""

from __future__ import annotations

from typing import Final

from musegnn.fusion.feature_table import FeatureTable, from_sets
from musegnn.fusion.modality import Sources

KEY: Final = "domains"
_BEGINNINGS: Final = ("pfam", "prosite", "interpro")
SIZES: Final = (2, 1000)


def read(sources: Sources) -> FeatureTable | None:
    """Read libraries whose name begins with that of a database of domains."""
    known = sources.store.gene_set_libraries("human")
    usual = [name for name in known if name.casefold().startswith(_BEGINNINGS)]
    names = sources.chosen(KEY, known, usual)
    if not names:
        return None
    terms = {
        f"{name}:{term}": genes
        for name in names
        for term, genes in sources.store.gene_sets(name).terms.items()
    }
    records = [sources.record(name) for name in names]
    return from_sets(terms, sources.names, sizes=SIZES, sources=records)
