"""No page has what axe-core calls a serious or critical obstacle, in light and in dark."""

import importlib.util
from pathlib import Path

import pytest

from musegnn.screens.shell.screen import screens
from tests.e2e.browser import MapPage, settle
from tests.e2e.test_every_page import CHOSEN, DRAWN

pytestmark = pytest.mark.e2e

GRAVE = ("serious", "critical")
FIND = """
async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.flatMap(rule => rule.nodes.map(node => ({
    impact: node.impact, rule: rule.id, where: node.target.join(" "),
    why: node.failureSummary, html: node.html.slice(0, 200),
  })));
}
"""


@pytest.fixture(scope="module")
def axe():
    """What looks for obstacles, as its Python package ships it."""
    spec = importlib.util.find_spec("axe_playwright_python")
    if spec is None:
        pytest.skip("needs axe-playwright-python, which holds axe-core")
    return Path(spec.origin).with_name("axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module", params=["light", "dark"])
def seen(request, axe, browser, address):
    """What was found on each page."""
    options = {"viewport": {"width": 1400, "height": 900}, "color_scheme": request.param}
    context = browser.new_context(**options)
    page, found = MapPage(context.new_page(), address), {}
    for name in (screen.name for screen in screens()):
        page.tab.goto(f"{address}/{'' if name == 'Home' else name}{CHOSEN}")
        page.tab.locator("h1").first.wait_for(timeout=60_000)
        settle(page.tab)
        if name in DRAWN:
            page.tab.wait_for_selector(DRAWN[name], timeout=60_000)
        page.tab.evaluate(axe)
        found[name] = page.tab.evaluate(FIND)
    yield found
    context.close()


def test_no_page_has_a_grave_obstacle(seen):
    assert len(seen) == len(screens())
    grave = {
        f"{name}: {one['rule']} at {one['where']}": one["why"]
        for name, found in seen.items()
        for one in found
        if one["impact"] in GRAVE
    }
    assert grave == {}


def test_what_is_grave_is_found(axe, visit, address):
    tab = visit(address).tab
    tab.set_content("<main lang=en><h1>Page</h1><img src='x.png'><button></button></main>")
    tab.evaluate(axe)
    found = {(one["rule"], one["impact"]) for one in tab.evaluate(FIND)}
    assert {("image-alt", "critical"), ("button-name", "critical")} <= found
