"""Techniques: a new one is a record, and every place that asks for one knows it."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.causal.gene_sample import read_cells
from musegnn.errors import InputError
from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.modalities import MODALITIES, Modality, find_modality, guess_modality
from musegnn.graphs.presets import GRAPH_PRESETS
from musegnn.graphs.quality import QualityControl
from musegnn.io.gene_names import GeneNames
from musegnn.screens.data import view as data
from musegnn.screens.data.view_preview import look_ahead, preview
from musegnn.screens.parts.uploads import Upload
from tests.command_line import musegnn
from tests.page_visits import texts, visit_page
from tests.toy_counts import gamma_poisson, make_expression

GENES = [f"RPL{i}" for i in range(3, 43)]


@pytest.fixture
def toy(monkeypatch):
    """Proteins: a technique that the program does not have."""
    record = Modality(
        name="protein",
        title="surface proteins",
        counted="tags of each protein on a cell",
        limits={"default": QualityControl(minimum_cells=5)},
        chosen_by="the first ones",
        choose=lambda expression, n_genes: np.arange(min(n_genes, len(expression.genes))),
        is_hinted=lambda expression, _has_peaks: "CITE" in expression.source.get("modality", ""),
    )
    monkeypatch.setitem(MODALITIES, "protein", record)
    return record


@pytest.fixture
def path(tmp_path):
    counts = gamma_poisson(150, len(GENES), seed=4, module=8)[0].astype("float32")
    file = tmp_path / "cells.h5ad"
    notes = {"modality": "CITE-seq"}
    anndata.AnnData(counts, var=pd.DataFrame(index=GENES), uns=notes).write_h5ad(file)
    return file


def test_a_graph_of_a_new_technique_goes_by_its_record(toy, path):
    context = Context("toy", "human", "blood", "protein")
    for preset in GRAPH_PRESETS:  # it has thresholds of its own for one of them only
        graph = build_gene_graph(path, context, names=GeneNames(), n_genes=12, preset=preset)
        assert graph.genes["gene"].tolist() == GENES[:12]
        assert graph.provenance["genes_chosen_by"] == "the first ones"
        assert graph.provenance["quality"]["minimum_cells"] == 5


def test_form_preview_and_build_of_the_page_know_a_new_technique(toy, path, work_here, monkeypatch):
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    file = Upload.of(path.name, path.read_bytes())
    found = preview(file)
    assert found.look.modality == "protein"
    view = look_ahead(found, species="human", modality="protein", preset="paper", annotation=None)
    assert any("fewer than 5 cells" in step for step in view.steps["step"])
    work = data.work_of(data.DataRequest(file, "human", "blood", "protein"), root=work_here)
    work.start()
    built = data.read_built(work.find().folder / "result")
    assert built.name == "cells"
    assert any("fewer than 5 cells" in line for line in built.report.steps)


def test_the_page_offers_a_new_technique_in_its_words(toy, path, monkeypatch):
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    page = visit_page("4_Data")
    page.file_uploader(key="_data_file").set_value((path.name, path.read_bytes(), "")).run()
    assert not page.exception
    assert "surface proteins" in page.selectbox(key="_data_modality").options
    assert "tags of each protein on a cell" in page.selectbox(key="_data_modality").help
    assert "Quality control would remove** (surface proteins)" in texts(page)


def test_the_command_line_builds_a_graph_of_a_new_technique(toy, path, tmp_path):
    context = ("--species", "human", "--tissue", "blood", "--modality", "protein")
    answer = musegnn("graph", path, *context, "--genes", 10, "-o", tmp_path / "a.h5ad")
    assert answer.code == 0, answer.err
    assert "in fewer than 5 cells" in answer.err
    refused = musegnn("graph", path, *context[:-1], "smell", "-o", tmp_path / "b.h5ad")
    assert "protein" in refused.err


def test_cells_of_a_new_technique_can_be_asked_for_causes(toy, path):
    kept = read_cells(path, species="human", modality="protein", names=GeneNames())
    assert kept.n_cells > 100
    with pytest.raises(InputError, match="Expected `modality` to be one of"):
        read_cells(path, species="human", modality="smell", names=GeneNames())


def test_a_file_without_hints_is_of_the_first_technique():
    plain = make_expression(np.ones((4, 3)), ["A", "B", "C"])
    assert guess_modality(plain, has_peaks=False).name == "scrna"
    assert guess_modality(plain, has_peaks=True).name == "scatac"


def test_every_technique_says_what_it_is():
    for name, record in MODALITIES.items():
        assert name == record.name
        assert find_modality(name).quality("default") == record.limits["default"]
        for words in (record.title, record.counted, record.chosen_by):
            assert words
