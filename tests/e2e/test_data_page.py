"""The Data page in a browser: bad files get one sentence, a good file becomes a graph."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from playwright.sync_api import expect
from scipy import sparse
from scipy.io import mmwrite

from musegnn.graphs import read_gene_graph
from musegnn.knowledge.gene_names import read_gene_names
from tests.e2e.browser import choose as choose_option
from tests.e2e.browser import take
from tests.toy_counts import gamma_poisson, write_counts

pytestmark = pytest.mark.e2e

LONG = 240_000  # a build lets pages go first, and so waits on a busy machine
GENES = [f"RPL{i}" for i in range(3, 43)]
SYMBOLS = sorted(read_gene_names(None).tables["human"].coding_symbols)


@pytest.fixture
def tab(browser, address):
    context = browser.new_context(viewport={"width": 1400, "height": 1100}, accept_downloads=True)
    page = context.new_page()
    page.goto(f"{address}/Data")
    page.get_by_text("Raw counts (.h5ad").wait_for(timeout=60_000)
    yield page
    context.close()


@pytest.fixture(scope="module")
def counts():
    return gamma_poisson(120, len(GENES), seed=3, module=8)[0].astype(np.float32)


def choose(tab, path: Path) -> None:
    tab.locator("input[type=file]").first.set_input_files(str(path))


def build(tab, tissue: str = "blood") -> None:
    tab.get_by_role("heading", name="Build the gene graph").wait_for(timeout=60_000)
    tab.get_by_role("textbox", name="Tissue").fill(tissue)
    tab.get_by_role("button", name="Build the graph").click()


def test_a_bad_file_gets_one_clear_message_and_no_traceback(tab, tmp_path):
    path = tmp_path / "text.h5ad"
    path.write_text("gene,cell\n", encoding="utf-8")
    choose(tab, path)
    alert = tab.get_by_role("alert").filter(has_text="Expected")
    alert.wait_for(timeout=60_000)
    assert "found another format" in alert.inner_text()
    assert "Traceback" not in tab.inner_text("body")
    expect(tab.get_by_role("button", name="Build the graph")).to_have_count(0)


def test_a_build_can_be_cancelled_and_started_again(tab, tmp_path):
    large = gamma_poisson(2500, 600, seed=1)[0].astype(np.float32)
    choose(tab, write_counts(tmp_path / "large.h5ad", large, SYMBOLS[:600]))
    build(tab, tissue="islets")
    cancel = tab.get_by_role("button", name="Cancel")
    cancel.wait_for(timeout=30_000)
    tab.get_by_text(re.compile(r", step \d of \d+")).wait_for(timeout=60_000)
    cancel.click()
    tab.get_by_text("Stopped; nothing was kept").wait_for(timeout=60_000)
    expect(tab.get_by_role("textbox", name="Tissue")).to_have_value("islets")
    assert tab.get_by_text("2,500").count() > 0
    expect(tab.get_by_role("button", name="Gene graph as .h5ad")).to_have_count(0)
    build(tab, tissue="islets")
    tab.get_by_role("button", name="Cancel").wait_for(timeout=30_000)
    tab.get_by_role("link", name="Home").click()  # the work goes on while another page is seen
    tab.get_by_role("heading", name="Genes in context").wait_for(timeout=30_000)
    tab.get_by_role("link", name="Data", exact=True).click()
    tab.get_by_text("Still here: large.h5ad").wait_for(timeout=30_000)
    tab.get_by_role("button", name="Gene graph as .h5ad").wait_for(timeout=LONG)
    expect(tab.get_by_role("textbox", name="Tissue")).to_have_value("islets")


def test_a_good_file_is_described_and_becomes_a_graph_to_take_away(tab, tmp_path, counts):
    choose(tab, write_counts(tmp_path / "my islets.h5ad", counts, GENES))
    tab.get_by_role("heading", name="What this file was taken for").wait_for(timeout=60_000)
    titles = tab.locator(".js-plotly-plot .xtitle")
    titles.filter(has_text="detected genes of a cell").wait_for()
    expect(titles).to_have_count(3)  # barcodes, counts, genes; no mitochondrial gene is known
    body = tab.inner_text("body")
    assert f"{np.median(counts.sum(axis=1)):,.0f}" in body
    assert re.search(r"cells: detected genes below \d+ or at least \d+", body)
    build(tab, tissue="")
    tab.get_by_role("alert").filter(has_text="Expected a tissue").wait_for(timeout=30_000)
    build(tab, tissue="pancreas")  # typed and pressed without leaving the field
    tab.get_by_role("heading", name="my_islets").wait_for(timeout=120_000)
    with tab.expect_download() as event:
        tab.get_by_role("button", name="Gene graph as .h5ad").click()
    assert event.value.suggested_filename == "my_islets.h5ad"
    saved = tmp_path / "graph.h5ad"
    saved.write_bytes(Path(event.value.path()).read_bytes())
    graph = read_gene_graph(saved)
    assert (graph.name, graph.tissue, graph.n_genes) == ("my_islets", "pancreas", len(GENES))
    body = tab.inner_text("body")
    assert "What each step did" in body
    assert re.search(r"Only 1[12]\d cells: correlations are uncertain", body)
    assert "The file holds only 40 genes" in body
    with tab.expect_download() as event:
        tab.get_by_role("button", name="Report as .json").click()
    report = json.loads(Path(event.value.path()).read_text(encoding="utf-8"))
    assert report["summary"]["edges"] == graph.n_edges


def write_trio(folder: Path, counts: np.ndarray, cells: list[str]) -> list[str]:
    """Write matrix, features and barcodes with ten antibodies behind the genes."""
    tags = np.random.default_rng(0).poisson(3.0, (len(counts), 10))
    whole = np.hstack([counts, tags]).astype(int)
    mmwrite(folder / "matrix.mtx", sparse.coo_matrix(whole.T))
    rows = [f"{gene}\t{gene}\tGene Expression" for gene in GENES]
    rows += [f"TAG{i}\tTAG{i}\tAntibody Capture" for i in range(10)]
    (folder / "features.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "barcodes.tsv").write_text("\n".join(cells) + "\n", encoding="utf-8")
    return [str(folder / name) for name in ("matrix.mtx", "features.tsv", "barcodes.tsv")]


def pictures(tab) -> list[str]:
    """Titles of the horizontal axes of the pictures on the page."""
    return tab.locator(".js-plotly-plot .xtitle").all_text_contents()


def test_three_files_are_looked_at_placed_and_built(tab, tmp_path, counts):
    cells = [f"AAACCTGC{i:04d}-1" for i in range(len(counts))]
    tab.locator("input[type=file]").first.set_input_files(write_trio(tmp_path, counts, cells))
    tab.get_by_text("Gene Expression, left out: 10 Antibody Capture").wait_for(timeout=60_000)
    tab.locator(".st-key-data_detected_histogram .xtitle").wait_for(timeout=60_000)
    assert "barcodes, by their counts" in pictures(tab)
    assert "x" not in pictures(tab)
    tab.get_by_text("Not right? Say what the file holds").click()
    choose_option(tab, "Kind of features", "Antibody Capture")
    tab.get_by_text("Antibody Capture, left out: 40 Gene Expression").wait_for(timeout=30_000)
    choose_option(tab, "Kind of features", "found automatically")
    tab.get_by_text("Gene Expression, left out: 10 Antibody Capture").wait_for(timeout=30_000)
    places = tmp_path / "places.csv"
    rows = [f"{cell},{i % 12},{i // 12}" for i, cell in enumerate(cells[:116])]
    places.write_text("\n".join(["barcode,x,y", *rows]) + "\n", encoding="utf-8")
    tab.locator("input[type=file]").nth(1).set_input_files(str(places))
    tab.get_by_text("4 of 120 cells lack one").wait_for(timeout=30_000)
    tab.locator(".st-key-data_spots .js-plotly-plot").wait_for(timeout=30_000)
    assert "y goes down as in an image" in tab.inner_text("body")
    build(tab, tissue="blood")
    tab.get_by_role("button", name="Gene graph as .h5ad").wait_for(timeout=LONG)
    name, content = take(tab, "Gene graph as .h5ad")
    (tmp_path / name).write_bytes(content)
    graph = read_gene_graph(tmp_path / name)
    assert graph.modality == "spatial"
    assert set(graph.genes["source_name"]) <= set(GENES)  # RPL40 is called UBA52 now
    assert any("places.csv" in line for line in graph.provenance["reading"])


def test_a_reload_finds_the_build_that_goes_on_and_names_its_file(tab, tmp_path):
    large = gamma_poisson(2500, 600, seed=2)[0].astype(np.float32)
    choose(tab, write_counts(tmp_path / "slow one.h5ad", large, SYMBOLS[:600]))
    build(tab, tissue="islets")
    tab.get_by_role("button", name="Cancel").wait_for(timeout=30_000)
    tab.reload()
    tab.get_by_text("the graph of the file slow one.h5ad").wait_for(timeout=60_000)
    # whether it still goes on hangs on the machine: it is cancelled if the button is there yet
    tab.get_by_text(re.compile(r"step \d of \d+|Gene graph as")).first.wait_for(timeout=60_000)
    with contextlib.suppress(PlaywrightTimeoutError):
        tab.get_by_role("button", name="Cancel").click(timeout=5_000)
    ended = re.compile("Stopped; nothing was kept|Gene graph as")
    tab.get_by_text(ended).first.wait_for(timeout=LONG)
    tab.get_by_role("button", name="Change something and build again").click()
    tab.get_by_role("heading", name="Build the gene graph").wait_for(timeout=60_000)
    expect(tab.get_by_role("textbox", name="Tissue")).to_have_value("islets")
    expect(tab.get_by_role("textbox", name="Name of the dataset")).to_have_value("slow_one")
