"""Networks of regulators and pathways: who acts on whom, out of the knowledge store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from musegnn.analysis.choices import NETWORKS, PATHWAYS, REGULATORS
from musegnn.analysis.enrichment.activity import footprint_network, regulation_network
from musegnn.errors import InputError
from musegnn.knowledge.store import KnowledgeStore
from musegnn.validation import check_choice

_HINTS: Final = {
    REGULATORS: "Run `musegnn knowledge fetch collectri`, or bring a table of your own.",
    PATHWAYS: "Bring footprints such as those of PROGENy with `musegnn knowledge import`.",
}


@dataclass(frozen=True)
class Network:
    """Who acts on whom, from the knowledge store.

    Parameters
    ----------
    kind
        One of `NETWORKS`.
    table
        `source, target, weight`.
    statement
        Tables with release and number of sources and targets.
    """

    kind: str
    table: pd.DataFrame
    statement: str


def open_network(store: KnowledgeStore | None, kind: str) -> Network:
    """Take a network of human genes out of the knowledge store.

    Parameters
    ----------
    store
        The store, or None when there is none.
    kind
        "regulators" (signed regulations of confidence A to C, and those that are not graded) or
        "pathways" (footprints).

    Raises
    ------
    InputError
        If there is no store, or it has no such table.
    """
    check_choice(kind, NETWORKS, name="network")
    if store is None:
        msg = f"Expected a folder of annotation with {kind}, found none."
        raise InputError(msg, _HINTS[kind])
    raw = store.regulation("human") if kind == REGULATORS else store.footprints("human")
    if raw.empty:
        msg = f"Expected a table of {kind} in the annotation, found none."
        raise InputError(msg, _HINTS[kind])
    table = regulation_network(raw) if kind == REGULATORS else footprint_network(raw)
    releases = raw[["source", "release"]].drop_duplicates().astype(str)
    named = ", ".join(f"{name} (release {release})" for name, release in releases.to_numpy())
    grade = ", confidence A to C or not graded" if kind == REGULATORS else ""
    statement = (
        f"Network: {named}{grade}; {table['source'].nunique():,} {kind}, "
        f"{table['target'].nunique():,} targets, human symbols for every species."
    )
    return Network(kind, table, statement)
