"""A map begins where most points are; the few far out are marks on its rim."""

from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from musegnn.embeddings.embedding_set import write_embedding_set
from tests.e2e.browser import dashboard
from tests.ui_fixtures import make_large_embedding

pytestmark = pytest.mark.e2e
FAR = 5


@pytest.fixture(scope="module")
def address(browser, tmp_path_factory):
    embedding = make_large_embedding(3000)
    layout = np.array(embedding.layout, copy=True)
    away = np.array([[900, 0], [-900, 0], [0, 900], [0, -900], [900, 900]])
    layout[:FAR] = layout.mean(axis=0) + away
    folder = tmp_path_factory.mktemp("crowd")
    write_embedding_set(replace(embedding, layout=layout), folder / "embedding.h5ad")
    with dashboard(folder) as where:
        yield where


def test_a_few_points_far_out_do_not_decide_the_frame(visit, address):
    page = visit(address).open("/Atlas")
    state = page.state()
    assert state["drawn"] == "3000"
    assert int(state["beyond"]) >= FAR
    x0, x1, y0, y1 = map(float, state["range"].split())
    assert max(x1 - x0, y1 - y0) < 900
    assert page.tab.locator(".gene-map-rim path").count() >= FAR
    expect(page.tab.get_by_text("beyond the frame")).to_have_count(1)
    page.tab.get_by_role("button", name="See everything").click()
    page.wait("d.beyond === '0'")
    expect(page.tab.locator(".gene-map-rim path")).to_have_count(0)
    assert page.errors == []
