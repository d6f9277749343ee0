"""Gene Ontology: the terms that a gene is annotated with."""

from __future__ import annotations

from typing import Final

from musegnn.fusion.feature_table import FeatureTable, from_sets
from musegnn.fusion.modality import Sources

KEY: Final = "GO"
_USUAL: Final = ("go_human_symbols", "go_human_direct", "go_biological_process_2021")
SIZES: Final = (3, 1000)  # of a term; larger ones say little


def read(sources: Sources) -> FeatureTable | None:
    """Read the first table of GO that is there, or those that were asked for."""
    known = sources.store.gene_set_libraries("human")
    names = sources.chosen(KEY, known, _USUAL)
    if KEY not in sources.tables:
        # those of a person go before those that ship
        others = sorted(known, key=sources.store.is_shipped)
        names = (names or [name for name in others if name.startswith("go_")])[:1]
    if not names:
        return None
    terms = {
        f"{name}:{term}": genes
        for name in names
        for term, genes in sources.store.gene_sets(name).terms.items()
    }
    records = [sources.record(name) for name in names]
    return from_sets(terms, sources.names, sizes=SIZES, sources=records)
