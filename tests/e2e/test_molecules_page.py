"""Molecules in a browser: paste aspirin, see what is alike, look at its profiles, and come back."""

from __future__ import annotations

import pytest

from tests.e2e.browser import mark_first_row

pytestmark = pytest.mark.e2e


def test_aspirin_leads_to_like_molecules_and_back(address, visit):
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Molecules")
    field = tab.get_by_label("Molecule", exact=True)
    field.wait_for(timeout=60_000)
    field.fill("CC(=O)Oc1ccccc1C(=O)O")
    field.press("Enter")
    tab.get_by_text("nearest to aspirin by vector").first.wait_for(timeout=60_000)
    assert "mol_asked=" in tab.url
    mark_first_row(tab, "molecule_similar")
    tab.get_by_text("What is like", exact=False).first.wait_for(timeout=30_000)
    tab.get_by_role("button", name="Profiles it would leave").click()
    tab.get_by_text("measured profiles that of", exact=False).first.wait_for(timeout=60_000)
    tab.get_by_role("link", name="Molecules").click()
    tab.get_by_text("nearest to aspirin by vector").first.wait_for(timeout=60_000)
    assert tab.get_by_label("Molecule", exact=True).input_value() == "CC(=O)Oc1ccccc1C(=O)O"
