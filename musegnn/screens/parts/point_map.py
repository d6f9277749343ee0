"""Gene map: the compact payload of the picture in which each point is a gene in one context."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from musegnn.screens.shell.theme import Ground

POINTS_PER_TRACE: Final = 50_000  # plotly.js switches its index off at 100,000
_NAMES: Final = ("gene", "context", "cluster")
LABEL_LIMIT: Final = 60  # labelled points beyond this number would cover the map


def typed_array(values: np.ndarray, dtype: str) -> dict[str, str]:
    """Encode numbers as plotly.js understands them.

    Parameters
    ----------
    values
        Numbers, `(N,)`.
    dtype
        `f4`, `u1`, `u2` or `u4`.

    Returns
    -------
    `{"dtype": ..., "bdata": base64 of the little-endian bytes}`.
    """
    data = np.ascontiguousarray(values, dtype=f"<{dtype}").tobytes()
    return {"dtype": dtype, "bdata": base64.b64encode(data).decode("ascii")}


def encode_names(names: Sequence[str] | np.ndarray) -> dict[str, Any]:
    """Encode repeated names as a vocabulary and one small integer a point.

    Returns
    -------
    `{"names": [...], "codes": typed array}`, names sorted, codes in the order of `names`.
    """
    vocabulary, codes = np.unique(np.asarray(names, dtype=str), return_inverse=True)
    dtype = "u1" if len(vocabulary) <= 2**8 else "u2" if len(vocabulary) <= 2**16 else "u4"
    return {"names": vocabulary.tolist(), "codes": typed_array(codes, dtype)}


def points_payload(
    layout: np.ndarray,
    *,
    gene: Sequence[str] | np.ndarray,
    context: Sequence[str] | np.ndarray,
    cluster: Sequence[str] | np.ndarray,
) -> dict[str, Any]:
    """Build the part of the map that stays the same while colours and selections change.

    Parameters
    ----------
    layout
        `(N, 2)` coordinates without unit.
    gene, context, cluster
        `(N,)` names shown in the tooltip.

    Returns
    -------
    JSON-ready dict with `id` (hash of the content), `n`, `x`, `y`, `gene`, `context`, `cluster`.
    """
    payload: dict[str, Any] = {
        "n": len(layout),
        "x": typed_array(layout[:, 0], "f4"),
        "y": typed_array(layout[:, 1], "f4"),
        "gene": encode_names(gene),
        "context": encode_names(context),
        "cluster": encode_names(cluster),
        "points_per_trace": POINTS_PER_TRACE,
    }
    digest = hashlib.sha256()
    for part in (payload["x"], payload["y"], *(payload[k]["codes"] for k in _NAMES)):
        digest.update(part["bdata"].encode())
    for key in _NAMES:
        digest.update("\0".join(payload[key]["names"]).encode())
    payload["id"] = digest.hexdigest()[:16]
    return payload


@dataclass(frozen=True)
class MapColours:
    """Colours of all points of the map with their legend.

    Parameters
    ----------
    title
        What the colour means, with unit.
    is_scale
        True for numbers: the legend is a ramp and cannot be clicked.
    codes
        `(N,)` uint8, index into `colours`.
    colours
        CSS colours.
    legend
        `(code, label, n)` of each line.
    note
        What the legend does not show.
    """

    title: str
    is_scale: bool
    codes: np.ndarray
    colours: tuple[str, ...]
    legend: tuple[tuple[int, str, int], ...]
    note: str = ""


def view_payload(
    points_id: str,
    colours: MapColours,
    *,
    on: Ground,
    description: str,
    lit: Sequence[int] | np.ndarray = (),
    lit_labels: Sequence[str] = (),
    lit_note: str = "",
    selected: np.ndarray | None = None,
    zoom: str | None = None,
) -> dict[str, Any]:
    """Build the part of the map that changes: colours, lit genes, selection, legend.

    Parameters
    ----------
    points_id
        `id` of the points that this view belongs to.
    colours
        Colours of all N points.
    on
        Ground of the picture.
    description
        Text alternative of the picture.
    lit
        Rows drawn large, such as all contexts of the searched gene.
    lit_labels
        Label of each lit row, or none. At most `LABEL_LIMIT` rows are labelled.
    lit_note
        What is lit, in a few words above the map.
    selected
        `(N,)` bool, or None when nothing is selected.
    zoom
        Part to show first, `x0,x1,y0,y1` in coordinates of the layout; "" shows everything. The
        map reports where it is moved to, unless None.

    Returns
    -------
    JSON-ready dict. The selection is one bit a point.
    """
    bits = np.empty(0, np.uint8)
    if selected is not None and selected.any():
        bits = np.packbits(selected, bitorder="little")
    return {
        "points_id": points_id,
        "codes": typed_array(colours.codes, "u1"),
        "colours": list(colours.colours),
        "kind": "number" if colours.is_scale else "category",
        "title": colours.title,
        "legend": [
            {"code": code, "label": label, "colour": colours.colours[code], "n": n}
            for code, label, n in colours.legend
        ],
        "legend_note": colours.note,
        "lit": [int(row) for row in lit],
        "lit_labels": [str(label) for label in lit_labels[:LABEL_LIMIT]],
        "lit_note": lit_note,
        "selected": typed_array(bits, "u1") if len(bits) else None,
        "n_selected": int(selected.sum()) if selected is not None else 0,
        "grey": on.context,
        "accent": on.accent,
        "description": description,
        "zoom": zoom,
    }
