"""Every page on no atlas, on a broken one, on the smallest one, and with everything chosen."""

import dataclasses

import numpy as np
import pytest

from musegnn import keys
from musegnn.embeddings.embedding_set import write_embedding_set
from musegnn.screens.shell.selection import Selection, SelectionHistory
from tests.page_visits import NEEDING_AN_ATLAS, PAGES, labels, texts


@pytest.fixture(scope="module")
def lonely(atlas, tmp_path_factory):
    """An atlas of one context with twelve genes, none of which has an edge."""
    rows = atlas.rows_of_dataset("heart_mouse")[:12]
    genes = atlas.genes.iloc[rows].reset_index(drop=True)
    part = dataclasses.replace(
        atlas,
        vectors=atlas.vectors[rows],
        table=genes.assign(**{keys.DEGREE: 0}),
        layout=atlas.layout[rows],
        neighbour_graph=atlas.neighbour_graph[rows][:, rows],
        datasets=atlas.datasets.loc[["heart_mouse"]],
    )
    folder = tmp_path_factory.mktemp("lonely")
    write_embedding_set(part, folder / keys.EMBEDDING_FILE)
    return folder, part


@pytest.mark.parametrize("name", NEEDING_AN_ATLAS)
def test_without_an_atlas_it_says_how_to_get_one(open_page, tmp_path, name):
    page = open_page(name, folder=tmp_path / "nothing")
    assert not page.exception
    assert page.subheader[0].value == "No atlas is loaded"
    assert "musegnn train" in texts(page)
    assert labels(page) == ["Look again"]


@pytest.mark.parametrize("name", sorted({*PAGES} - {*NEEDING_AN_ATLAS}))
def test_without_an_atlas_other_pages_work_and_the_sidebar_says_so(open_page, tmp_path, name):
    page = open_page(name, folder=tmp_path / "nothing", query={"gene": "INS", "selection": "~AAAA"})
    assert not page.exception
    assert not page.error
    said = [item.value for item in (*page.sidebar.markdown, *page.sidebar.caption)]
    assert "**No atlas is loaded**" in said
    assert any("MUSEGNN_ATLAS" in text for text in said)
    assert "No atlas is loaded" not in [item.value for item in page.subheader]
    # a page with vectors of its own finds a selection on others
    assert "`selection` of the link was left out. Expected a" in page.warning[0].value
    assert "save_session" in [item.key for item in page.get("download_button")]


@pytest.mark.parametrize("name", PAGES)
def test_a_damaged_atlas_is_explained(open_page, tmp_path, name):
    (tmp_path / "embedding.h5ad").write_bytes(b"this is not HDF5")
    page = open_page(name, folder=tmp_path)
    assert not page.exception
    assert "another format" in page.error[0].value
    assert "Traceback" not in texts(page)


@pytest.mark.parametrize("name", PAGES)
def test_the_smallest_atlas_leaves_a_page_that_says_what_to_do(open_page, lonely, name):
    folder, part = lonely
    page = open_page(name, folder=folder, query={"gene": str(part.genes["gene"].iloc[0])})
    assert not page.exception
    assert not [item.value for item in page.error if "could not be drawn" in item.value]
    assert len(texts(page)) > 100


@pytest.mark.parametrize("name", PAGES)
def test_with_everything_chosen_no_page_breaks(open_page, atlas, name):
    query = {
        "gene": "CD3E",
        "dataset": "blood_human",
        "list": "CD3E,GCG,nope",
        "left": "blood_human",
        "right": "spleen_mouse",
        "enrichment_kind": "selection",
        "causal_kind": "selection",
        "labels_kind": "selection",
    }
    history = SelectionHistory((Selection(np.arange(0, 900, 11), "every eleventh"),))
    page = open_page(name, query=query)  # the id of the atlas is known after a first run
    page.session_state["history"] = history
    page.run()
    assert not page.exception
    assert not [item.value for item in page.error if "could not be drawn" in item.value]
    assert len(page.main.children) > 0
