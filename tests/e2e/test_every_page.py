"""Every page in a real browser: without an atlas, with a damaged one, with everything chosen."""

import pytest

from musegnn.screens.shell.screen import screens
from tests.e2e.browser import dashboard

pytestmark = pytest.mark.e2e

NAMES = [screen.name for screen in screens()]
CHOSEN = "?gene=CD3E&dataset=blood_human&list=CD3E,CD4&left=pancreas_human&right=blood_human"

SAID = {"empty": "No atlas is loaded", "failed": "another format"}


@pytest.fixture(params=["empty", "failed", "full"])
def served(request, browser, tmp_path, atlas_folder):
    folder = tmp_path / "atlas"
    if request.param == "failed":
        folder.mkdir()
        (folder / "embedding.h5ad").write_bytes(b"this is not HDF5")
    environment = {"MUSEGNN_RUNS": str(tmp_path / "runs"), "XDG_CACHE_HOME": str(tmp_path)}
    with dashboard(atlas_folder if request.param == "full" else folder, environment) as address:
        yield request.param, address


def test_it_says_what_there_is_or_what_to_do(visit, served):
    state, address = served
    page = visit(address, viewport={"width": 900, "height": 900})
    for name in NAMES:
        page.tab.goto(
            f"{address}/{'' if name == 'Home' else name}{CHOSEN if state == 'full' else ''}"
        )
        page.tab.locator("h1").first.wait_for(timeout=60_000)
        if state == "full":
            page.tab.wait_for_function(
                "document.querySelector('[data-testid=stMain]').innerText.length > 150"
            )
            running = page.tab.locator("[data-testid=stStatusWidget]")
            running.wait_for(state="detached", timeout=60_000)
        else:
            page.tab.get_by_text(SAID[state]).first.wait_for(timeout=60_000)
        text = page.tab.locator("[data-testid=stMain]").inner_text()
        assert "Traceback" not in text, name
        assert "could not be drawn" not in text, name
        assert page.tab.locator("[data-testid=stException]").count() == 0, name
        assert page.tab.evaluate("document.documentElement.scrollWidth") <= 900, name
    assert page.errors == []
