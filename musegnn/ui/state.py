"""State: what the user chose, typed, kept across pages, and in the link of the page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from musegnn.viewmodels.atlas_colours import COLOUR_LABELS
from musegnn.viewmodels.named_selections import NamedSelections
from musegnn.viewmodels.selection import SelectionHistory

# what a link carries; long content such as a gene list stays in the session
_IN_LINK = {"gene": "", "dataset": "", "colour": "tissue"}
_LONGEST_LINK_VALUE = 200


class PageState:
    """What the user chose, shared by all pages of a session.

    The session is the truth. A link that opens a page sets gene, dataset and colour; afterwards
    the address follows the session, so that copying it gives a link to the same view.
    """

    def __init__(self) -> None:
        for name, default in _IN_LINK.items():
            st.session_state.setdefault(name, default)
            linked = st.query_params.get(name)
            if linked is not None and linked != st.session_state.get(f"link:{name}"):
                st.session_state[name] = linked[:_LONGEST_LINK_VALUE]
        if st.session_state["colour"] not in COLOUR_LABELS:
            st.session_state["colour"] = _IN_LINK["colour"]

    def write_link(self) -> None:
        """Bring the address of the page up to date."""
        for name, default in _IN_LINK.items():
            value = st.session_state[name]
            st.session_state[f"link:{name}"] = value
            if value and value != default:
                st.query_params[name] = value
            elif name in st.query_params:
                del st.query_params[name]

    @property
    def gene(self) -> str:
        """Gene name as typed or chosen; "" for none."""
        return st.session_state["gene"]

    @gene.setter
    def gene(self, value: str) -> None:
        st.session_state["gene"] = value.strip()[:_LONGEST_LINK_VALUE]

    @property
    def dataset(self) -> str:
        """Context chosen on the Gene page; "" for none."""
        return st.session_state["dataset"]

    @dataset.setter
    def dataset(self, value: str) -> None:
        st.session_state["dataset"] = value

    @property
    def colour(self) -> str:
        """One of the colour labels of the Atlas page."""
        return st.session_state["colour"]

    @colour.setter
    def colour(self, value: str) -> None:
        st.session_state["colour"] = value

    @property
    def list_text(self) -> str:
        """Pasted gene list."""
        return st.session_state.setdefault("list_text", "")

    @list_text.setter
    def list_text(self, value: str) -> None:
        st.session_state["list_text"] = value

    @property
    def mode(self) -> str:
        """How a new selection joins the current one."""
        return st.session_state.setdefault("mode", "replace")

    @mode.setter
    def mode(self, value: str) -> None:
        st.session_state["mode"] = value

    def history(self, atlas_id: str) -> SelectionHistory:
        """Selections on one atlas; rows of another atlas would mean other genes."""
        if st.session_state.get("history_of") != atlas_id:
            st.session_state["history_of"] = atlas_id
            st.session_state["history"] = SelectionHistory()
        return st.session_state["history"]

    def keep_history(self, history: SelectionHistory) -> None:
        """Store the selections of the current atlas."""
        st.session_state["history"] = history

    def named(self, atlas_id: str) -> NamedSelections:
        """Saved selections on one atlas; those of another one are kept apart."""
        st.session_state["named_of"] = atlas_id
        return st.session_state.setdefault(f"named:{atlas_id}", NamedSelections())

    def keep_named(self, named: NamedSelections) -> None:
        """Store the saved selections of the current atlas."""
        st.session_state[f"named:{st.session_state['named_of']}"] = named


def mirrored(name: str, value: Any) -> str:
    """Give a widget its value from the state and return the key of the widget.

    Streamlit forgets a widget when its page is left; the state keeps the value under another
    name, and the widget starts from it each time.
    """
    key = f"_{name}"
    st.session_state[key] = value
    return key
