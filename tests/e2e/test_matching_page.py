"""Matching in a browser: a profile is dropped, its molecule is found, drawn and saved."""

from __future__ import annotations

import pytest

from musegnn.screens.matching import view as matching
from tests.e2e.browser import mark_first_row, take

pytestmark = pytest.mark.e2e


def test_a_dropped_profile_leads_to_its_molecule_and_a_table(address, visit):
    """The profile of one molecule comes back first; its structure is drawn when asked for."""
    content = matching.example_profile(matching.open_reference())
    page = visit(address)
    page.tab.goto(f"{address}/Matching?match_ask=profile")
    page.tab.locator("input[type=file]").set_input_files(
        {"name": "own.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.tab.get_by_text(f"profile of {matching.EXAMPLE} is most like").wait_for(timeout=60_000)
    mark_first_row(page.tab, "match_table")
    page.tab.get_by_text("Choose a row to see its structure.").wait_for(
        state="detached", timeout=30_000
    )
    page.tab.get_by_text("Draw the first 12").click()
    page.tab.wait_for_function(
        "document.querySelectorAll('[data-testid=stImage] img').length === 13", timeout=30_000
    )
    name, table = take(page.tab, "All as CSV")
    assert name.endswith(".csv")
    assert matching.EXAMPLE in table.decode()
