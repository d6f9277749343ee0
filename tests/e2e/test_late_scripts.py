"""What draws a part of a page comes late: what was told meanwhile is drawn, and stays drawn."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import settle

pytestmark = pytest.mark.e2e

BOX = 'input[aria-label="Find a gene"]'
# scripts of components wait until the page lets them go: runs of one pile up, of which Streamlit
# tells all but the last that they are over, once the last one has begun
HOLD = """
window.letGo = () => {};
window.held = new Promise(resolve => (window.letGo = resolve));
const make = URL.createObjectURL.bind(URL);
const Plain = window.Blob;
window.Blob = function (parts, options) {
  const isScript = options?.type === "text/javascript" && typeof parts[0] === "string";
  return new Plain(isScript ? ["await window.held;", ...parts] : parts, options);
};
window.Blob.prototype = Plain.prototype;
"""


def test_a_map_and_suggestions_outlive_scripts_that_come_late(visit, address):
    page = visit(address)
    tab = page.tab
    tab.add_init_script(HOLD)
    tab.goto(f"{address}/Atlas")
    tab.locator(BOX).wait_for(timeout=60_000)
    settle(tab)
    page.choose_colour("cluster")
    settle(tab)
    assert not tab.locator(".gene-map").count()  # nothing was drawn yet
    tab.evaluate("window.letGo()")
    page.wait("d.colour === 'cluster'")
    tab.wait_for_timeout(500)
    expect(tab.locator(".gene-map[data-drawn]")).to_have_count(1)
    tab.locator("h1").first.click()  # out of the list of colours
    tab.keyboard.press("/")
    tab.keyboard.type("ins")
    tab.locator(".gene-suggest-row strong", has_text="INS").first.wait_for(timeout=10_000)
    assert page.errors == []


def test_each_script_listens_once(visit, address):
    page = visit(address)
    tab = page.tab
    tab.add_init_script(
        """
        window.listening = {};
        for (const [name, sign] of [["addEventListener", 1], ["removeEventListener", -1]]) {
          const plain = document[name].bind(document);
          document[name] = (kind, ...rest) => {
            window.listening[kind] = (window.listening[kind] ?? 0) + sign;
            plain(kind, ...rest);
          };
        }
        """
    )
    page.open("/Atlas")
    settle(tab)
    before = tab.evaluate("window.listening")
    for colour in ("cluster", "species", "tissue"):
        page.choose_colour(colour)
        page.wait(f"d.colour === '{colour}'")
        settle(tab)
    after = tab.evaluate("window.listening")
    kinds = ("click", "focusin", "input", "keydown", "mouseover", "scroll")
    assert {kind: after[kind] for kind in kinds} == {kind: before[kind] for kind in kinds}
