"""What the mouse does on the map: wheel, box, click, legend, tooltip; the lasso is in the story."""

import pytest

from musegnn.embeddings.context_names import context_labels
from musegnn.embeddings.gene_search import GeneSearch

pytestmark = pytest.mark.e2e


def visible_range_of(text):
    return [float(part) for part in text.split()]


def visible_range(page):
    return visible_range_of(page.state()["range"])


def test_zoom_survives_a_new_colour_and_little_is_sent(visit, address):
    page = visit(address).open("/Atlas")
    box = page.frame()
    page.tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    everything = page.state()["range"]
    page.tab.mouse.wheel(0, -400)
    page.wait(f"d.range !== '{everything}'")
    page.tab.wait_for_timeout(500)  # the wheel settles
    zoomed = visible_range(page)
    assert zoomed != pytest.approx(visible_range_of(everything), rel=0.02)
    n_frames = len(page.received)
    page.choose_colour("cluster")
    page.wait("d.colour === 'cluster'")
    assert visible_range(page) == pytest.approx(zoomed, abs=0.01)  # a fraction of a pixel
    # the library and the points stay with the browser
    assert sum(page.received[n_frames:]) < 150_000


def test_box_click_and_legend_select_a_tooltip_tells_and_zoom_stays(visit, address, atlas):
    page = visit(address).open("/Atlas?names=off")  # a name answers in place of the points below
    before = visible_range(page)
    page.tab.locator('.gene-map-entry[data-label="liver"]').click()
    n_liver = int((atlas.genes["tissue"] == "liver").sum())
    page.wait(f"d.selected === '{n_liver}'")

    row = int(GeneSearch(atlas).rows("CD3E")[0])
    x, y = page.pixel(*atlas.layout[row])
    page.tab.mouse.move(x, y)
    page.wait(f"d.hovered === '{row}'")
    text = page.tab.locator(".gene-map-tooltip").inner_text()
    own = atlas.genes.iloc[row]
    words = context_labels(atlas.datasets)[own["dataset"]]
    assert text.split("\n")[:3] == [own["gene"], words, f"cluster {own['cluster']}"]
    page.tab.mouse.click(x, y)
    page.wait("d.selected === '1'")

    page.tool("box")
    low, high = atlas.layout.min(axis=0) - 0.1, atlas.layout.max(axis=0) + 0.1
    page.draw([low, high])
    page.wait(f"d.selected === '{len(atlas.genes)}'")
    page.tab.get_by_role("button", name="Undo").click()
    page.wait("d.selected === '1'")
    assert visible_range(page) == pytest.approx(before, abs=0.01)
