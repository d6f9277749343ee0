"""A story in a browser: every step opens its page without an error, and the story ends."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e


def test_a_story_walks_through_its_pages_and_ends(address, visit):
    """The first story that the atlas can tell is heard from the first step to the last."""
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Demo")
    tab.get_by_role("button", name="Tell it").first.click(timeout=60_000)
    bar = tab.locator(".st-key-story")
    bar.get_by_text(", 1 of ").wait_for(timeout=60_000)
    n_steps = int(bar.inner_text().split(", 1 of ")[1].split(".")[0])
    for number in range(2, n_steps + 1):
        bar.get_by_role("button", name="Next").click()
        bar.get_by_text(f", {number} of {n_steps}").wait_for(timeout=60_000)
        expect(tab.locator('[data-testid="stException"]')).to_have_count(0)
    assert bar.get_by_role("button", name="Next").is_disabled()
    bar.get_by_role("button", name="End the story").click()
    bar.wait_for(state="detached", timeout=30_000)
