"""Lit points that coincide on the map all keep a name that can be read."""

import dataclasses
import itertools

import pytest

from musegnn.embeddings.embedding_set import write_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from tests.e2e.browser import dashboard
from tests.ui_fixtures import make_embedding

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def coinciding(browser, tmp_path_factory):
    embedding = make_embedding()
    layout = embedding.layout.copy()
    rows = GeneSearch(embedding).rows("CD3E")
    layout[rows] = layout[rows[0]]
    corner = GeneSearch(embedding).rows("ALB")
    layout[corner] = layout.max(axis=0) + 1  # at the edge there is room on two sides only
    folder = tmp_path_factory.mktemp("coincide")
    write_embedding_set(dataclasses.replace(embedding, layout=layout), folder / "embedding.h5ad")
    with dashboard(folder) as where:
        yield where


@pytest.mark.parametrize(("gene", "n"), [("CD3E", 6), ("ALB", 3)])
def test_labels_of_coinciding_points_lie_apart_and_inside(visit, coinciding, gene, n):
    page = visit(coinciding).open(f"/Atlas?gene={gene}")
    page.wait(f"d.labelled === '{n}'")
    assert_labels_can_be_read(page, gene, n)
    width = page.frame()["width"]
    page.tab.set_viewport_size({"width": 900, "height": 900})
    page.tab.wait_for_function(
        "width => document.querySelector('.gene-map-plot')?._fullLayout?.width < width", arg=width
    )
    # the labels are placed anew once the picture has its new size
    page.tab.wait_for_function(
        """() => {
            const { right } = document.querySelector('.gene-map-frame').getBoundingClientRect();
            const labels = [...document.querySelectorAll('.gene-map-labels text')];
            return labels.every((label) => label.getBoundingClientRect().right <= right);
        }"""
    )
    assert_labels_can_be_read(page, gene, n)


def assert_labels_can_be_read(page, gene, n):
    frame = page.frame()
    labels = page.tab.locator(".gene-map-labels text")
    assert len(set(labels.all_text_contents())) == n
    boxes = [labels.nth(i).bounding_box() for i in range(n)]
    for box in boxes:
        assert frame["x"] <= box["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]
        assert frame["y"] <= box["y"] + 2
        assert box["y"] + box["height"] <= frame["y"] + frame["height"] + 2
    for first, second in itertools.combinations(boxes, 2):
        beside = (
            first["x"] + first["width"] <= second["x"] + 1
            or second["x"] + second["width"] <= first["x"] + 1
        )
        # boxes of text have empty room above and below the letters
        above = abs(first["y"] - second["y"]) >= 13
        assert beside or above
    text = page.tab.locator(".gene-map-lit-note").inner_text()
    assert text == f"{gene} lit in {n} of 6 contexts"
