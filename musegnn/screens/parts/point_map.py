"""Point map: the compact payload of the picture in which each point is a row of a vector set."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from musegnn.screens.shell.theme import Ground

POINTS_PER_TRACE: Final = 50_000  # plotly.js switches its index off at 100,000
STEPS_BACK: Final = 255  # code of a cell that is grey
FAINTEST: Final = 0.25  # opacity of a cell of one point
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


def packed_array(values: np.ndarray) -> dict[str, str]:
    """Encode bytes of which many are alike, compressed."""
    data = gzip.compress(np.ascontiguousarray(values, dtype=np.uint8).tobytes(), 6, mtime=0)
    return {"dtype": "u1", "gzip": base64.b64encode(data).decode("ascii")}


def points_payload(
    points_id: str,
    layout: np.ndarray,
    labels: Mapping[str, tuple[Sequence[str], np.ndarray]],
    *,
    details: Collection[str] = (),
) -> dict[str, Any]:
    """Build the part of the map that stays the same while colours and selections change.

    Parameters
    ----------
    points_id
        What tells these points from others, 16 letters.
    layout
        `(N, 2)` coordinates without unit.
    labels
        What the tooltip says of a point, a line each: by title the different texts, and for each
        point the place of its own among them.
    details
        Labels that are shown with their title.

    Returns
    -------
    JSON-ready dict with `id`, `n`, `x`, `y`, `labels`.
    """
    return {
        "id": points_id,
        "n": len(layout),
        "x": typed_array(layout[:, 0], "f4"),
        "y": typed_array(layout[:, 1], "f4"),
        "labels": [
            {
                "title": title if title in details else "",
                "names": list(names),
                "codes": typed_array(codes, f"u{codes.dtype.itemsize}"),
            }
            for title, (names, codes) in labels.items()
        ],
        "points_per_trace": POINTS_PER_TRACE,
    }


@dataclass(frozen=True)
class Cells:
    """Picture of many points: each cell stands for those in it.

    Parameters
    ----------
    box
        Part of the map in coordinates of the layout: left, right, low, high.
    codes
        `(H, W)` uint8, index into the colours, the lowest line first; `STEPS_BACK` for grey.
    shades
        `(H, W)` uint8, 0 for a cell without points, 255 for the one with most; in steps of
        log(1 + n).
    most
        Points in the fullest cell.
    """

    box: tuple[float, float, float, float]
    codes: np.ndarray
    shades: np.ndarray
    most: int

    def payload(self) -> dict[str, Any]:
        """Return what the map shows of them, JSON-ready."""
        return {
            "box": list(self.box),
            "height": len(self.codes),
            "codes": packed_array(self.codes),
            "shades": packed_array(self.shades),
            "most": self.most,
        }


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
    cells
        Density below the points, of which these are some; None where they are all.
    """

    title: str
    is_scale: bool
    codes: np.ndarray
    colours: tuple[str, ...]
    legend: tuple[tuple[int, str, int], ...]
    note: str = ""
    cells: Cells | None = None


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
    marked: tuple[Sequence[int] | np.ndarray, Sequence[tuple[int, str]]] = ((), ()),
) -> dict[str, Any]:
    """Build the part of the map that changes: colours, lit points, selection, legend.

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
    marked
        Rows drawn larger than others, less so than lit ones: the genes of a list; and row and
        label of those that are named. Labels of lit and marked rows are at most `LABEL_LIMIT`.

    Returns
    -------
    JSON-ready dict. The selection is one bit a point.
    """
    bits = np.empty(0, np.uint8)
    if selected is not None and selected.any():
        bits = np.packbits(selected, bitorder="little")
    taken = selected_by_code(colours.codes, selected)
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
        "legend_selected": [taken[code] for code, _, _ in colours.legend],
        "legend_note": colours.note,
        "lit": [int(row) for row in lit],
        "lit_labels": [str(label) for label in lit_labels[:LABEL_LIMIT]],
        "lit_note": lit_note,
        "marked": [int(row) for row in marked[0]],
        "marked_labels": [
            [int(row), str(label)]
            for row, label in marked[1][: max(LABEL_LIMIT - len(lit_labels), 0)]
        ],
        "selected": typed_array(bits, "u1") if len(bits) else None,
        "n_selected": int(selected.sum()) if selected is not None else 0,
        "grey": on.context,
        "accent": on.accent,
        "description": description,
        "zoom": zoom,
    }


def selected_by_code(codes: np.ndarray, selected: np.ndarray | None) -> list[int]:
    """Count the selected points of each colour code, 256 numbers.

    Parameters
    ----------
    codes
        `(N,)` uint8.
    selected
        `(N,)` bool or rows, or None when nothing is selected.
    """
    chosen = codes[:0] if selected is None else codes[selected]
    return [int(n) for n in np.bincount(chosen, minlength=256)]
