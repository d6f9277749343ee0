"""A value that a page gives a widget is given until the browser has it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

_VALUE: Final = ("value", "raw_value", "raw_values")  # where the kinds of widgets have theirs
_ONCE: Final = frozenset({"chat_input"})  # of what is no state the browser never tells a value
_IS_WHOLE, _IS_PART = 0, 3  # how a run is said to have ended that drew all it had to draw


@dataclass(frozen=True)
class _Given:
    """A message of a widget's value, and the part of the page that draws it ("" for none)."""

    value: Any
    part: str


class GivenValues:
    """Values that a page gave its widgets, as long as the browser said nothing of them.

    Streamlit sends a value that a page sets only in the run that sets it. A browser that has not
    drawn the widget by then, because it still loads how such widgets are drawn, or because the
    widget stands in a menu that is closed, learns of it by the next run alone: it draws what the
    widget would begin with if nothing were set, and tells the server that. A form is full of
    zeros then, by no hand. So the value is sent again with each drawing until the browser, which
    tells with every question what all its widgets say, tells of this one.
    """

    def __init__(self) -> None:
        self._given: dict[str, _Given] = {}
        self._drawn: set[str] = set()  # in the run that goes on
        self._parts: frozenset[str] = frozenset()  # which alone run; none: the whole page

    def heard(self, asked: Any) -> None:
        """Take note of what a browser tells with a question."""
        for widget in asked.widget_states.widgets:
            self._given.pop(widget.id, None)

    def begins(self, parts: Collection[str]) -> None:
        """Take note of a run, of the whole page or of parts."""
        self._parts = frozenset(parts)
        self._drawn.clear()

    def ends(self, status: int) -> None:
        """Forget widgets that are no longer drawn: what comes under their name is another."""
        if status not in (_IS_WHOLE, _IS_PART):
            return
        self._given = {
            name: given
            for name, given in self._given.items()
            if name in self._drawn or (self._parts and given.part not in self._parts)
        }

    def repeats(self, delta: Any) -> bool:
        """Give a widget that is drawn the value it was given; return whether it lacked it."""
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind is None or kind in _ONCE:
            return False
        widget = getattr(element, kind)
        if not hasattr(widget, "set_value"):
            return False
        self._drawn.add(widget.id)
        if widget.set_value:
            self._given[widget.id] = _Given(_value_of(widget), delta.fragment_id)
            return False
        given = self._given.get(widget.id)
        if given is None or given.value.DESCRIPTOR is not widget.DESCRIPTOR:
            return False
        for name in _VALUE:
            if name in widget.DESCRIPTOR.fields_by_name:
                widget.ClearField(name)
        widget.MergeFrom(given.value)
        return True


def _value_of(widget: Any) -> Any:
    """Return a message of a widget's value alone."""
    value = type(widget)()
    value.CopyFrom(widget)
    for field, _ in widget.ListFields():
        if field.name not in (*_VALUE, "set_value"):
            value.ClearField(field.name)
    return value
