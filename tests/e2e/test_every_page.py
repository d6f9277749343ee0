"""Every page in a real browser with everything chosen; without an atlas see `tests/screens`."""

from dataclasses import dataclass

import pytest

from musegnn.screens.shell.screen import screens
from tests.e2e.browser import WATCH_POLICY, MapPage, settle

pytestmark = pytest.mark.e2e

CHOSEN = "?gene=CD3E&dataset=blood_human&list=CD3E,CD4&left=pancreas_human&right=blood_human"
WIDTH = 900
# a sign that pictures which are drawn by scripts are there
DRAWN = {
    **dict.fromkeys(("Atlas", "Compare", "Labels"), ".gene-map[data-drawn]"),
    **dict.fromkeys(("Gene", "Benchmarks"), ".js-plotly-plot .main-svg"),
}


@dataclass
class Seen:
    """What there was on a page once it was drawn."""

    text: str
    exceptions: int
    width: int
    broken: list[str]


@pytest.fixture(scope="module")
def walk(browser, address):
    """Visit every page once on a narrow screen: what was seen on each, said and gone wrong."""
    context = browser.new_context(viewport={"width": WIDTH, "height": 900})
    page, seen, said = MapPage(context.new_page(), address), {}, []
    page.tab.add_init_script(WATCH_POLICY)
    page.tab.on("console", lambda message: said.append(message.text))
    for name in (screen.name for screen in screens()):
        page.tab.goto(f"{address}/{'' if name == 'Home' else name}{CHOSEN}")
        page.tab.locator("h1").first.wait_for(timeout=60_000)
        page.tab.wait_for_function(
            "document.querySelector('[data-testid=stMain]').innerText.length > 150"
        )
        settle(page.tab)
        if name in DRAWN:
            page.tab.wait_for_selector(DRAWN[name], timeout=60_000)
        seen[name] = Seen(
            page.tab.locator("[data-testid=stMain]").inner_text(),
            page.tab.locator("[data-testid=stException]").count(),
            page.tab.evaluate("document.documentElement.scrollWidth"),
            page.tab.evaluate("window.broken"),
        )
    yield seen, said, page.errors
    context.close()


def test_it_shows_what_there_is_and_fits_a_narrow_screen(walk):
    seen, _, errors = walk
    assert len(seen) == len(screens())
    for name, page in seen.items():
        assert "Traceback" not in page.text, name
        assert "could not be drawn" not in page.text, name
        assert page.exceptions == 0, name
        assert page.width <= WIDTH, name
    assert errors == []


def test_every_page_keeps_its_policy(walk):
    seen, said, _ = walk
    assert {name: page.broken for name, page in seen.items() if page.broken} == {}
    assert [text for text in said if "Content Security Policy" in text] == []
