"""The Lineages page: what ships, one of a run, none at all, a link that leads nowhere."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from musegnn import keys
from musegnn.lineages.result import read_lineage
from musegnn.screens.lineages import view as lineages
from musegnn.screens.lineages.figure_groups import plot_groups
from musegnn.screens.lineages.view import LineageRequest
from musegnn.screens.lineages.view_trace import TraceRequest, check_trace, work_of
from musegnn.screens.parts.uploads import Upload
from tests.page_visits import labels, texts
from tests.toy_lineage_files import write_atlas, write_cells
from tests.toy_runs import submit_waiting

PAGE = "13_Lineages"


@pytest.fixture
def no_runs(monkeypatch, tmp_path):
    """A folder of runs without any."""
    monkeypatch.setenv("MUSEGNN_RUNS", str(tmp_path / "runs"))


@pytest.fixture(scope="module")
def shipped():
    return read_lineage(lineages.SHIPPED)


def test_the_shipped_lineage_is_told_in_words_with_its_control(open_page, no_runs, shipped):
    page = open_page(PAGE)
    assert not page.exception
    assert not page.error
    said = texts(page)
    assert "739 cells in 8 groups by label" in said
    assert "begins in Ductal" in said
    assert "With the vectors of genes dealt out to other genes" in said
    assert "made by clustering the same counts" in said
    assert f"{shipped.n_rising:,} genes that rise" in said
    assert "Neighbours of Gnas" in labels(page)
    rows = next(frame.value for frame in page.dataframe if "ari" in frame.value)
    assert len(rows) == 5


def test_a_gene_colours_the_cells_and_an_unknown_one_is_told(open_page, no_runs):
    page = open_page(PAGE, query={"cell_colour": "gene", "cell_gene": "ins2"})
    assert not page.exception
    assert "a gene is the mean over a cell and its nearest cells" in texts(page)
    page.sidebar.text_input[0].set_value("Nosuchgene").run()
    assert not page.exception
    assert "found `Nosuchgene`" in texts(page)


def test_a_reload_finds_the_lineage_that_is_traced_and_can_stop_it(open_page, no_runs, tmp_path):
    root = tmp_path / "runs"
    file = Upload.of("cells.h5ad", write_cells(tmp_path / "cells.h5ad", 40).read_bytes())
    vectors = write_atlas(tmp_path / "atlas") / keys.EMBEDDING_FILE
    asked = TraceRequest(file, vectors, settings={"labels": "stage", "root": "A"})
    work = work_of(asked, check_trace(asked, {"stage": ("A", "B", "C", "D")}), root=root)
    submit_waiting(root, work)
    page = open_page(PAGE)
    assert "Lineage of cells.h5ad**, as it was asked before" in texts(page)
    page.button(key="lineage_cancel").click().run()
    page.run()
    assert not page.exception
    assert "Stopped; nothing was kept" in page.info[0].value


def test_a_link_to_a_run_that_is_gone_is_told(open_page, no_runs):
    page = open_page(PAGE, query={"lineage": "no-such-run"})
    assert not page.exception
    assert "no finished run" in texts(page)
    assert "739 cells" in texts(page)


def test_without_any_lineage_the_page_says_what_to_do(open_page, no_runs, monkeypatch, tmp_path):
    monkeypatch.setattr(lineages, "SHIPPED", tmp_path / "nothing")
    page = open_page(PAGE)
    assert not page.exception
    assert "No lineage is at hand" in texts(page)


def test_a_damaged_lineage_is_one_sentence(open_page, no_runs, monkeypatch, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(lineages.SHIPPED, broken)
    (broken / "lineage.json").write_text("{}")
    monkeypatch.setattr(lineages, "SHIPPED", broken)
    page = open_page(PAGE)
    assert not page.exception
    assert "Expected a lineage, found a damaged" in page.error[0].value


def test_colours_are_of_all_cells(shipped):
    for colour in ("label", "cluster", "pseudotime"):
        layer = lineages.build(LineageRequest(colour), shipped).layer
        assert len(layer.codes) == len(shipped.cells)
    gene = lineages.build(LineageRequest("gene", "INS2"), shipped)
    assert gene.gene == "Ins2"
    values = shipped.expression("Ins2")
    beta = (shipped.cells.table["label"] == "Beta").to_numpy()
    assert values[beta].mean() > 3 * values[~beta].mean()  # insulin is what beta cells make


def test_the_picture_has_every_group_and_the_edges_that_were_missed(shipped):
    edges = lineages.edges_table(shipped)
    assert (edges["kind"] == "tree").sum() == len(shipped.groups.tree) == 7
    known = {frozenset(edge) for edge in lineages.known_edges(shipped)}
    tree = {frozenset(edge) for edge in shipped.groups.tree}
    assert (edges["kind"] == "known").sum() == len(known - tree)
    figure = plot_groups(shipped.places, edges, ["#000"] * 8)
    assert list(figure.data[-1].text) == list(shipped.groups.names)
    assert {note.text for note in figure.layout.annotations} == set(shipped.groups.names)
    assert len(known & tree) == round(shipped.scores["joint"].tree * len(known))


def test_names_of_groups_are_no_markup(shipped):
    names = shipped.places.replace({"group": {"Beta": "<b>Beta</b>"}})
    edges = lineages.edges_table(shipped).replace("Beta", "<b>Beta</b>")
    figure = plot_groups(names, edges, ["#000"] * 8)
    assert "&lt;b&gt;Beta&lt;/b&gt;" in figure.data[-1].text
    assert "&lt;b&gt;Beta&lt;/b&gt;" in {note.text for note in figure.layout.annotations}


def test_what_ships_is_small_and_is_what_its_manifest_says(shipped):
    import hashlib
    import json

    folder = lineages.SHIPPED
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert manifest["dataset"]["licence"]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000
    assert shipped.cells.vectors.dtype == np.float32
    half = shipped.cells.vectors.astype(np.float16).astype(np.float32)
    assert np.array_equal(half, shipped.cells.vectors)
