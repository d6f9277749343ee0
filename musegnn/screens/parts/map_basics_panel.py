"""Basics of maps on the page: the library that draws them, and the colours of a layer."""

from __future__ import annotations

import gzip
from importlib.resources import files

import numpy as np
import streamlit as st

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.parts.gene_colours import colour_layer
from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.shell.colour_layer import NUMBER_STEPS, ColourLayer
from musegnn.screens.shell.theme import Ground, layer_colours, tissue_palette

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


def load_map_library(*, key: str = "gene_map") -> None:
    """Send the drawing library ahead of the page that needs it.

    The browser reads it while the server still builds the page. Call it first on a page
    with a map; it takes no room.
    """
    _LIBRARY(key=f"{key}_library", data=_LIBRARY_BYTES, height=1)


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
    colours = layer_colours(layer.kind, n_codes, has_other=layer.has_other, on=on)
    if layer.kind == "category" and layer.title == keys.TISSUE:
        own = layer.legend[: n_codes - layer.has_other]
        colours[: len(own)] = tissue_palette([entry.label for entry in own], on=on)
    return MapColours(
        title=layer.title,
        is_scale=layer.kind == "number",
        codes=layer.codes,
        colours=tuple(colours),
        legend=tuple((entry.code, entry.label, entry.n) for entry in layer.legend),
        note=layer.note,
    )


def tissue_colours(embedding: EmbeddingSet, *, on: Ground) -> dict[str, str]:
    """Return the CSS colour of each tissue of an atlas, as its map shows it."""
    layer = colour_layer("tissue", embedding=embedding, list_rows=np.empty(0, dtype=np.int64))
    colours = map_colours(layer, on=on).colours
    return {entry.label: colours[entry.code] for entry in layer.legend}
