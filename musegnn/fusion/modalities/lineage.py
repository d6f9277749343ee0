"""Lineage programs: marker genes of cell types in their tissues."""

from __future__ import annotations

from typing import Final

from musegnn.fusion.feature_table import FeatureTable, from_sets
from musegnn.fusion.modality import Sources
from musegnn.knowledge.catalogue import MARKERS

KEY: Final = "lineages"
SIZES: Final = (3, 1000)


def read(sources: Sources) -> FeatureTable | None:
    """Read markers of human cell types; each cell type of each tissue is a program."""
    known = sources.store.names(MARKERS, "human")
    names = sources.chosen(KEY, known, known)
    if not names:
        return None
    table = sources.store.markers("human")
    table = table[table["source"].isin(names)]
    programs = table.groupby(["source", "tissue", "cell_type"], sort=True)["gene"]
    terms = {":".join(map(str, place)): set(genes) for place, genes in programs}
    records = [sources.record(name) for name in names]
    return from_sets(terms, sources.names, sizes=SIZES, sources=records)
