"""CX2: networks as NDEx, Cytoscape and Cytoscape Web read them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from musegnn.validation import writable


def cx2_document(
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Any],
    *,
    style: Mapping[str, Any] | None = None,
) -> bytes:
    """Write a network.

    Parameters
    ----------
    nodes
        `id` (a whole number, each once), `x`, `y` (pixels, y downwards), `v` (its attributes).
    edges
        `id`, `s` and `t` (ids of nodes), `v`.
    facts
        Attributes of the whole network, `name` among them.
    style
        Visual properties: `default`, `nodeMapping`, `edgeMapping`; None for none.

    References
    ----------
    CX version 2.0 specification, https://cytoscape.org/cx/cx2/specification/cytoscape-exchange-format-specification-(version-2)/
    """
    declarations: dict[str, Any] = {
        "networkAttributes": _declare([facts]),
        "nodes": _declare([row["v"] for row in nodes]),
        "edges": _declare([row["v"] for row in edges]),
    }
    parts: list[tuple[str, list[Any]]] = [
        ("attributeDeclarations", [declarations]),
        ("networkAttributes", [dict(facts)]),
        ("nodes", list(nodes)),
        ("edges", list(edges)),
        ("visualProperties", [] if style is None else [dict(style)]),
    ]
    parts = [(name, rows) for name, rows in parts if rows]
    meta = [{"name": name, "elementCount": len(rows)} for name, rows in parts]
    document = [
        {"CXVersion": "2.0", "hasFragments": False},
        {"metaData": meta},
        *({name: rows} for name, rows in parts),
        {"status": [{"success": True, "error": ""}]},
    ]
    text = json.dumps(document, allow_nan=False, ensure_ascii=False)
    return (writable(text) + "\n").encode("utf-8")


def plain_values(record: Mapping[str, Any]) -> dict[str, Any]:
    """Values as plain Python; missing and empty ones are left out."""
    values = {key: v.item() if isinstance(v, np.generic) else v for key, v in record.items()}
    return {
        writable(str(key)): writable(value) if isinstance(value, str) else value
        for key, value in values.items()
        if value != "" and not pd.isna(value)
    }


def _declare(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Name the type of each attribute."""
    kinds: dict[str, dict[str, str]] = {}
    for row in rows:
        for name, value in row.items():
            kinds.setdefault(name, {"d": _type_of(value)})
    return kinds


def _type_of(value: object) -> str:
    """Type of a value as CX2 names it."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "double" if isinstance(value, float) else "string"
