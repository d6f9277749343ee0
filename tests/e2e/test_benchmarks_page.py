"""The Benchmarks page in a real browser: groups of metrics, downloads, a link to a group."""

import io
import json
import re

import pandas as pd
import pytest

from musegnn.screens.benchmarks import view as benchmarks
from tests.e2e.browser import ROOT, take

pytestmark = pytest.mark.e2e

SHIPPED = ROOT / "data" / "benchmarks" / "eleven_datasets.json"
TITLE = json.loads(SHIPPED.read_text(encoding="utf-8"))["title"]


def choose_benchmark(tab):
    """Choose the eleven datasets where several benchmarks are at hand."""
    tab.get_by_role("heading", name="Benchmarks", exact=True).wait_for(timeout=60_000)
    box = tab.get_by_role("combobox", name="Benchmark", exact=True)
    tab.locator(".st-key-benchmark_ranks .js-plotly-plot").wait_for(timeout=60_000)
    if box.count():
        box.click()
        tab.get_by_role("option", name=SHIPPED.stem.replace("_", " "), exact=True).click()
    tab.get_by_text(re.compile(f"{TITLE}: ")).first.wait_for()


def explained(tab, metric):
    """The line below the tables that says what a metric means."""
    return tab.locator("li strong", has_text=metric.label).first


def test_a_group_is_chosen_its_numbers_taken_home_and_its_link_opened(visit, address):
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Benchmarks")
    choose_benchmark(tab)
    view = benchmarks.build(SHIPPED)
    last = view.groups[-1]
    tab.get_by_role("radio", name=last.name, exact=True).or_(
        tab.get_by_role("button", name=last.name, exact=True)
    ).first.click()
    explained(tab, last.metrics[0]).wait_for()
    body = tab.locator("[data-testid=stMain]").inner_text()
    assert all(metric.failure[:30] in body for metric in last.metrics)

    name, content = take(tab, "Table as TSV")
    assert name.endswith("benchmark.tsv")
    taken = pd.read_csv(io.BytesIO(content), sep="\t", comment="#")
    expected = pd.read_csv(io.BytesIO(view.tsv), sep="\t", comment="#")
    pd.testing.assert_frame_equal(taken, expected)
    controls = set(taken.loc[taken["role"] == "control", "method"])
    assert {"random", "collapsed", "degree", "name_clusters"} <= controls

    tab.wait_for_function("location.search.includes('group=')")
    second = visit(address, viewport={"width": 900, "height": 900}, color_scheme="dark")
    second.tab.goto(tab.url)
    explained(second.tab, last.metrics[0]).wait_for(timeout=60_000)
    assert second.tab.evaluate("document.documentElement.scrollWidth") <= 900
    assert page.errors == second.errors == []
