"""Cards of points on a map: what each says is made when the browser asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import streamlit as st

from musegnn.screens.parts.point_map_panel import SetMap

_CARD = st.components.v2.component(
    "gene_map_card",
    js="""
const store = (globalThis.geneMapStore ??= { points: new Map() });
const MOST = 500; // cards that are kept
export default function ({ data, setTriggerValue }) {
  const cards = (store.cards ??= new Map());
  store.askCard = (asked) => setTriggerValue("ask", { ...asked, at: Date.now() });
  if (data.card) {
    while (cards.size >= MOST) cards.delete(cards.keys().next().value);
    cards.set(data.key, data.card);
    store.cardListeners?.forEach((tell) => tell());
  }
}
""",
    isolate_styles=False,
)
_ANSWERS: Final = "map_card_answer"


@st.fragment
def answer_cards(
    drawn: SetMap, make: Callable[[int], Mapping[str, Any]], *, n_rows: int, key: str = "map_card"
) -> None:
    """Answer what a point is; only this part of the page runs again for it.

    Parameters
    ----------
    drawn
        The map, whose view asks for cards.
    make
        Row of the set -> its card, JSON-ready, as `point_map_card.js` shows it: `title` and
        `neighbours` (name and number of each), or `picture` (an SVG in base64, drawn on the ground
        `on`) and its `alt`; `name`, where it is called otherwise than on the map; `open` says where
        its button leads.
    n_rows
        Rows of the set.
    key
        Name on the page.
    """

    def answer() -> None:
        asked = st.session_state[key].get("ask")
        if not asked:
            return
        row = drawn.in_set({"kind": "ask", **asked}).get("row", -1)
        if isinstance(row, int) and 0 <= row < n_rows and asked.get("points") == drawn.points["id"]:
            name = f"{asked['points']}:{asked['row']}"
            st.session_state[_ANSWERS] = {"key": name, "card": dict(make(row))}

    data = st.session_state.get(_ANSWERS, {"key": "", "card": None})
    _CARD(key=key, data=data, height=1, on_ask_change=answer)
