"""One molecule over four pages: its like, its assays, its atoms, a target on the map, and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import settle

pytestmark = pytest.mark.e2e

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_aspirin_leads_from_its_like_over_its_atoms_to_a_target_on_the_atlas_and_back(
    visit, shipped
):
    page = visit(shipped)
    tab = page.tab
    tab.goto(f"{shipped}/Molecules")
    field = tab.get_by_label("Molecule", exact=True)
    field.wait_for(timeout=60_000)
    field.fill(ASPIRIN)
    field.press("Enter")
    alike = tab.get_by_text(re.compile("^Of the 20 molecules nearest to aspirin")).first
    alike.wait_for(timeout=60_000)

    tab.get_by_role("button", name="What assays would find").click()
    tab.get_by_text("One molecule, 79 assays of 3 tables").wait_for(timeout=60_000)
    box = tab.get_by_role("textbox", name="Structures, one a line")
    expect(box).to_have_value(re.compile(re.escape(ASPIRIN)))
    # of all assays that of its own target stands out, and its atoms are coloured for that
    tab.get_by_text("let the log odds fall by").wait_for(timeout=60_000)
    expect(tab.get_by_role("combobox", name="Colour atoms by")).to_have_value("ChEMBL2K: PTGS1")
    picture = tab.get_by_test_id("stImage").locator("img").first
    picture.wait_for()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100

    tab.get_by_role("button", name="Open PTGS1", exact=True).click()
    tab.get_by_role("heading", name=re.compile("^PTGS1 in ")).wait_for(timeout=60_000)
    settle(tab)
    tab.get_by_role("link", name="Atlas", exact=True).click()
    # the gene comes along, and the map lights it
    page.wait("d.lit && Number(d.lit) >= 1")
    assert "PTGS1 lit in" in tab.locator(".gene-map-lit-note").inner_text()

    tab.get_by_role("link", name="Molecules", exact=True).click()
    alike.wait_for(timeout=60_000)
    expect(tab.get_by_label("Molecule", exact=True)).to_have_value(ASPIRIN)
    assert page.errors == []
