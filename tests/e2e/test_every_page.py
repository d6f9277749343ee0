"""Every page in a real browser with everything chosen; without an atlas see `tests/screens`."""

import pytest

from musegnn.screens.shell.screen import screens

pytestmark = pytest.mark.e2e

CHOSEN = "?gene=CD3E&dataset=blood_human&list=CD3E,CD4&left=pancreas_human&right=blood_human"
WIDTH = 900


def test_it_shows_what_there_is_and_fits_a_narrow_screen(visit, address):
    page = visit(address, viewport={"width": WIDTH, "height": 900})
    for name in (screen.name for screen in screens()):
        page.tab.goto(f"{address}/{'' if name == 'Home' else name}{CHOSEN}")
        page.tab.locator("h1").first.wait_for(timeout=60_000)
        page.tab.wait_for_function(
            "document.querySelector('[data-testid=stMain]').innerText.length > 150"
        )
        running = page.tab.locator("[data-testid=stStatusWidget]")
        running.wait_for(state="detached", timeout=60_000)
        text = page.tab.locator("[data-testid=stMain]").inner_text()
        assert "Traceback" not in text, name
        assert "could not be drawn" not in text, name
        assert page.tab.locator("[data-testid=stException]").count() == 0, name
        assert page.tab.evaluate("document.documentElement.scrollWidth") <= WIDTH, name
    assert page.errors == []
