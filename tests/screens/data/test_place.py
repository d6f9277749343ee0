"""Place in the atlas on the Data page: asked for, refused, shown, taken out again."""

from __future__ import annotations

import pandas as pd
import pytest

from musegnn import keys
from musegnn.embeddings.placement_fit import CONTEXT_COLUMNS, GROUP_COLUMNS, PlacementFit
from musegnn.runs.record import record_of
from musegnn.screens.data import view_place
from tests.page_visits import texts
from tests.screens.data.test_page import build, choose, counts, downloads, finish, h5ad, page
from tests.toy_counts import gamma_poisson
from tests.ui_fixtures import MODULES

__all__ = ["counts", "h5ad", "page"]
NAMES = sorted({name for text in MODULES.values() for name in text.split()} - {"Gm1234"})


def made_fit(**changes):
    """A dataset that fits, in an atlas of two contexts."""
    values = dict.fromkeys(CONTEXT_COLUMNS, 0.1) | {"species": "human", "technique": "10x"}
    rows = [
        {**values, "context": "b", "tissue": "blood", "near": 0.2},
        {**values, "context": "a", "tissue": "liver"},
    ]
    groups = pd.DataFrame([dict.fromkeys(GROUP_COLUMNS, 0.1) | {"of": "tissue", "group": "blood"}])
    usual = {
        "name": "mine",
        "n_genes": 1000,
        "n_anchors": 640,
        "near": 0.15,
        "chance": 0.01,
        "place": 0.2,
        "control": 0.45,
        "margin": 20.0,
        "contexts": pd.DataFrame(rows)[list(CONTEXT_COLUMNS)],
        "groups": groups,
    }
    return PlacementFit(**(usual | changes))


def build_of(page):
    """Build the graph of the chosen file, cells of blood."""
    page.text_input(key="_data_tissue").set_value("blood").run()
    return build(page)


def test_words_come_before_numbers():
    view = view_place.describe(made_fit(), "the atlas")
    assert view.nearest == "mine lies nearest to b (blood, 10x), then a."
    assert view.sentence.startswith("mine fits. 640 of its 1,000 genes stand in the atlas too.")
    assert "15.0 % of the time" in view.sentence
    assert "15.0 times chance (1.0 %)" in view.sentence
    assert view.contexts["near"].tolist() == [20.0, 10.0]  # percent


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "fits"),
        ({"near": 0.03}, "fits poorly"),
        ({"margin": 2.9}, "does not fit"),
        ({"margin": float("nan")}, "does not fit"),
        ({"control": 0.27}, "does not fit"),
    ],
)
def test_each_verdict_has_its_words(changes, verdict):
    view = view_place.describe(made_fit(**changes), "the atlas")
    assert view.verdict == verdict
    assert view.sentence.startswith(f"mine {verdict}")
    assert bool(view.nearest) == (verdict != "does not fit")


def test_the_new_context_is_told_apart_on_the_map(atlas):
    layer = view_place.new_context_layer(atlas, "heart_mouse")
    assert layer.codes.tolist() == (atlas.table[keys.DATASET] == "heart_mouse").astype(int).tolist()
    assert [entry.n for entry in layer.legend] == [
        int((layer.codes == 0).sum()),
        int((layer.codes == 1).sum()),
    ]


def test_too_few_genes_in_common_are_told_on_the_page(page, h5ad):
    build_of(choose(page, h5ad()))
    assert "no vector of the atlas moves" in texts(page)
    page.button(key="data_place").click().run()
    finish(page)
    assert "Expected at least 100 genes of my_cells" in texts(page)


def test_a_graph_is_placed_shown_opened_and_taken_out(page, h5ad, work_here, atlas):
    matrix = gamma_poisson(150, len(NAMES), seed=3, module=12)[0].astype("float32")
    build_of(choose(page, h5ad(matrix, NAMES)))
    page.button(key="data_place").click().run()
    finish(page)
    found = texts(page)
    assert "With their names hidden" in found
    assert "How well it fits, context by context" in found
    assert {"How well it fits as CSV", "Atlas with it as .h5ad"} <= set(downloads(page))
    (run,) = [record_of(path) for path in work_here.iterdir() if "-placement-" in path.name]
    assert run.can_open
    page.button(key="data_placed_undo").click().run()
    assert not page.exception
    assert [button.key for button in page.button if button.key == "data_place"] == ["data_place"]
