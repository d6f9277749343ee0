"""State: what the user chose, typed, kept across pages, and in the link of the page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from musegnn.errors import InputError
from musegnn.screens.shell import permalink
from musegnn.screens.shell.selection import Selection, SelectionHistory
from musegnn.screens.shell.words import prose

if TYPE_CHECKING:
    from musegnn.screens.shell.named_selections import NamedSelections
    from musegnn.screens.shell.session_file import Note


# of the session; the last is what the address said last
_ASKED_PAGE, _CARRIED, _WRITTEN = "asked_page", "carried_messages", "written_link"


def said_before(name: str) -> str | None:
    """Return what the address said last of a field of the link; None where it said nothing."""
    written: dict[str, str] = st.session_state.get(_WRITTEN, {})
    return written.get(name)


class BuiltGraph(NamedTuple):
    """A gene graph that was built in this session."""

    name: str
    content: bytes  # of its file


class PageState:
    """What the user chose, shared by all pages of a session.

    The session is the truth. A link that opens a page sets the fields of
    `musegnn.screens.shell.permalink.fields`; afterwards the address follows the session, so that
    copying it gives a link to the same view. What a link carries but cannot be used is dropped,
    and `messages` says so.

    Attributes
    ----------
    linked
        Names of the fields that a link has just set.

    Parameters
    ----------
    page
        Name of the page, that of its screen.
    known
        Names in the opened atlas that values of a link are compared with, by list.
    opened
        Id of the vectors that the page shows; selections on others are kept apart, as their rows
        mean something else. "" without any.
    """

    def __init__(
        self,
        page: str = "Atlas",
        known: Mapping[str, Sequence[str]] | None = None,
        *,
        opened: str = "",
    ) -> None:
        self.page = page
        self._opened = opened
        before = st.session_state.get("history_of", opened)
        st.session_state["history_of"] = opened
        if before != opened:
            st.session_state[f"history:{before}"] = st.session_state.get("history")
            st.session_state["history"] = st.session_state.get(f"history:{opened}")
        is_new = st.session_state.get("page") != page
        if is_new:
            st.session_state["page"] = page
            # what a session that led here has to say comes along
            st.session_state["link_messages"] = st.session_state.pop(_CARRIED, ())
        asked = {
            name: value for name, value in st.query_params.items() if value != said_before(name)
        }
        linked = permalink.decode(asked, known=known)
        self.linked = frozenset(linked.values)
        for name, value in linked.values.items():
            self.put(name, value)
        for message in linked.messages:
            self.add_message(message)
        if is_new or "zoom" in self.linked:
            self.show_zoom()

    @property
    def messages(self) -> tuple[str, ...]:
        """What the link of this page carried in vain, Markdown sentences."""
        return st.session_state["link_messages"]

    def add_message(self, message: str) -> None:
        """Tell about something that the link of this page carried in vain."""
        st.session_state["link_messages"] = (*self.messages, message)

    def forget_messages(self) -> None:
        """Take the messages about the link away."""
        st.session_state["link_messages"] = ()

    def leave_for(self, page: str) -> None:
        """Open another page as soon as this one is drawn anew, and take the messages there."""
        st.session_state[_ASKED_PAGE] = page

    def asked_page(self) -> str:
        """Return the page to open in place of this one, once; "" to stay."""
        page: str = st.session_state.pop(_ASKED_PAGE, "")
        if page:
            st.session_state[_CARRIED] = self.messages
        return page

    def get(self, name: str) -> str:
        """Return the value of a field of the link; its default when nothing was chosen.

        Raises
        ------
        InputError
            If no field has this name.
        """
        return st.session_state.get(f"field:{name}", permalink.field(name).default)

    def put(self, name: str, value: str) -> None:
        """Choose the value of a field of the link; "" for its default.

        Raises
        ------
        InputError
            If no field has this name, or the field cannot have this value.
        """
        permalink.check_value(name, value)
        st.session_state[f"field:{name}"] = value or permalink.field(name).default

    def among(self, name: str, options: Collection[str], usual: str) -> str:
        """Return the value of a field of the link where it is one of some options."""
        return value if (value := self.get(name)) in options else usual

    def bound(
        self,
        name: str,
        shown: Any = None,
        *,
        write: Callable[[Any], str] | None = None,
        widget: str = "",
    ) -> dict[str, Any]:
        """Tie a widget to a field of the link.

        Parameters
        ----------
        name
            The field.
        shown
            What the widget starts from; by default the value of the field.
        write
            Makes the value of the field of what the widget says; by default that is the value, but
            for signs that no link carries.
        widget
            Name of the widget where it is not that of the field.

        Returns
        -------
        Arguments for the widget.
        """

        def choose(said: Any) -> None:
            if said is not None:  # a click on what is chosen leaves it chosen
                value = write(said) if write else permalink.typed(name, str(said))
                try:
                    self.put(name, value)
                except InputError as error:  # what was chosen before stays
                    self.add_message(error.message)

        return tied(widget or name, self.get(name) if shown is None else shown, choose)

    def query(self) -> dict[str, str]:
        """Return the parameters of a link to this page as it is now."""
        return permalink.encode(
            {name: self.get(name) for name in permalink.fields_of(self.page)}, page=self.page
        )

    def write_link(self) -> None:
        """Bring the address of the page up to date."""
        query = self.query()
        if list(st.query_params.items()) != list(query.items()):
            st.query_params.from_dict(query)
        # one entry for all: with each widget Streamlit goes through what a session keeps
        st.session_state[_WRITTEN] = query

    @property
    def gene(self) -> str:
        """Gene name as typed or chosen; "" for none."""
        return self.get("gene")

    @gene.setter
    def gene(self, value: str) -> None:
        self.put("gene", permalink.clean("gene", value))

    @property
    def dataset(self) -> str:
        """Context chosen on the Gene page; "" for none."""
        return self.get("dataset")

    @dataset.setter
    def dataset(self, value: str) -> None:
        self.put("dataset", value)

    @property
    def colour(self) -> str:
        """One of the colour labels of the Atlas page; "" for the usual one of the set."""
        return self.get("colour")

    @colour.setter
    def colour(self, value: str) -> None:
        self.put("colour", value)

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

    @property
    def notes(self) -> tuple[Note, ...]:
        """Notes of this session, oldest first."""
        return st.session_state.setdefault("notes_kept", ())

    @notes.setter
    def notes(self, value: tuple[Note, ...]) -> None:
        st.session_state["notes_kept"] = value

    @property
    def built_graph(self) -> BuiltGraph | None:
        """Gene graph that was built last."""
        return st.session_state.get("built_graph")

    @built_graph.setter
    def built_graph(self, value: BuiltGraph) -> None:
        st.session_state["built_graph"] = value

    def hand_over(self, page: str, content: object) -> None:
        """Leave something for another page, which takes it when it is opened."""
        st.session_state[f"handed:{page}"] = content

    def take_handed(self) -> Any:
        """Return what another page left for this one, once; None when there is nothing."""
        return st.session_state.pop(f"handed:{self.page}", None)

    def show_zoom(self) -> None:
        """Let the map start at the chosen part again."""
        st.session_state["shown_zoom"] = self.get("zoom")

    def shown_zoom(self) -> str:
        """Part that the map was told to start at; it stays while the map is moved by hand."""
        return st.session_state["shown_zoom"]

    @property
    def history(self) -> SelectionHistory:
        """Selections on what the page shows."""
        return st.session_state.get("history") or SelectionHistory()

    @history.setter
    def history(self, value: SelectionHistory) -> None:
        st.session_state["history"] = value

    @property
    def selection(self) -> Selection:
        """Current selection."""
        return self.history.current

    def select(self, new: Selection, *, mode: str = "replace") -> None:
        """Combine a new selection with the current one, see `SelectionHistory.apply`."""
        self.history = self.history.apply(new, mode=mode)

    @property
    def kept_named(self) -> NamedSelections | None:
        """Saved selections on what the page shows; None as long as nothing was saved."""
        return st.session_state.get(f"named:{self._opened}")

    @property
    def named(self) -> NamedSelections:
        """Saved selections on what the page shows."""
        kept = self.kept_named
        if kept is not None:
            return kept
        # most visits save none
        from musegnn.screens.shell.named_selections import NamedSelections  # noqa: PLC0415

        return NamedSelections()

    @named.setter
    def named(self, value: NamedSelections) -> None:
        st.session_state[f"named:{self._opened}"] = value


def tied(name: str, shown: Any, take: Callable[[Any], object]) -> dict[str, Any]:
    """Tie a widget to what the page keeps.

    Parameters
    ----------
    name
        Name of the widget.
    shown
        What it starts from.
    take
        Keeps what it says after a change.

    Returns
    -------
    Arguments for the widget.
    """
    key = mirrored(name, shown)
    return {"key": key, "on_change": lambda: take(st.session_state[key])}


def remembered(name: str, usual: Any) -> dict[str, Any]:
    """Tie a widget to a value of the session that outlives a visit of another page.

    Parameters
    ----------
    name
        Name of the value.
    usual
        Its value as long as nothing was chosen.

    Returns
    -------
    Arguments for the widget.
    """
    shown = st.session_state.setdefault(name, usual)
    return tied(name, shown, lambda said: st.session_state.update({name: said}))


def linked_panel(
    state: PageState, name: str, title: str, *, key: str
) -> AbstractContextManager[Any] | None:
    """Show a folded panel whose field of the link says whether it is open; None while it is not.

    Parameters
    ----------
    state
        State of the page.
    name
        The field, "open" or "".
    title
        What stands on the panel.
    key
        Name of the panel on the page.
    """
    if name in state.linked or key not in st.session_state:
        st.session_state[key] = state.get(name) == "open"
    panel = st.expander(prose(title), key=key, on_change="rerun")
    state.put(name, "open" if panel.open else "")
    return panel if panel.open else None


def mirrored(name: str, value: Any) -> str:
    """Give a widget its value from the state and return the key of the widget.

    Streamlit forgets a widget when its page is left; the state keeps the value under another
    name, and the widget starts from it each time.
    """
    key = f"_{name}"
    st.session_state[key] = value
    return key
