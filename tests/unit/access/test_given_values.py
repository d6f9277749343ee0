"""What a page gave a widget is given again until the browser tells what the widget says."""

from __future__ import annotations

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element

from musegnn.access.given_values import GivenValues

WHOLE, EARLY, PART = 0, 2, 3
GIVEN = {
    "button_group": ("raw_values", ["loaded"]),
    "checkbox": ("value", True),
    "color_picker": ("value", "#b01e5b"),
    "date_input": ("value", ["2026/11/30"]),
    "date_time_input": ("value", ["2026/11/30, 12:00"]),
    "feedback": ("value", 3),
    "multiselect": ("raw_values", ["liver", "blood"]),
    "number_input": ("value", 0.003),
    "pagination": ("value", 4),
    "radio": ("raw_value", "umap"),
    "selectbox": ("raw_value", "CPU"),
    "slider": ("value", [2.0, 7.0]),
    "text_area": ("value", "INS GCG"),
    "text_input": ("value", "INS"),
    "time_input": ("value", "12:00"),
}


def drawn(kind, name="w", *, given=None, part=""):
    """A widget as the server draws it, with a value that the page gives or none."""
    delta = Delta(fragment_id=part)
    widget = getattr(delta.new_element, kind)
    widget.id = name
    if given is not None:
        field, value = given
        widget.set_value = True
        if isinstance(value, list):
            getattr(widget, field).extend(value)
        else:
            setattr(widget, field, value)
    return delta


def read(delta, kind):
    widget = getattr(delta.new_element, kind)
    value = getattr(widget, GIVEN[kind][0])
    plain = value if isinstance(value, str | bool | int | float) else list(value)
    return widget.set_value, plain


def state(*names):
    """What the browser tells with a question: what all widgets that it has drawn say."""
    asked = ClientState()
    for name in names:
        asked.widget_states.widgets.add(id=name, string_value="")
    return asked


def test_every_kind_of_widget_that_can_be_given_a_value_is_known():
    kinds = {
        field.name
        for field in Element.DESCRIPTOR.fields
        if field.message_type and "set_value" in field.message_type.fields_by_name
    }
    assert kinds - set(GIVEN) == {"chat_input"}


@pytest.mark.parametrize("kind", GIVEN)
def test_a_value_is_given_until_the_browser_has_it(kind):
    values = GivenValues()
    assert not values.repeats(drawn(kind, given=GIVEN[kind]))
    values.ends(WHOLE)
    for _ in range(2):
        values.heard(state("another"))
        values.begins([])
        again = drawn(kind)
        assert values.repeats(again)
        assert read(again, kind) == (True, GIVEN[kind][1])
        assert getattr(again.new_element, kind).id == "w"
        values.ends(WHOLE)
    values.heard(state("another", "w"))
    values.begins([])
    again = drawn(kind)
    assert not values.repeats(again)
    assert again == drawn(kind)


def test_the_value_given_last_counts_and_nothing_is_one():
    values = GivenValues()
    values.repeats(drawn("number_input", given=("value", 3.0)))
    empty = drawn("number_input")
    empty.new_element.number_input.set_value = True
    assert not values.repeats(empty)
    again = drawn("number_input")
    again.new_element.number_input.default = 5.0
    assert values.repeats(again)
    number = again.new_element.number_input
    assert (number.set_value, number.HasField("value"), number.default) == (True, False, 5.0)


def test_a_widget_that_went_takes_its_value_with_it():
    values = GivenValues()
    values.repeats(drawn("checkbox", "form", given=("value", True)))
    values.begins([])
    values.ends(EARLY)  # it had no time to draw all
    values.begins([])
    assert values.repeats(drawn("checkbox", "form"))
    values.ends(WHOLE)
    values.begins([])
    values.ends(WHOLE)
    assert not values.repeats(drawn("checkbox", "form"))


def test_a_part_that_runs_alone_forgets_only_its_own():
    values = GivenValues()
    for name, part in (("own", "watch"), ("other", "form"), ("page", "")):
        values.repeats(drawn("checkbox", name, given=("value", True), part=part))
    values.ends(WHOLE)
    values.begins(["watch"])
    values.ends(PART)
    kept = [name for name in ("own", "other", "page") if values.repeats(drawn("checkbox", name))]
    assert kept == ["other", "page"]


def test_what_takes_no_value_is_left_alone():
    values = GivenValues()
    for delta in (Delta(), drawn("chat_input", given=("value", "INS"))):
        before = delta.SerializeToString()
        assert not values.repeats(delta)
        assert delta.SerializeToString() == before
    assert not values.repeats(drawn("chat_input"))
    # a name that comes back as another kind
    values.repeats(drawn("checkbox", given=("value", True)))
    assert not values.repeats(drawn("text_input"))
