"""A form keeps its values in a browser that is not ready to draw all of it at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

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
    tab.get_by_role("button", name="New run").click(timeout=60_000)
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
