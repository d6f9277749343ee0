"""Point map on the page: the component that draws the points and reports gestures."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.vector_set import VectorSet
from musegnn.screens.parts.list_marks import NO_MARKS, Marked
from musegnn.screens.parts.map_basics_panel import map_colours
from musegnn.screens.parts.point_density import (
    MOST_POINTS,
    Box,
    choose_rows,
    density,
    density_note,
    is_dense,
    visible_box,
    whole,
)
from musegnn.screens.parts.point_map import (
    STEPS_BACK,
    Cells,
    MapColours,
    points_payload,
    selected_by_code,
    view_payload,
)
from musegnn.screens.shell.browser_code import read_browser_code
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.colour_layer import ColourLayer
from musegnn.screens.shell.theme import Ground

_NONE = np.empty(0, dtype=np.int64)
_HERE = "musegnn.screens.parts"

# The points change with the atlas or the compared pair only, so they travel apart from colours and
# selections. The browser keeps those of the last few maps, the oldest go first.
_POINTS = st.components.v2.component(
    "gene_map_points",
    js="""
const store = (globalThis.geneMapStore ??= { points: new Map() });
export default async function ({ data }) {
  const id = new TextDecoder().decode(data.subarray(0, 16));
  if (store.points.has(id)) return;
  const stream = new Blob([data.subarray(16)]).stream();
  const text = await new Response(stream.pipeThrough(new DecompressionStream("gzip"))).text();
  while (store.points.size >= 4) store.points.delete(store.points.keys().next().value);
  store.points.set(id, JSON.parse(text));
}
""",
    isolate_styles=False,
)

_MAP = st.components.v2.component(
    "gene_map",
    js=read_browser_code(_HERE, "point_map.js", "point_map_names.js", "point_map_card.js"),
    css=read_browser_code(_HERE, "point_map.css"),
    isolate_styles=False,
)


def open_points(vectors: VectorSet) -> dict[str, Any]:
    """Return the constant part of the map of a set, built once."""
    return _points(vectors.id, vectors)


@cached_build(max_entries=6)
def _points(points_id: str, _vectors: VectorSet) -> dict[str, Any]:
    """Build the constant part of a map."""
    labels = in_words(_vectors)
    return points_payload(points_id, _vectors.layout, labels, details=_vectors.details)


def in_words(
    vectors: VectorSet, rows: np.ndarray | None = None
) -> dict[str, tuple[list[str], np.ndarray]]:
    """Return what the map says of each row, contexts by what they are instead of their file."""
    labels = vectors.labels(rows)
    if isinstance(vectors, EmbeddingSet):
        names, codes = labels[vectors.within]
        words = vectors.context_names
        labels[vectors.within] = [words.get(name, name) for name in names], codes
    return labels


@cached_build(max_entries=8)
def _packed(points_id: str, _points: dict[str, Any]) -> bytes:
    """Write points once, as their id and compressed JSON; every run of a page sends them again."""
    text = json.dumps(_points).encode("utf-8")
    return points_id.encode("ascii") + gzip.compress(text, compresslevel=3, mtime=0)


@dataclass(frozen=True)
class SetMap:
    """Map of a set, ready to be shown: all points of it, or a density with some of them on top.

    Parameters
    ----------
    points, view
        Constant and changing part, as `show_point_map` takes them.
    colours
        Colours of the points that are drawn, and the cells that stand for the others.
    rows
        Rows that are drawn one by one; None for all.
    """

    points: dict[str, Any]
    view: dict[str, Any]
    colours: MapColours
    rows: np.ndarray | None = None

    def in_set(self, gesture: dict[str, Any]) -> dict[str, Any]:
        """Return a gesture with the row of the set in place of the number of the drawn point."""
        if self.rows is None or gesture.get("kind") not in {"click", "open", "ask"}:
            return gesture
        number = int(gesture.get("row", -1))
        is_here = gesture.get("points") == self.points["id"] and 0 <= number < len(self.rows)
        return {**gesture, "row": int(self.rows[number]) if is_here else -1}

    def speaking(self, names: str, vectors: VectorSet) -> SetMap:
        """Return the map with a card for each point, and names of clusters once they are there.

        Parameters
        ----------
        names
            "on" or "off": whether names are shown, see `musegnn.screens.parts.map_names_panel`.
        vectors
            The set.
        """
        speech = {"names": {"set": vectors.id, "on": names == "on"}, "card": True}
        return replace(self, view=self.view | speech)

    def places(self, rows: np.ndarray) -> np.ndarray:
        """Return the numbers of rows among the drawn points; those that are not drawn are left."""
        if self.rows is None:
            return rows
        return np.flatnonzero(np.isin(self.rows, rows))


def map_of_set(
    vectors: VectorSet,
    layer: ColourLayer,
    *,
    on: Ground,
    description: str,
    lit: np.ndarray = _NONE,
    lit_labels: Sequence[str] = (),
    lit_note: str = "",
    selected: np.ndarray = _NONE,
    frame: tuple[str | None, str] = (None, ""),
    marked: Marked = NO_MARKS,
) -> SetMap:
    """Make the map of a set: every point, or where there are very many, their density.

    Parameters
    ----------
    vectors
        The set.
    layer
        Colour codes of all its points.
    on, description, lit, lit_labels, lit_note
        As in `musegnn.screens.parts.point_map.view_payload`.
    selected
        Ascending rows that are selected.
    frame
        Part of the map to begin with, `zoom` there, and the part in view now, written alike.
    marked
        Rows of a list, drawn larger than others and named.
    """
    zoom, visible = frame
    colours = map_colours(layer, on=on)
    look: dict[str, Any] = {"on": on, "description": description, "lit_note": lit_note}
    if not is_dense(len(vectors)):
        mask = np.zeros(len(vectors), dtype=bool)
        mask[selected] = True
        view = view_payload(
            vectors.id,
            colours,
            lit=lit,
            lit_labels=lit_labels,
            selected=mask if len(selected) else None,
            zoom=zoom,
            marked=(marked.rows, marked.labels),
            **look,
        )
        return SetMap(open_points(vectors), view, colours)
    everything = _whole(vectors.id, vectors)
    box = visible_box(visible, everything)
    on_top = np.union1d(lit, marked.rows) if len(marked.rows) else lit
    rows, is_all = choose_rows(vectors.layout, box, on_top, selected)
    points = _some_points(vectors.id, rows, everything, vectors)
    part = replace(
        colours, codes=layer.codes[rows], note=f"{colours.note} {density_note(layer)}".strip()
    )
    places = np.searchsorted(rows, lit[:MOST_POINTS])
    view = view_payload(
        points["id"],
        part,
        lit=places,
        lit_labels=lit_labels,
        selected=np.isin(rows, selected) if len(selected) else None,
        zoom=zoom,
        marked=(
            np.searchsorted(rows, marked.rows),
            [(int(np.searchsorted(rows, row)), text) for row, text in marked.labels],
        ),
        **look,
    )
    taken = selected_by_code(layer.codes, selected if len(selected) else None)
    view["legend_selected"] = [taken[code] for code, _, _ in part.legend]
    view |= {"n_selected": len(selected), "n_all": len(vectors), "density": None}
    if is_all:
        return SetMap(points, view, part, rows)
    cells = _cells(
        vectors.id,
        layer,
        box,
        selected if len(selected) > MOST_POINTS else None,
        "grey" if len(lit) or len(selected) else "",
        vectors,
    )
    view["density"] = cells.payload()
    return SetMap(points, view, replace(part, cells=cells), rows)


@cached_build(max_entries=6)
def _whole(points_id: str, _vectors: VectorSet) -> Box:
    """Find the part of the map that holds all points, once."""
    return whole(_vectors.layout)


@cached_build(max_entries=60)
def _some_points(
    points_id: str, rows: np.ndarray, everything: Box, _vectors: VectorSet
) -> dict[str, Any]:
    """Build the constant part of a map of some points."""
    number = hashlib.sha256(points_id.encode("ascii") + rows.tobytes()).hexdigest()[:16]
    points = points_payload(
        number, _vectors.layout[rows], in_words(_vectors, rows), details=_vectors.details
    )
    return {
        **points,
        "extent": dict(zip(("left", "right", "low", "high"), everything, strict=True)),
    }


@cached_build(max_entries=60)
def _cells(
    points_id: str,
    layer: ColourLayer,
    box: Box,
    chosen: np.ndarray | None,
    others: str,
    _vectors: VectorSet,
) -> Cells:
    """Count points by cell, once for a colour and a part of the map."""
    steps_back = others == "grey" and chosen is None
    found = density(_vectors.layout, layer, box, chosen=chosen, steps_back=steps_back)
    codes = np.where(found.is_grey, np.uint8(STEPS_BACK), found.codes)
    return Cells(found.box, codes, found.shades, found.most)


def show_point_map(
    points: dict[str, Any],
    view: dict[str, Any],
    *,
    on_gesture: Callable[[dict[str, Any]], None],
    on_zoom: Callable[[str], None] | None = None,
    on_names: Callable[[bool], None] | None = None,
    key: str = "gene_map",
) -> None:
    """Draw the map and pass on what the user does to it; needs `load_map_library` on the page.

    Parameters
    ----------
    points
        Constant part: `open_points`, or `musegnn.screens.parts.point_map.points_payload`.
    view
        Changing part, see `musegnn.screens.parts.point_map.view_payload`.
    on_gesture
        Called before the page runs again, with one dict: `{"kind": "click", "row"}`,
        `{"kind": "legend", "code", "how"}`, `{"kind": "polygon", "x", "y"}` in coordinates of the
        layout, `{"kind": "name", "cluster"}`, or `{"kind": "open", "row"}`; the last two only from
        a map with names.
    on_zoom
        Called with the visible part, as `zoom` of the view, when the map was moved.
    on_names
        Called with whether names are to be shown, when their switch was pressed.
    key
        Name of the component on the page; each map takes one WebGL picture.
    """

    def pass_on() -> None:
        gesture = st.session_state[key].get("gesture")
        if gesture:
            on_gesture(dict(gesture))

    def pass_on_zoom() -> None:
        moved = st.session_state[key].get("zoom")
        if moved and on_zoom is not None:
            on_zoom(str(moved["zoom"]))

    def pass_on_names() -> None:
        switched = st.session_state[key].get("names")
        if switched and on_names is not None:
            on_names(bool(switched["on"]))

    with st.container(gap=None):
        _MAP(
            key=key,
            data=view,
            on_gesture_change=pass_on,
            on_zoom_change=pass_on_zoom,
            on_names_change=pass_on_names,
        )
        _POINTS(key=f"{key}_points", data=_packed(str(points["id"]), points), height=1)
