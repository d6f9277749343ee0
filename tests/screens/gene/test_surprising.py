"""Surprising company on the Gene page and on the command line."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from musegnn.cli.main import main
from musegnn.embeddings.embedding_set import write_embedding_set
from tests.page_visits import labels, texts, visit_page
from tests.ui_fixtures import make_embedding

GENE = {"gene": "EBF1", "dataset": "pancreas_human"}
CONTEXT = "all genes of the context"


@pytest.fixture
def visit(monkeypatch, atlas_folder, tmp_path):
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(tmp_path))

    def run(folder=atlas_folder, **query):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(folder))
        page = visit_page("3_Gene", query={**GENE, **query})
        assert not page.exception
        assert not page.error
        return page

    return run


def found_pairs(page):
    tables = [item.value for item in page.dataframe]
    return next((table for table in tables if {"other", "q"} <= set(table)), None)


def test_nothing_is_compared_until_it_is_asked_and_the_link_keeps_the_choice(visit):
    page = visit()
    assert "Surprising company" in texts(page)
    assert found_pairs(page) is None
    page.segmented_control(key="_company").set_value("the gene").run()
    assert page.query_params["company"] == "the gene"
    table = found_pairs(page)
    assert set(table["gene"]) == {"EBF1"}
    assert (table["q"] < 0.05).all()
    assert not (table["knowledge_percentile"] >= 95).any()
    assert "pairs of EBF1 in Pancreas, human, 10x 3' v2, 2,126 cells" in texts(page)


def test_all_genes_of_a_context_open_light_and_have_a_program(visit, atlas_folder, monkeypatch):
    page = visit(company=CONTEXT)
    table = found_pairs(page)
    assert table["gene"].nunique() > 3
    at = np.flatnonzero(table["kind"] != "surprising")
    assert (np.diff(at) == 1).all()  # surprising ones come first
    assert "Light on the Atlas" in labels(page)
    code = next(item.value for item in page.code if "stand_out" in item.value)
    space: dict = {}
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    exec(code, space)
    pd.testing.assert_frame_equal(
        space["table"][["gene", "other", "q", "kind"]], table[["gene", "other", "q", "kind"]]
    )


def test_the_command_lists_the_same(visit, atlas_folder, capsys):
    table = found_pairs(visit(company="the gene"))
    assert (
        main(["surprising", str(atlas_folder), "pancreas_human", "--gene", "ebf1", "--json"]) == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert [pair["other"] for pair in told["company"]] == table["other"].tolist()
    assert told["pairs"] == make_embedding().datasets.loc["pancreas_human", "n_genes"] - 1


def test_a_context_without_company_says_what_that_means(visit, atlas_folder, tmp_path):
    plain = make_embedding()
    noise = np.random.default_rng(3).normal(size=plain.vectors.shape).astype(np.float32)
    folder = tmp_path / "noise"
    folder.mkdir()
    write_embedding_set(replace(plain, vectors=noise), folder / "embedding.h5ad")
    page = visit(folder, company=CONTEXT)
    assert "No pair of Pancreas, human, 10x 3' v2, 2,126 cells stands out" in texts(page)
    assert found_pairs(page) is None
