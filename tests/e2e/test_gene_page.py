"""The Gene page in a real browser: why a gene is a neighbour, and all of it to take home."""

import io
import re
from pathlib import Path

import pandas as pd
import pytest

from tests.e2e.browser import dashboard
from tests.knowledge_folder import write_knowledge

pytest_plugins = ("tests.ui_fixtures",)
pytestmark = pytest.mark.e2e

HEADER, ROW = 38, 35  # pixels of the table


@pytest.fixture(scope="module")
def address(browser, atlas_folder, tmp_path_factory):
    # annotation is found in the cache folder of the user, where `musegnn knowledge` puts it
    cache = tmp_path_factory.mktemp("cache")
    write_knowledge(cache / "musegnn" / "knowledge")
    with dashboard(atlas_folder, {"XDG_CACHE_HOME": str(cache)}) as where:
        yield where


def test_a_neighbour_is_filtered_opened_up_and_its_evidence_taken_home(visit, address):
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Gene?gene=INS&dataset=pancreas_human&why=regulation")
    tab.get_by_role("heading", name="INS in pancreas_human").wait_for(timeout=60_000)
    table = tab.locator(".st-key-neighbours canvas").first
    table.wait_for(timeout=60_000)
    tab.get_by_text("that meet evidence: regulation").first.wait_for()
    tab.wait_for_timeout(500)  # the table is drawn on a canvas
    box = table.bounding_box()
    tab.mouse.click(box["x"] + 14, box["y"] + HEADER + ROW / 2)
    tab.get_by_text(re.compile("All \\d+ pieces of evidence for INS in pancreas_human")).wait_for()
    with tab.expect_download() as event:
        tab.get_by_role("button", name="Evidence as CSV").click()
    facts = pd.read_csv(io.BytesIO(Path(event.value.path()).read_bytes()))
    assert "regulation" in set(facts["kind"])
    assert facts["source"].notna().all()
    assert set(facts["query_gene"]) == {"INS"}

    tab.get_by_role("combobox", name="With this evidence").click()
    tab.get_by_role("option", name="any or none").click()
    tab.wait_for_function("!location.search.includes('why=')")
    with tab.expect_download() as event:
        tab.get_by_role("button", name="Neighbours as CSV").click()
    neighbours = pd.read_csv(io.BytesIO(Path(event.value.path()).read_bytes()))
    assert len(neighbours) == 20
    assert neighbours["why"].notna().all()
    assert page.errors == []
