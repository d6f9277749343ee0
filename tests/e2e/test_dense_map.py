"""A map of more points than travel: density first, points where few are in view."""

import pytest
from playwright.sync_api import expect

from musegnn.embeddings.embedding_set import write_embedding_set
from tests.e2e.browser import dashboard
from tests.ui_fixtures import make_large_embedding

pytestmark = pytest.mark.e2e

N = 210_000


@pytest.fixture(scope="module")
def dense(browser, tmp_path_factory):
    embedding = make_large_embedding(N)
    folder = tmp_path_factory.mktemp("dense")
    write_embedding_set(embedding, folder / "embedding.h5ad")
    opened = str(tmp_path_factory.mktemp("opened"))
    with dashboard(folder, {"MUSEGNN_OPENED": opened}) as address:
        yield embedding, address


def test_density_travels_in_place_of_points_and_a_zoom_brings_these(visit, dense):
    embedding, address = dense
    page = visit(address).open("/Atlas")
    state = page.state()
    assert (state["drawn"], int(state["cells"]) > 100_000) == ("0", True)
    expect(
        page.tab.get_by_text(f"0 of {N:,} points drawn one by one, all as density")
    ).to_have_count(1)
    assert sum(page.received) <= 2_500_000  # the drawing library, the cells and the page
    x, y = embedding.layout[N // 2]
    part = f"{x - 0.3:.3f},{x + 0.3:.3f},{y - 0.2:.3f},{y + 0.2:.3f}"
    page = visit(address).open(f"/Atlas?zoom={part}")
    page.wait("Number(d.drawn) > 0 && d.cells === ''")
    page.tab.mouse.move(*page.pixel(x, y))
    page.wait("d.hovered !== undefined")
    page.tab.mouse.click(*page.pixel(x, y))
    page.tab.get_by_text("Selection: 1 gene in context").wait_for()
    assert page.errors == []
