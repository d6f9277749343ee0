"""Protein interactions: pairs of proteins that were seen to bind."""

from __future__ import annotations

from typing import Final

from musegnn.fusion.feature_table import FeatureTable, from_pairs
from musegnn.fusion.modality import Sources
from musegnn.knowledge.catalogue import INTERACTIONS

KEY: Final = "interactions"


def read(sources: Sources) -> FeatureTable | None:
    """Read all tables of interactions, without the pairs that are kept for a test."""
    known = sources.store.names(INTERACTIONS, "human")
    usual = [name for name in known if name not in sources.without]
    names = sources.chosen(KEY, known, usual)
    if not names:
        return None
    table = sources.store.interactions(names)
    pairs = _pairs(sources, table["a"], table["b"])
    if sources.without:
        left = sources.store.interactions(sources.without)
        pairs -= _pairs(sources, left["a"], left["b"])
    records = [sources.record(name) for name in names]
    return from_pairs(sorted(pairs), sources.names, sources=records)


def _pairs(sources: Sources, first: object, second: object) -> set[tuple[str, str]]:
    """Pairs of current symbols, each with the smaller first."""
    a, b = [str(name) for name in first], [str(name) for name in second]  # type: ignore[attr-defined]
    led = sources.names.symbols_of([*a, *b])
    found = ((led[x], led[y]) for x, y in zip(a, b, strict=True))
    return {(min(pair), max(pair)) for pair in found if all(pair) and pair[0] != pair[1]}
