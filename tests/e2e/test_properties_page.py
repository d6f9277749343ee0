"""Properties in a browser: aspirin is pasted, its assays, coloured atoms and table follow."""

from __future__ import annotations

import pytest

from tests.e2e.browser import take

pytestmark = pytest.mark.e2e

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O aspirin"


def test_aspirin_leads_to_assays_atoms_and_a_table(address, visit):
    """What is pasted is answered; other atoms are coloured for another assay."""
    page = visit(address)
    page.tab.goto(f"{address}/Properties")
    box = page.tab.get_by_role("textbox", name="Structures, one a line")
    box.fill(ASPIRIN)
    box.press("Control+Enter")
    page.tab.get_by_text("One molecule, 79 assays of 3 tables").wait_for(timeout=60_000)
    page.tab.get_by_text("let the log odds fall by").wait_for(timeout=60_000)
    picture = page.tab.get_by_test_id("stImage").locator("img").first
    picture.wait_for()
    assert picture.evaluate("image => image.naturalWidth") > 0
    before = picture.get_attribute("src")
    box = page.tab.get_by_role("combobox", name="Colour atoms by")
    box.click()
    box.fill("ChEMBL2K: CA9")
    page.tab.get_by_role("option", name="ChEMBL2K: CA9", exact=True).click()
    page.tab.wait_for_function(
        "before => document.querySelector('[data-testid=stImage] img')?.getAttribute('src')"
        " !== before",
        arg=before,
        timeout=30_000,
    )
    name, table = take(page.tab, "All activity as CSV")
    assert name.endswith(".csv")
    rows = [line.split(",") for line in table.decode().splitlines() if line.startswith("aspirin")]
    assert len(rows) == 73
    assert any("PTGS1" in row for row in rows)
