"""Whatever `MUSEGNN_ATLAS` points to, a page says what it expected, what it found, what to do."""

import re

import anndata
import numpy as np
import pytest

from musegnn import keys
from tests.page_visits import texts


def missing_folder(folder, _good):
    return folder / "nothing"


def empty_folder(folder, _good):
    return folder


def empty_file(folder, _good):
    (folder / keys.EMBEDDING_FILE).touch()
    return folder


def text_file(folder, _good):
    (folder / keys.EMBEDDING_FILE).write_text("gene,cell\n", encoding="utf-8")
    return folder


def truncated_file(folder, good):
    whole = (good / keys.EMBEDDING_FILE).read_bytes()
    (folder / keys.EMBEDDING_FILE).write_bytes(whole[: len(whole) // 2])
    return folder


def gene_graph(folder, good):
    graph = next((good / keys.GRAPHS_FOLDER).glob("*.h5ad"))
    (folder / keys.EMBEDDING_FILE).write_bytes(graph.read_bytes())
    return folder


def counts(folder, _good):
    rng = np.random.default_rng(0)
    data = anndata.AnnData(rng.poisson(1.0, size=(30, 20)).astype(np.float32))
    data.write_h5ad(folder / "counts.h5ad")
    return folder / "counts.h5ad"


PAGES = ("1_Home", "2_Atlas", "3_Gene")
CASES = [
    (missing_folder, "found none"),
    (empty_folder, "found none"),
    (empty_file, "found an empty file"),
    (text_file, "found another format"),
    (truncated_file, "found a file that is cut off"),
    (gene_graph, "found another kind of h5ad file"),
    (counts, "found another kind of h5ad file"),
]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("make", "found"), CASES, ids=[make.__name__ for make, _ in CASES])
def test_bad_atlas_is_one_clear_message(open_page, tmp_path, atlas_folder, name, make, found):
    page = open_page(name, folder=make(tmp_path, atlas_folder))
    assert not page.exception
    text = texts(page)
    assert found in text
    assert len(re.findall("Expected", text)) == 1
    assert "musegnn train" in text
    assert "Traceback" not in text
    assert len(page.error) <= 1
    assert page.subheader[0].value == "No atlas is loaded"
    assert not page.expander
    assert [button.label for button in page.button] == ["Look again"]
