"""The Context graph page in a browser: a molecule, its picture, another walk, a file."""

from __future__ import annotations

import pytest

from tests.e2e.browser import take

pytestmark = pytest.mark.e2e


def test_a_molecule_has_a_picture_another_walk_and_a_file(address, visit):
    """The picture is drawn, a walk is drawn anew, and the edges are saved as GraphML."""
    page = visit(address)
    page.tab.goto(f"{address}/Context?context_node=dexamethasone")
    page.tab.get_by_text("dexamethasone is joined with").wait_for(timeout=90_000)
    page.tab.locator(".js-plotly-plot .scatterlayer").first.wait_for(timeout=60_000)
    page.tab.get_by_role("button", name="Another walk").click()
    page.tab.wait_for_url("**context_walk=2**", timeout=30_000)
    name, content = take(page.tab, "As GraphML")
    assert name.endswith(".graphml")
    assert b"dexamethasone" in content
