"""What every page does in the browser: copy the link, go to the search, take one step back."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import settle

ONE_STEP = """
(() => {
  window.entries = [];
  for (const kind of ["pushState", "replaceState"]) {
    const own = history[kind].bind(history);
    history[kind] = (...given) => { window.entries.push(kind); return own(...given); };
  }
})()
"""


SIGNS = """
(() => {
  window.signs = {};
  const look = () => {
    const app = document.querySelector("[data-test-script-state]");
    if (app) {
      const state = app.getAttribute("data-test-script-state");
      window.signs[state] = getComputedStyle(app, "::after").content;
    }
    requestAnimationFrame(look);
  };
  look();
})()
"""


@pytest.fixture
def page(visit, address):
    return visit(address)


def test_copy_link_copies_and_says_so(page, address):
    page.open("/Atlas?gene=CD3E")
    page.tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.tab.get_by_role("button", name="Copy link").click()
    page.tab.get_by_text("Link copied").wait_for(timeout=10_000)
    copied = page.tab.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{address}/Atlas?gene=CD3E")


def test_a_slash_goes_to_the_search_unless_one_types(page):
    page.open("/Atlas")
    page.tab.keyboard.press("/")
    focused = "document.activeElement.getAttribute('aria-label')"
    assert page.tab.evaluate(focused) == "Find a gene"
    page.tab.keyboard.type("a/b")
    box = page.tab.get_by_label("Find a gene", exact=True)
    expect(box).to_have_value("a/b")


def test_back_takes_one_step(page):
    page.tab.add_init_script(ONE_STEP)
    page.open("/Atlas?gene=CD3E")
    page.tab.get_by_role("link", name="Compare", exact=True).click()
    page.tab.wait_for_url("**/Compare?**", timeout=60_000)
    page.tab.go_back()
    page.tab.wait_for_url("**/Atlas?gene=CD3E**", timeout=60_000)
    page.tab.get_by_role("heading", name="Atlas").wait_for(timeout=60_000)


def test_a_page_that_is_not_done_says_that_it_works(page):
    page.open("/Atlas?gene=CD3E")
    page.tab.evaluate(SIGNS)
    page.tab.get_by_role("link", name="Compare", exact=True).click()
    page.tab.get_by_role("heading", name="Compare").wait_for(timeout=60_000)
    page.tab.wait_for_function("window.signs.running && window.signs.notRunning", timeout=60_000)
    signs = page.tab.evaluate("window.signs")
    assert signs["running"] == '"Working\u2026"'
    assert signs["notRunning"] == "none"


def test_no_name_in_the_menu_is_cut_on_its_own_page(page):
    page.open("/Atlas")
    page.tab.locator(".st-key-menu a").nth(19).wait_for(timeout=60_000)
    cut = page.tab.evaluate(
        """[...document.querySelectorAll(".st-key-menu a")].filter((link) => {
          link.querySelector("p").style.fontWeight = 600;  // as that of the page that is open
          return [...link.querySelectorAll("*")].some((e) => e.scrollWidth > e.clientWidth);
        }).map((link) => link.innerText)"""
    )
    assert cut == []
    sidebar = page.tab.locator(".st-key-menu")
    assert sidebar.evaluate("e => e.scrollWidth <= e.clientWidth")


def test_what_a_picker_cuts_is_told_under_the_pointer(page, address):
    page.tab.goto(f"{address}/Gene?gene=INS&dataset=pancreas_human")
    box = page.tab.get_by_role("combobox", name="Context")
    box.wait_for(timeout=60_000)
    settle(page.tab)
    page.tab.locator(".st-key-page_script [role=status]").wait_for(state="attached")
    page.tab.mouse.move(700, 5)
    box.hover()
    page.tab.wait_for_function("document.querySelector('input[title]')?.title.length > 0")
    expect(box).to_have_attribute("title", box.input_value())
    assert box.evaluate("e => e.scrollWidth > e.clientWidth")
    assert box.evaluate("e => getComputedStyle(e).textOverflow") == "ellipsis"
