"""Point map on the page: the component that draws the points and reports gestures."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import streamlit as st

from musegnn.embeddings.vector_set import VectorSet
from musegnn.screens.parts.point_map import MapColours, points_payload
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.colour_layer import NUMBER_STEPS, ColourLayer
from musegnn.screens.shell.theme import Ground, layer_colours

_HERE = files("musegnn.screens.parts")

# plotly.js comes from the installed plotly package, so nothing is fetched from the net and no copy
# of it is kept here. It travels compressed (1.5 instead of 4.8 MB) and never changes, and Streamlit
# sends an unchanged message only once. The fixed time keeps the bytes the same in every process.
_LIBRARY_BYTES = gzip.compress(
    files("plotly").joinpath("package_data/plotly.min.js").read_bytes(), compresslevel=6, mtime=0
)
_LIBRARY = st.components.v2.component(
    "plotly_library",
    js="""
const store = (globalThis.geneMapStore ??= { points: new Map() });
export default async function ({ data }) {
  if (globalThis.Plotly || globalThis.geneMapLibrary) return;
  globalThis.geneMapLibrary = "loading";
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
  const source = await new Response(stream).text();
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  // running the library keeps the browser busy: a map that is about to be painted goes first
  await new Promise((resolve) => {
    store.painted = resolve;
    setTimeout(resolve, 5000); // a page without a map has time
  });
  await import(address);
}
""",
    isolate_styles=False,
)

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
    js=_HERE.joinpath("point_map.js").read_text("utf-8"),
    css=_HERE.joinpath("point_map.css").read_text("utf-8"),
    isolate_styles=False,
)


def load_map_library(*, key: str = "gene_map") -> None:
    """Send the drawing library ahead of the page that needs it.

    The browser reads it while the server still builds the page. Call it first on a page
    with a map; it takes no room.
    """
    _LIBRARY(key=f"{key}_library", data=_LIBRARY_BYTES, height=1)


def open_points(vectors: VectorSet) -> dict[str, Any]:
    """Return the constant part of the map of a set, built once."""
    return _points(vectors.id, vectors)


@cached_build(max_entries=6)
def _points(points_id: str, _vectors: VectorSet) -> dict[str, Any]:
    """Build the constant part of a map."""
    labels = _vectors.labels()
    return points_payload(points_id, _vectors.layout, labels, details=_vectors.details)


@cached_build(max_entries=8)
def _packed(points_id: str, _points: dict[str, Any]) -> bytes:
    """Write points once, as their id and compressed JSON; every run of a page sends them again."""
    text = json.dumps(_points).encode("utf-8")
    return points_id.encode("ascii") + gzip.compress(text, compresslevel=3, mtime=0)


def show_point_map(
    points: dict[str, Any],
    view: dict[str, Any],
    *,
    on_gesture: Callable[[dict[str, Any]], None],
    on_zoom: Callable[[str], None] | None = None,
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
        `{"kind": "legend", "code"}`, or `{"kind": "polygon", "x", "y"}` in coordinates of the
        layout.
    on_zoom
        Called with the visible part, as `zoom` of the view, when the map was moved.
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

    with st.container(gap=None):
        _MAP(key=key, data=view, on_gesture_change=pass_on, on_zoom_change=pass_on_zoom)
        _POINTS(key=f"{key}_points", data=_packed(str(points["id"]), points), height=1)


def map_colours(layer: ColourLayer, *, on: Ground) -> MapColours:
    """Give each code of a colour layer its colour.

    Parameters
    ----------
    layer
        Codes of all points and their legend.
    on
        Ground of the picture.
    """
    n_codes = NUMBER_STEPS if layer.kind == "number" else len(layer.legend)
    return MapColours(
        title=layer.title,
        is_scale=layer.kind == "number",
        codes=layer.codes,
        colours=tuple(layer_colours(layer.kind, n_codes, has_other=layer.has_other, on=on)),
        legend=tuple((entry.code, entry.label, entry.n) for entry in layer.legend),
        note=layer.note,
    )
