"""Plotly: the library that draws maps and figures, sent to the browser."""

from __future__ import annotations

import gzip
from importlib.resources import files

import streamlit as st

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

    Parameters
    ----------
    key
        What needs it; its name on the page begins so.
    """
    _LIBRARY(key=f"{key}_library", data=_LIBRARY_BYTES, height=1)
