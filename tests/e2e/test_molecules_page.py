"""Molecules in a browser: paste aspirin, see what is alike, look at its profiles, and come back."""

from __future__ import annotations

import math
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import ask, mark_first_row, settle

pytestmark = pytest.mark.e2e


def test_a_point_under_the_pointer_shows_its_structure(address, visit):
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Molecules")
    tab.wait_for_selector(".gene-map[data-drawn]", timeout=60_000)
    settle(tab)
    # none is drawn that nobody asks for
    expect(tab.locator(".gene-map-card-picture")).to_have_count(0)
    tab.locator(".gene-map").scroll_into_view_if_needed()
    frame = page.frame()
    for part in range(1, 400):  # along spirals, until a point is met
        x = frame["x"] + frame["width"] * (0.5 + 0.4 * (part / 400) * math.cos(part))
        y = frame["y"] + frame["height"] * (0.5 + 0.4 * (part / 400) * math.sin(part))
        tab.mouse.move(x, y)
        tab.wait_for_timeout(30)
        if "hovered" in page.state():
            break
    picture = tab.locator(".gene-map-card-picture")
    picture.wait_for(timeout=30_000)
    assert picture.get_attribute("src").startswith("data:image/svg+xml;base64,")
    assert picture.get_attribute("alt").startswith("Structure of ")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    # most molecules have no name: their formula stands there, and no InChIKey
    assert not re.match(r"[A-Z]{14}", tab.locator(".gene-map-card strong").inner_text())
    tab.locator(".gene-map-open").click()
    tab.get_by_text(re.compile("^Of the 20 molecules nearest to")).first.wait_for(timeout=60_000)
    assert page.errors == []


def test_aspirin_leads_to_like_molecules_and_back(address, visit):
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Molecules")
    ask(tab, "Molecule", "CC(=O)Oc1ccccc1C(=O)O")
    tab.get_by_text("nearest to aspirin by vector").first.wait_for(timeout=60_000)
    assert "mol_asked=" in tab.url
    mark_first_row(tab, "molecule_similar")
    tab.get_by_text("What is like", exact=False).first.wait_for(timeout=30_000)
    tab.get_by_role("button", name="Profiles it would leave").click()
    tab.get_by_text("measured profiles that of", exact=False).first.wait_for(timeout=60_000)
    tab.get_by_role("link", name="Molecules").click()
    tab.get_by_text("nearest to aspirin by vector").first.wait_for(timeout=60_000)
    expect(tab.get_by_label("Molecule", exact=True)).to_have_value("CC(=O)Oc1ccccc1C(=O)O")
