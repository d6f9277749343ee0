"""The Causal page in a real browser: from a gene to its network, the evidence, a file."""

import io
import re

import networkx as nx
import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.causal_knowledge import write_causal_knowledge
from tests.e2e.browser import annotated_dashboard, mark_first_row, settle, take

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def address(browser, causal_atlas, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    with annotated_dashboard(causal_atlas, cache, write_causal_knowledge) as where:
        yield where


def test_from_a_gene_over_the_evidence_of_an_edge_to_a_file(visit, address):
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Gene?gene=INS&dataset=pancreas_human")
    tab.get_by_role("heading", name="INS in Pancreas, human").wait_for(timeout=60_000)
    tab.get_by_role("button", name=re.compile("Causal|regulates")).first.click()
    tab.get_by_role(
        "heading", name=re.compile("INS and its .* nearest in Pancreas, human")
    ).wait_for(timeout=60_000)
    tab.locator(".st-key-causal_network .js-plotly-plot").wait_for(timeout=30_000)

    mark_first_row(tab, "causal_edges")
    evidence = tab.locator(".st-key-causal_evidence")
    evidence.get_by_role("heading", name=re.compile("established")).wait_for(timeout=30_000)
    assert "Rule 2 well curated and seen" in evidence.inner_text()
    assert "regulator is a transcription factor: yes" in evidence.inner_text()

    name, content = take(tab, "Network as GraphML")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_synthetic-atlas_3f9a2c7d_causal-INS-.*\.graphml", name)
    graph = nx.read_graphml(io.BytesIO(content))
    assert graph.edges["PAX6", "INS"]["verdict"] == "established"
    _, content = take(tab, "Edges as CSV")
    edges = pd.read_csv(io.BytesIO(content))
    assert len(edges) == graph.number_of_edges()
    assert set(edges["kind"]) == {"curated"}
    tab.get_by_text("Co-expressed pairs too").click()
    tab.wait_for_function("location.search.includes('co-expressed')", timeout=30_000)
    settle(tab)
    _, content = take(tab, "Edges as CSV")
    both = pd.read_csv(io.BytesIO(content))
    assert set(both["kind"]) == {"curated", "co-expressed"}
    assert len(both) > len(edges)
    assert page.errors == []


def test_edges_are_inferred_and_a_link_shows_the_same_query(visit, address):
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Causal?gene=INS&dataset=pancreas_human&causal_query=all")
    panel = tab.get_by_text("Edges inferred from the cells of this context")
    panel.wait_for(timeout=60_000)
    expect(tab.get_by_role("combobox", name="Query")).to_have_value("All")
    panel.click()
    tab.get_by_role("button", name="Infer edges here").click()
    tab.get_by_text(re.compile(r"\d+ edges\. PC \(causal-learn\)")).wait_for(timeout=60_000)
    tab.get_by_text(re.compile("inferred, ")).first.wait_for()
    assert page.errors == []
