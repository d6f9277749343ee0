"""A link copied from a page opens the same view in a clean profile, or says what is missing."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from musegnn.embeddings.gene_search import GeneSearch

pytestmark = pytest.mark.e2e

SAME = ("lit", "selected", "colour", "drawn")


def copied_link(tab):
    """Open the panel of the link and return what its copy button copies."""
    tab.get_by_role("button", name="Copy link").click()
    code = tab.get_by_test_id("stPopoverBody").get_by_test_id("stCode")
    code.wait_for()
    link = code.inner_text().strip()
    tab.keyboard.press("Escape")
    return link


def test_link_of_a_zoomed_map_with_a_selection_opens_the_same_map(visit, address, atlas):
    page = visit(address).open("/Atlas?gene=CD3E")
    tab = page.tab
    page.choose_colour("cluster")
    page.wait("d.colour === 'cluster'")
    page.tool("lasso")
    centre = atlas.layout[GeneSearch(atlas).rows("CD3E")].mean(axis=0)
    page.draw(centre + 3.0 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -0.9]]))
    page.wait("Number(d.selected) > 90")
    page.tool("pan")
    box = page.frame()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    whole = page.state()["range"]
    tab.mouse.wheel(0, -300)
    page.wait(f"d.range !== '{whole}'")
    tab.wait_for_url(re.compile("zoom="), timeout=30_000)
    link = copied_link(tab)
    assert len(link) < 2_000
    assert link == tab.url

    second = visit(address)
    second.tab.goto(link)
    second.tab.wait_for_selector(".gene-map[data-drawn]", timeout=60_000)
    before, after = page.state(), second.state()
    assert {name: after[name] for name in SAME} == {name: before[name] for name in SAME}
    places = [np.array(state["range"].split(), dtype=float) for state in (before, after)]
    np.testing.assert_allclose(places[1], places[0], atol=0.3)
    assert second.tab.get_by_role("heading", name=re.compile("^Selection:")).inner_text() == (
        tab.get_by_role("heading", name=re.compile("^Selection:")).inner_text()
    )
    assert page.errors == second.errors == []


def test_saved_session_is_loaded_in_a_clean_profile(visit, address, tmp_path):
    page = visit(address).open("/Atlas?gene=CD3E&list=CD3E,GCG")
    tab = page.tab
    tab.get_by_role("button", name="Select these genes").click()
    page.wait("Number(d.selected) > 9")
    tab.get_by_role("button", name="Session", exact=True).click()
    with tab.expect_download() as event:
        tab.get_by_role("button", name="Save session").click()
    file = tmp_path / event.value.suggested_filename
    event.value.save_as(file)
    assert "synthetic-atlas" in file.name
    assert file.suffix == ".json"

    second = visit(address).open("/Atlas")
    second.tab.get_by_role("button", name="Session", exact=True).click()
    with second.tab.expect_response(lambda answer: "upload_file" in answer.url):
        second.tab.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
    second.tab.get_by_test_id("stFileChip").wait_for()
    second.tab.get_by_role("button", name="Load session").click()
    second.wait("Number(d.selected) > 9 && d.lit === '6'")
    assert second.state()["selected"] == page.state()["selected"]
    expect(second.tab.get_by_role("textbox", name="Paste gene names")).to_have_value("CD3E\nGCG")
    assert page.errors == second.errors == []


def test_link_with_unknown_ids_opens_the_rest_and_says_what_is_missing(visit, address):
    page = visit(address).open("/Atlas?gene=CD3E&selection=" + "0" * 24 + "&colour=tisue&foo=1")
    assert page.state()["lit"] == "6"
    message = page.tab.get_by_role("alert").filter(has_text="of the link was left out")
    text = message.inner_text()
    assert "none under" in text
    assert "Nearest: tissue" in text
    assert "foo" in text
    page.tab.get_by_role("button", name="Close").click()
    message.wait_for(state="detached")
    assert page.tab.url.endswith("/Atlas?gene=CD3E")
