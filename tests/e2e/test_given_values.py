"""A form keeps its values in a browser that is not ready to draw all of it at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

from tests.e2e.browser import settle

pytestmark = pytest.mark.e2e

CHOSEN = re.compile(r"^\d+ of [1-9]\d* datasets chosen")


def test_a_form_is_not_filled_with_zeros_by_a_browser_that_still_loads(visit, address):
    tab = visit(address).tab
    held = []

    def hold(code):
        held.append(code)

    # the code that draws numbers and pills comes late, as over a slow line
    tab.route(re.compile(r"/(NumberInput|ButtonGroup)\.[^/]+\.js$"), hold)
    tab.goto(f"{address}/Runs")
    tab.get_by_role("button", name="New run").wait_for(timeout=60_000)
    settle(tab)  # with code held back the line is never idle: it is before
    tab.get_by_role("button", name="New run").click()
    everything = tab.get_by_text(CHOSEN).inner_text(timeout=60_000)
    assert not everything.startswith("0 ")
    tissues = tab.get_by_role("combobox", name="Tissues")
    tissues.click()
    tab.get_by_role("option", name="liver", exact=True).click()
    tab.keyboard.press("Escape")
    tab.wait_for_function(
        "text => !document.body.innerText.includes(text)", arg=everything, timeout=60_000
    )
    settle(tab)
    chosen = tab.get_by_text(CHOSEN).inner_text()
    assert len(held) == 2
    for code in held:
        code.continue_()
    epochs = tab.get_by_label("Epochs", exact=True)
    # it is drawn with what it would begin with, and has its value a moment later
    expect(epochs).to_have_value(re.compile(r"^\d{2,}$"), timeout=60_000)
    epochs.fill("7")
    epochs.press("Enter")
    tab.get_by_text(re.compile(r", 7 epochs\.")).wait_for(timeout=60_000)
    settle(tab)
    assert tab.get_by_text(CHOSEN).inner_text() == chosen
    assert float(tab.get_by_label("Learning rate", exact=True).input_value()) > 0
    assert int(tab.get_by_label("Graphs per step", exact=True).input_value()) > 1


def fields_never_told(address, cut_after):
    """Ask for the form, ask again after so many of its fields: those whose value never came."""
    with connect(
        f"{address.replace('http', 'ws')}/_stcore/stream", subprotocols=["streamlit"]
    ) as line:
        page, keys = "", {}

        def ask(*pressed):
            message = BackMsg()
            message.rerun_script.page_script_hash = page
            message.rerun_script.page_name = "" if page else "Runs"
            message.rerun_script.widget_states.widgets.extend(pressed)
            message.rerun_script.context_info.timezone = "UTC"
            line.send(message.SerializeToString())

        def answers():
            while True:
                message = ForwardMsg.FromString(line.recv(timeout=60))
                is_end = message.WhichOneof("type") == "script_finished"
                if is_end and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return
                yield message

        ask()
        for message in answers():
            page = message.navigation.page_script_hash or page
            button = message.delta.new_element.button
            keys[button.id.rpartition("-")[2]] = button.id
        ask(WidgetState(id=keys["runs_new"], trigger_value=True))
        told = {}
        for message in answers():
            element = message.delta.new_element
            kind = element.WhichOneof("type")
            widget = getattr(element, kind) if kind else None
            if hasattr(widget, "set_value") and "_runs_form:" in widget.id:
                told[widget.id] = told.get(widget.id, False) or widget.set_value
                if len(told) == cut_after:
                    cut_after = 0
                    ask()
        assert len(told) > 30
        return [name for name, is_told in told.items() if not is_told]


def test_a_form_that_is_asked_something_while_it_is_drawn_keeps_its_values(address):
    assert [fields_never_told(address, after) for after in range(2, 18, 2)] == [[]] * 8
