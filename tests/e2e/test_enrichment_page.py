"""The Enrichment page in a real browser: terms of a neighbourhood, one of them lit on the map."""

import io
import re

import pandas as pd
import pytest

from tests.e2e.browser import annotated_dashboard, mark_first_row, take
from tests.module_knowledge import write_module_knowledge

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def address(browser, atlas_folder, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    with annotated_dashboard(atlas_folder, cache, write_module_knowledge) as where:
        yield where


def test_from_a_neighbourhood_over_a_term_to_its_genes_on_the_map(visit, address):
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Gene?gene=GCG&dataset=pancreas_human")
    tab.get_by_role("heading", name="GCG in Pancreas, human").wait_for(timeout=60_000)
    tab.get_by_role("button", name="Enrichment of the neighbours").click()
    title = "GCG and its 20 nearest in Pancreas, human"
    tab.get_by_role("heading", name=title).wait_for(timeout=60_000)
    tab.locator(".st-key-terms_plot .js-plotly-plot").wait_for(timeout=30_000)
    # how it was tested stands below the picture, and is drawn after it
    tab.get_by_text(re.compile("hypergeometric")).first.wait_for(timeout=30_000)
    assert "N = " in tab.locator("[data-testid=stMain]").inner_text()

    name, content = take(tab, re.compile("All .* terms as CSV"))
    assert name.endswith("enriched-terms.csv")
    terms = pd.read_csv(io.BytesIO(content), comment="#").set_index("term")
    best = terms["p"].idxmin()
    assert best in {"islet", "islet again"}

    mark_first_row(tab, "terms_table")
    tab.locator(".st-key-light_term button").first.click()
    tab.wait_for_selector(".gene-map[data-drawn]", timeout=60_000)
    genes = terms.loc[best, "genes"].split()
    page.wait(f"d.selected === '{len(genes)}'")
    assert page.errors == []


def test_a_link_opens_terms_of_every_context_in_the_dark_on_a_narrow_screen(visit, address):
    page = visit(address, viewport={"width": 900, "height": 900}, color_scheme="dark")
    tab = page.tab
    tab.goto(f"{address}/Enrichment?gene=GCG&dataset=pancreas_human&ask=contexts")
    tab.locator(".js-plotly-plot").first.wait_for(timeout=60_000)
    width = tab.evaluate("document.documentElement.scrollWidth")
    assert width <= 900
    assert page.errors == []
