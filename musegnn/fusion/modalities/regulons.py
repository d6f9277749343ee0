"""Regulons: which transcription factors raise or lower a gene, weighted by confidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from musegnn.fusion.feature_table import FeatureTable, from_entries
from musegnn.fusion.modality import Sources
from musegnn.knowledge.catalogue import REGULATION

KEY: Final = "regulons"
_USUAL: Final = ("dorothea_human",)
# DoRothEA's grades as NEWT weighs them; tables without grades are curated, as A is
WEIGHTS: Final = {"A": 1.0, "B": 0.5, "C": 0.33, "D": 0.25, "E": 0.2, "": 1.0}
_SIGNS: Final = {1: "+", -1: "-", 0: "?"}


def read(sources: Sources) -> FeatureTable | None:
    """Read DoRothEA and imported tables of regulation as signed features of targets."""
    store = sources.store
    known = store.names(REGULATION, "human")
    imported = [name for name in known if store.is_imported(name) and name not in _USUAL]
    names = sources.chosen(KEY, known, (*_USUAL, *imported))
    if not names:
        return None
    table = store.regulation("human", names)
    records = [sources.record(name) for name in names]
    columns = ["regulator", "target", "sign", "confidence"]
    rows = table[columns].itertuples(index=False, name=None)
    return from_entries(_entries(rows), sources.names, sources=records)


def _entries(rows: Iterator[tuple[str, str, int, str]]) -> Iterator[tuple[str, str, float]]:
    """Targets with regulators and signs; a regulator is like the targets of its own activation."""
    for regulator, target, sign, confidence in rows:
        strength = WEIGHTS.get(str(confidence), min(WEIGHTS.values()))
        yield target, f"{regulator}{_SIGNS[int(sign)]}", strength
