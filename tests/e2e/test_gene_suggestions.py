"""Genes are suggested while one types, and chosen by keys or by a press."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import settle

pytestmark = pytest.mark.e2e

BOX = 'input[aria-label="Find a gene"]'


def test_suggestions_come_while_typing_and_are_chosen_by_keys(visit, address, report_number):
    tab = visit(address).tab
    tab.goto(f"{address}/Gene")
    tab.locator(BOX).wait_for(timeout=60_000)
    settle(tab)
    rows, list_ = tab.locator(".gene-suggest-row"), tab.locator(".gene-suggest")
    tab.keyboard.press("/")
    tab.keyboard.type("in")
    tab.wait_for_timeout(600)
    tab.keyboard.type("s")
    tab.locator(".gene-suggest-row:first-child strong", has_text="INS").wait_for(timeout=10_000)
    waited = [float(list_.get_attribute("data-waited"))]
    assert [row.split("\n")[0] for row in rows.all_inner_texts()][:3] == ["INS", "Ins1", "Ins2"]
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    marked = tab.locator(".gene-suggest-row[aria-selected=true]")
    assert marked.all_inner_texts()[0].startswith("Ins1")
    assert tab.locator(BOX).get_attribute("aria-activedescendant") == marked.get_attribute("id")
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile("gene=Ins1"), timeout=30_000)
    expect(list_).to_be_hidden()
    settle(tab)

    tab.keyboard.press("/")
    tab.keyboard.type("p53")
    tab.locator(".gene-suggest-row strong", has_text="TP53").wait_for(timeout=10_000)
    waited.append(float(list_.get_attribute("data-waited")))
    rows.first.click()  # what is typed so far does not go before it
    tab.wait_for_url(re.compile("gene=TP53", re.IGNORECASE), timeout=30_000)
    settle(tab)

    tab.keyboard.press("/")
    tab.keyboard.press("Backspace")
    tab.get_by_text("looked at before").first.wait_for(timeout=10_000)
    assert rows.first.inner_text().startswith("Ins1")
    tab.keyboard.press("Escape")
    expect(list_).to_be_hidden()
    report_number("milliseconds until suggestions", max(waited))


def test_what_is_typed_as_an_answer_comes_is_asked_for_too(visit, address):
    tab = visit(address).tab
    held, is_held, lines = [], [], []

    def pass_on(line):
        server = line.connect_to_server()
        lines.append(line)
        line.on_message(server.send)
        server.on_message(lambda told: held.append(told) if is_held else line.send(told))

    tab.route_web_socket(re.compile("/_stcore/stream"), pass_on)
    tab.goto(f"{address}/Gene")
    tab.locator(BOX).wait_for(timeout=60_000)
    settle(tab)
    tab.keyboard.press("/")
    is_held.append(True)
    tab.keyboard.type("in")
    tab.wait_for_timeout(1_500)  # its genes are on their way
    assert held
    tab.keyboard.type("s")
    is_held.clear()
    for told in held:
        lines[-1].send(told)
    tab.locator(".gene-suggest-row:first-child strong", has_text="INS").wait_for(timeout=10_000)


def test_a_key_in_the_box_is_harmless_before_anything_was_suggested(visit, address):
    page = visit(address)
    page.tab.goto(f"{address}/Gene")
    page.tab.locator(BOX).wait_for(timeout=60_000)
    settle(page.tab)
    for key in ("Enter", "ArrowDown", "Escape"):  # as where the box had the focus all along
        page.tab.locator(BOX).dispatch_event("keydown", {"key": key, "bubbles": True})
    assert not page.tab.locator(".gene-suggest").is_visible()
    assert page.errors == []
