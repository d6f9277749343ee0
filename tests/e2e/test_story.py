"""The story of a first visit, in a real browser."""

import io
import re
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import pandas as pd
import pytest

from musegnn.embeddings.gene_search import GeneSearch
from musegnn.screens.shell.selection import rows_in_polygon
from tests.e2e.browser import dashboard

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def address(browser, atlas_folder):
    with dashboard(atlas_folder) as where:
        yield where


def test_gene_is_found_lit_opened_and_taken_home(visit, address, atlas):
    page = visit(address).open("/Atlas")
    assert page.state()["drawn"] == str(len(atlas.genes))

    box = page.tab.get_by_role("textbox", name="Find a gene")
    box.fill("CD3E")
    box.press("Enter")
    page.wait("d.lit === '6'")
    assert page.state()["labelled"] == "6"

    page.tab.get_by_role("button", name=re.compile("Neighbours of CD3E in blood_human")).click()
    page.tab.get_by_role("heading", name="CD3E in blood_human").wait_for(timeout=30_000)
    with page.tab.expect_download() as event:
        page.tab.get_by_role("button", name="Neighbours as CSV").click()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d_synthetic-atlas_3f9a2c7d_CD3E-blood-human-neighbours\.csv",
        event.value.suggested_filename,
    )
    table = pd.read_csv(io.BytesIO(Path(event.value.path()).read_bytes()))
    row = atlas.row("CD3E", "blood_human")
    own = atlas.rows_of_dataset("blood_human")
    cosine = pd.Series(atlas.unit_vectors[own] @ atlas.unit_vectors[row], index=own).drop(row)
    best = cosine.sort_values(ascending=False).head(20)
    assert table["gene"].tolist() == atlas.genes["gene"].iloc[best.index].tolist()
    np.testing.assert_allclose(table["cosine"], best, rtol=1e-5)
    assert set(table["config_hash"]) == {"3f9a2c7d"}

    page.tab.get_by_role("button", name="Light CD3E on the Atlas").click()
    page.wait("d.lit === '6'")

    hosts = {
        urlparse(url).hostname for url in page.requests if not url.startswith(("blob:", "data:"))
    }
    assert hosts == {"127.0.0.1"}
    assert page.errors == []


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


def test_lasso_selects_what_the_polygon_encloses(visit, address, atlas):
    page = visit(address).open("/Atlas")
    page.tool("lasso")
    centre = atlas.layout[GeneSearch(atlas).rows("CD3E")].mean(axis=0)
    corners = centre + 2.0 * np.array([[-1, -1], [1, -1.2], [1.1, 1], [-0.9, 1.1]])
    page.draw([*corners, corners[0] + [0.05, 0.05]])
    page.wait("Number(d.selected) > 0")
    expected = len(rows_in_polygon(atlas.layout, *corners.T.tolist()))
    assert expected > 20
    # a mouse moves by whole pixels, so a point on the outline may fall on either side
    assert abs(int(page.state()["selected"]) - expected) <= 2
    page.tab.get_by_role(
        "heading", name=f"Selection: {int(page.state()['selected'])} genes in context"
    ).wait_for()


def test_box_click_and_legend_select_and_zoom_stays(visit, address, atlas):
    page = visit(address).open("/Atlas")
    before = visible_range(page)
    page.tab.locator('.gene-map-entry[data-label="liver"]').click()
    n_liver = int((atlas.genes["tissue"] == "liver").sum())
    page.wait(f"d.selected === '{n_liver}'")

    x, y = page.pixel(*atlas.layout[0])
    page.tab.mouse.move(x, y)
    page.wait("d.hovered !== undefined")
    page.tab.mouse.click(x, y)
    page.wait("d.selected === '1'")

    page.tool("box")
    low, high = atlas.layout.min(axis=0) - 0.1, atlas.layout.max(axis=0) + 0.1
    page.draw([low, high])
    page.wait(f"d.selected === '{len(atlas.genes)}'")
    page.tab.get_by_role("button", name="Undo").click()
    page.wait("d.selected === '1'")
    assert visible_range(page) == pytest.approx(before, abs=0.01)


def test_tooltip_names_gene_context_and_cluster(visit, address, atlas):
    page = visit(address).open("/Atlas?gene=CD3E")
    row = int(GeneSearch(atlas).rows("CD3E")[0])
    page.tab.mouse.move(*page.pixel(*atlas.layout[row]))
    page.wait(f"d.hovered === '{row}'")
    text = page.tab.locator(".gene-map-tooltip").inner_text()
    own = atlas.genes.iloc[row]
    assert text.split("\n")[:3] == [own["gene"], own["dataset"], f"cluster {own['cluster']}"]


def test_map_has_a_text_alternative_and_tools_can_be_reached_by_keyboard(visit, address):
    page = visit(address).open("/Atlas?gene=CD3E")
    label = page.tab.get_by_role("img", name=re.compile("Map of .* CD3E is lit in 6 contexts"))
    assert label.count() == 1
    tool = page.tab.get_by_role("button", name="Lasso")
    tool.focus()
    page.tab.keyboard.press("Enter")
    assert page.state()["tool"] == "lasso"


def test_copied_link_opens_the_same_view_in_a_clean_browser(visit, address):
    first = visit(address).open("/Atlas?gene=INS")
    first.choose_colour("species")
    first.wait("d.colour === 'species'")
    first.tab.wait_for_function("location.search.includes('colour=species')")
    link = first.tab.url
    second = visit(address)
    second.open(link.removeprefix(address))
    assert second.state()["colour"] == "species"
    assert second.state()["lit"] == first.state()["lit"] == "9"
