"""Reliability on the pages: a word on Gene, a colour and a filter on the map, doubts on Home."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musegnn import keys
from musegnn.embeddings.embedding_set import write_embedding_set
from tests.page_visits import texts, visit_page
from tests.ui_fixtures import make_embedding

SHARES = {"pancreas_human": 0.0, "pancreas_mouse": 0.6, "blood_human": 0.45}


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> Path:
    """Write a result in which half of the contexts were measured."""
    folder = tmp_path_factory.mktemp("measured")
    embedding = make_embedding()
    shares = embedding.genes[keys.DATASET].astype(str).map(SHARES).to_numpy(dtype=np.float32)
    table = embedding.genes.assign(**dict.fromkeys(keys.RELIABILITY_COLUMNS, shares))
    write_embedding_set(replace(embedding, table=table), folder / keys.EMBEDDING_FILE)
    return folder


@pytest.fixture
def visit(monkeypatch, measured, tmp_path):
    def run(page, **query):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(measured))
        monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(tmp_path))
        return visit_page(page, query=query)

    return run


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        ("pancreas_human", "Neighbours of INS here: as chance.** 0 of 20"),
        ("blood_human", "Neighbours of INS here: fair.** 9 of 20"),
        ("liver_human", "was not measured"),
    ],
)
def test_gene_says_in_a_word_how_firm_its_neighbours_are(visit, dataset, said):
    page = visit("3_Gene", gene="INS", dataset=dataset)
    assert not page.exception
    assert said in texts(page)
    assert ("context is noise" in texts(page)) == (dataset == "pancreas_human")
    words = page.dataframe[0].value["reliability_word"]
    assert (words == said.split(": ")[1].split(".")[0]).all() if ": " in said else len(words)


def test_the_map_is_coloured_and_filtered_by_it(visit):
    page = visit("2_Atlas", colour="reliability")
    assert not page.exception
    assert "Noise" in texts(page)
    page.selectbox(key="least_firm").select("firm").run()
    page.button(key="select_firm").click().run()
    table = page.dataframe[0].value
    assert set(table["context"]) == {"pancreas_mouse"}
    assert set(table["reliability_word"]) == {"firm"}
    assert (table["reliability"] > 0.5).all()


def test_home_and_compare_name_contexts_of_noise(visit):
    page = visit("1_Home")
    assert "Pancreas, human, 10x" in page.warning[0].value
    found = page.dataframe[0].value.set_index("context")["reliability"]
    assert found["pancreas_human"].startswith("noise: 0 of ")
    assert found["liver_human"] == "not measured"
    assert "noise: 0 of" in texts(visit("6_Compare", left="pancreas_human", right="blood_human"))
