"""The Gene page in a real browser: why a gene is a neighbour, and all of it to take home."""

import io
import re

import pandas as pd
import pytest

from tests.e2e.browser import annotated_dashboard, choose, mark_first_row, take
from tests.knowledge_folder import write_knowledge

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def address(browser, atlas_folder, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    with annotated_dashboard(atlas_folder, cache, write_knowledge) as where:
        yield where


def test_a_neighbour_is_filtered_opened_up_and_its_evidence_taken_home(visit, address):
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Gene?gene=INS&dataset=pancreas_human&why=regulation")
    tab.get_by_role("heading", name="INS in Pancreas, human").wait_for(timeout=60_000)
    tab.get_by_text("that meet evidence: regulation").first.wait_for()
    mark_first_row(tab, "neighbours")
    tab.get_by_text(re.compile("All \\d+ pieces of evidence for INS in Pancreas, human")).wait_for()
    _, content = take(tab, "Evidence as CSV")
    facts = pd.read_csv(io.BytesIO(content))
    assert "regulation" in set(facts["kind"])
    assert facts["source"].notna().all()
    assert set(facts["query_gene"]) == {"INS"}

    choose(tab, "With this evidence", "any or none")
    tab.wait_for_function("!location.search.includes('why=')")
    _, content = take(tab, "Neighbours as CSV")
    neighbours = pd.read_csv(io.BytesIO(content))
    assert len(neighbours) == 20
    assert neighbours["why"].notna().all()
    assert page.errors == []
