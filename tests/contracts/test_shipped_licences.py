"""Nothing that ships is made of a source whose terms forbid commerce."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from musegnn.knowledge.catalogue import CatalogueEntry, is_non_commercial, read_catalogue
from musegnn.settings import REPOSITORY

MANIFESTS = sorted((REPOSITORY / "data").rglob("manifest.json"))
LEFT_OUT = "left out for their licence"
FORBIDDEN = [entry for entry in read_catalogue() if is_non_commercial(entry.licence)]


def wrong_inputs(told: Any) -> Iterator[str]:
    """Name what a manifest tells of sources that may not go into what ships."""
    if isinstance(told, Mapping):
        if any(is_open_part(told, entry) for entry in FORBIDDEN):
            return
        yield from (entry.name for entry in FORBIDDEN if entry.name in told)
        for name, value in told.items():
            if name != LEFT_OUT:
                yield from wrong_inputs(value)
    elif isinstance(told, list):
        for value in told:
            yield from wrong_inputs(value)
    elif isinstance(told, str):
        yield from (entry.name for entry in FORBIDDEN if entry.name in told or entry.source in told)
        if is_non_commercial(told):
            yield told


def is_open_part(told: Mapping[str, Any], entry: CatalogueEntry) -> bool:
    """True for columns of a source that its publisher gives away, under the terms of that."""
    return (
        bool(entry.open_columns)
        and told.get("source") == entry.source
        and set(told.get("columns", [""])) <= set(entry.open_columns)
        and told.get("licence") == entry.open_licence
    )


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.parent.name)
def test_no_input_of_what_ships_forbids_commerce(manifest: Path) -> None:
    assert list(wrong_inputs(json.loads(manifest.read_text(encoding="utf-8")))) == []


def test_manifests_and_sources_that_forbid_commerce_are_found() -> None:
    assert {path.parent.name for path in MANIFESTS} >= {"molecules", "targets", "predicted"}
    named = {entry.name for entry in FORBIDDEN}
    assert {"repurposing_molecules", "drugbank_molecules", "drugbank_targets"} <= named


@pytest.mark.parametrize("entry", FORBIDDEN, ids=lambda entry: entry.name)
def test_a_source_that_forbids_commerce_is_noticed_wherever_it_stands(
    entry: CatalogueEntry,
) -> None:
    told = {"source": entry.source, "licence": "CC0", "columns": ["id", "inchikey", "name"]}
    for wrong in ({entry.name: {}}, {"read": [entry.name]}, {"names": entry.source}, told):
        assert entry.name in list(wrong_inputs({"inputs": wrong}))
    assert list(wrong_inputs({"inputs": {"licence": entry.licence}})) == [entry.licence]
    assert list(wrong_inputs({LEFT_OUT: {entry.name: entry.licence}})) == []
