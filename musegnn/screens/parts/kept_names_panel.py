"""Names of clusters that were made: kept once a server, made when a browser asks for them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from musegnn.embeddings.atlas import Atlas
from musegnn.errors import MuseGNNError
from musegnn.screens.shell.cached_build import cached_build

if TYPE_CHECKING:  # what makes them is a package of its own
    from musegnn.screens.parts.map_names import MapNames

# Names are asked for by the browser, once the map is on the screen: they take longer than the map.
_NAMES = st.components.v2.component(
    "gene_map_names",
    js="""
const store = (globalThis.geneMapStore ??= { points: new Map() });
export default function ({ data, setTriggerValue }) {
  const known = (store.names ??= new Map());
  if (data.isMade) {
    for (const [set, names] of Object.entries(data.sets)) known.set(set, names);
    store.nameListeners?.forEach((tell) => tell());
    return;
  }
  let timer = 0;
  const look = () => {
    const seen = document.querySelector(data.seen);
    if (seen && seen.complete !== false) { // a picture has come as well
      setTriggerValue("ask", { at: Date.now() });
    } else timer = setTimeout(look, 60);
  };
  look();
  return () => clearTimeout(timer);
}
""",
    isolate_styles=False,
)


@dataclass
class _Kept:
    """Names of an atlas, made once a server, by whoever asks first."""

    names: MapNames | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@cached_build(max_entries=4)
def _kept(atlas: Atlas) -> _Kept:
    """Where the names of an atlas are kept."""
    return _Kept()


def known_names(atlas: Atlas) -> MapNames | None:
    """Return the names of the clusters of an atlas where they have been made."""
    return _kept(atlas).names


def _make(atlas: Atlas) -> None:
    """Make the names of an atlas, unless they are there."""
    kept = _kept(atlas)
    with kept.lock:
        if kept.names is None:
            # a page that only shows names, as the first one, opens nothing that makes them
            from musegnn.screens.parts.cache import open_knowledge  # noqa: PLC0415
            from musegnn.screens.parts.map_names import build_names  # noqa: PLC0415

            try:
                store = open_knowledge()
            except MuseGNNError:  # a damaged folder is told of on the pages that need it
                store = None
            kept.names = build_names(atlas, store)


def ask_for_names(atlas: Atlas, *, seen: str, sent: Mapping[str, Any] | None = None) -> None:
    """Let the browser ask for the names of an atlas once a map is on the screen.

    Called in a fragment: it runs again when they are made.

    Parameters
    ----------
    atlas
        The atlas.
    seen
        CSS selector of what has to be on the screen first.
    sent
        Names that the maps of the page show, by the id of their points, once they are made.
    """
    data = {"sets": sent or {}, "isMade": known_names(atlas) is not None, "seen": seen}
    _NAMES(key="map_names", data=data, height=1, on_ask_change=lambda: _make(atlas))
