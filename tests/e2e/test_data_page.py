"""The Data page in a browser: bad files get one sentence, a good file becomes a graph."""

from __future__ import annotations

import re
from pathlib import Path

import anndata
import numpy as np
import pytest

from musegnn.graphs import read_gene_graph
from tests.e2e.browser import dashboard
from tests.toy_counts import gamma_poisson, write_counts

pytest_plugins = ("tests.ui_fixtures",)
pytestmark = pytest.mark.e2e

GENES = [f"RPL{i}" for i in range(3, 43)]


@pytest.fixture(scope="module")
def address(browser, atlas_folder):
    with dashboard(atlas_folder) as where:
        yield where


@pytest.fixture
def tab(browser, address):
    context = browser.new_context(viewport={"width": 1400, "height": 1100}, accept_downloads=True)
    page = context.new_page()
    page.goto(f"{address}/Data")
    page.get_by_role("button", name="Check and build the graph").wait_for(timeout=60_000)
    yield page
    context.close()


@pytest.fixture(scope="module")
def counts():
    return gamma_poisson(120, len(GENES), seed=3, module=8)[0].astype(np.float32)


@pytest.fixture(scope="module")
def bad_files(tmp_path_factory, counts):
    """Name of a problem -> file that has it, and what the page must say."""
    folder = tmp_path_factory.mktemp("bad")
    good = write_counts(folder / "good.h5ad", counts, GENES)
    text = folder / "text.h5ad"
    text.write_text("gene,cell\n", encoding="utf-8")
    empty = folder / "empty.h5ad"
    empty.touch()
    cut = folder / "cut.h5ad"
    cut.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    negative, missing = counts.copy(), counts.copy()
    negative[0, 0], missing[0, 0] = -1, np.nan
    doubled = folder / "doubled.h5ad"
    data = anndata.AnnData(counts)
    data.var_names = [GENES[0], *GENES[:-1]]
    data.write_h5ad(doubled)
    logarithm = np.log1p(counts)
    unknown = [f"probe_{i}" for i in range(len(GENES))]
    return {
        "no h5ad": (text, "found another format"),
        "logarithms": (write_counts(folder / "log.h5ad", logarithm, GENES), "no integers"),
        "negative": (write_counts(folder / "negative.h5ad", negative, GENES), "negative values"),
        "missing": (write_counts(folder / "nan.h5ad", missing, GENES), "NaN or infinite values"),
        "duplicates": (doubled, "Expected each gene name once"),
        "one cell": (write_counts(folder / "one.h5ad", counts[:1], GENES), "found 1 cell"),
        "unknown genes": (
            write_counts(folder / "unknown.h5ad", counts, unknown),
            "Expected human gene names",
        ),
        "empty": (empty, "found an empty file"),
        "truncated": (cut, "Expected counts"),
    }


def upload(tab, path: Path, tissue: str = "blood") -> None:
    tab.locator("input[type=file]").set_input_files(str(path))
    tab.get_by_text(path.name).first.wait_for()
    tab.get_by_role("textbox", name="Tissue").fill(tissue)
    tab.get_by_role("textbox", name="Tissue").press("Tab")
    tab.get_by_role("button", name="Check and build the graph").click()


@pytest.mark.parametrize(
    "problem",
    [
        "no h5ad",
        "logarithms",
        "negative",
        "missing",
        "duplicates",
        "one cell",
        "unknown genes",
        "empty",
        "truncated",
    ],
)
def test_a_bad_file_gets_one_clear_message_and_no_traceback(tab, bad_files, problem):
    path, sentence = bad_files[problem]
    upload(tab, path)
    alert = tab.get_by_role("alert").filter(has_text="Expected")
    alert.wait_for(timeout=60_000)
    assert sentence in alert.inner_text()
    assert "Traceback" not in tab.inner_text("body")
    assert tab.get_by_role("button", name="Gene graph as .h5ad").count() == 0


def test_a_missing_file_and_a_missing_tissue_are_asked_for(tab, bad_files):
    tab.get_by_role("button", name="Check and build the graph").click()
    tab.get_by_text("Choose a file first.").wait_for(timeout=30_000)
    upload(tab, bad_files["logarithms"][0], tissue="")
    tab.get_by_role("alert").filter(has_text="Expected tissue to be a word").wait_for(
        timeout=30_000
    )


def test_a_good_file_becomes_a_graph_to_take_away(tab, tmp_path, counts):
    upload(tab, write_counts(tmp_path / "my islets.h5ad", counts, GENES), tissue="pancreas")
    tab.get_by_role("heading", name="my_islets").wait_for(timeout=120_000)
    with tab.expect_download() as event:
        tab.get_by_role("button", name="Gene graph as .h5ad").click()
    assert event.value.suggested_filename == "my_islets.h5ad"
    saved = tmp_path / "graph.h5ad"
    saved.write_bytes(Path(event.value.path()).read_bytes())
    graph = read_gene_graph(saved)
    assert (graph.name, graph.tissue, graph.n_genes) == ("my_islets", "pancreas", len(GENES))
    body = tab.inner_text("body")
    assert re.search(r"cells: \d+ removed", body)
    assert re.search(r"Only 1[12]\d cells: correlations are uncertain", body)
    assert "The file holds only 40 genes" in body
