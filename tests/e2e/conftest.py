"""Browser for the end-to-end tests; they are skipped where there is none."""

import pytest

from tests.e2e.browser import ARGUMENTS, CHROMIUM, MapPage


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium on the PATH")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser):
    """Open a clean tab on an address."""
    contexts = []

    def make(address):
        context = browser.new_context(
            viewport={"width": 1400, "height": 900}, accept_downloads=True
        )
        contexts.append(context)
        return MapPage(context.new_page(), address)

    yield make
    for context in contexts:
        context.close()
