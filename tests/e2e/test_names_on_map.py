"""A map that speaks: names of clusters, the card of a point, the legend, and all of it by keys."""

import numpy as np
import pytest
from playwright.sync_api import expect

from musegnn.embeddings.context_names import context_labels
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.settings import REPOSITORY
from tests.e2e.browser import dashboard

pytestmark = pytest.mark.e2e

ANNOTATION = str(REPOSITORY / "data" / "annotation")
NAMES = ".gene-map-placed:visible"


@pytest.fixture(scope="module")
def address(browser, atlas_folder):
    with dashboard(atlas_folder, {"MUSEGNN_SHIPPED": ANNOTATION}) as where:
        yield where


def boxes(page):
    return page.tab.locator(NAMES).evaluate_all(
        "all => all.map(one => { const b = one.getBoundingClientRect(); "
        "return [b.left, b.top, b.right, b.bottom]; })"
    )


def overlap(one, other):
    return (
        one[0] < other[2] - 0.5
        and one[2] > other[0] + 0.5
        and one[1] < other[3] - 0.5
        and one[3] > other[1] + 0.5
    )


def font_size(page):
    return page.tab.locator(NAMES).first.evaluate("one => getComputedStyle(one).fontSize")


def test_names_stand_apart_keep_their_size_select_and_can_be_switched_off(visit, address, atlas):
    page = visit(address).open("/Atlas")
    page.wait("Number(d.names) >= 5")
    apart = boxes(page)
    assert len(apart) == int(page.state()["names"])
    assert not any(overlap(one, other) for i, one in enumerate(apart) for other in apart[:i])
    page.tab.get_by_text("bear the most specific term that holds").wait_for()
    size, before = font_size(page), page.state()["range"]
    frame = page.frame()
    page.tab.mouse.move(frame["x"] + 10, frame["y"] + 10)
    page.tab.mouse.wheel(0, -500)
    page.wait(f"d.range !== '{before}'")
    page.wait("Number(d.names) >= 1")
    assert font_size(page) == size
    page.tab.get_by_role("button", name="See everything").click()
    page.wait("Number(d.names) >= 5")

    name = page.tab.locator(NAMES, has_text="T cell")
    text = name.inner_text().replace("\n", " ")
    cluster = name.get_attribute("data-cluster")
    n_own = int((atlas.genes["cluster"].astype(str) == cluster).sum())
    name.click()
    page.wait(f"d.selected === '{n_own}'")
    expect(page.tab.get_by_role("button", name=f"Selected: {text}")).to_have_count(1)

    page.tab.get_by_role("button", name="Names", exact=True).click()
    page.wait("d.names === '0'")
    page.tab.wait_for_url("**names=off**")
    expect(page.tab.locator(NAMES)).to_have_count(0)
    assert page.errors == []


def test_a_narrow_map_has_fewer_names_apart_and_inside(visit, shipped):
    wide = visit(shipped).open("/Atlas")
    wide.wait("Number(d.names) >= 5")
    narrow = visit(shipped, viewport={"width": 900, "height": 900}, color_scheme="dark")
    narrow.open("/Atlas")
    narrow.wait("Number(d.names) >= 1")
    shown = boxes(narrow)
    assert len(shown) < len(boxes(wide))
    frame = narrow.frame()
    area = sum((right - left) * (low - top) for left, top, right, low in shown)
    assert area <= 0.2 * min(frame["width"], frame["height"]) ** 2
    for left, top, right, low in shown:
        assert frame["x"] <= left
        assert right <= frame["x"] + frame["width"]
        assert frame["y"] <= top
        assert low <= frame["y"] + frame["height"]
    assert not any(overlap(one, other) for i, one in enumerate(shown) for other in shown[:i])
    # the cluster of most points is named before all others
    first, same = (
        page.tab.locator(NAMES).first.get_attribute("data-cluster") for page in (narrow, wide)
    )
    assert first == same


def test_a_card_has_neighbours_and_opens_the_gene(visit, address, atlas):
    page = visit(address).open("/Atlas?names=off")
    row = int(GeneSearch(atlas).rows("CD3E")[0])
    own = atlas.genes.iloc[row]
    page.tab.mouse.move(*page.pixel(*atlas.layout[row]))
    page.wait(f"d.card === '{row}'")
    card = page.tab.locator(".gene-map-card")
    rows = atlas.rows_of_dataset(own["dataset"])
    cosine = atlas.unit_vectors[rows] @ atlas.unit_vectors[row]
    best = rows[np.argsort(-cosine, kind="stable")][1:6]
    shown = card.locator("li span:first-child").all_inner_texts()
    assert shown == atlas.genes["gene"].iloc[best].tolist()
    assert context_labels(atlas.datasets)[own["dataset"]] in card.inner_text()
    # points on the way do not take the card away
    box = card.get_by_role("button", name="Open").bounding_box()
    page.tab.mouse.move(box["x"] + 8, box["y"] + 8, steps=25)
    card.get_by_role("button", name="Open").click()
    page.tab.wait_for_url("**/Gene?**")
    assert f"gene={own['gene']}" in page.tab.url
    assert f"dataset={own['dataset']}" in page.tab.url
    assert page.errors == []


def test_the_map_answers_to_keys(visit, address, atlas):
    page = visit(address).open("/Atlas")
    page.wait("Number(d.names) >= 5")
    before = [float(part) for part in page.state()["range"].split()]
    page.tab.locator(".gene-map-switch").focus()
    page.tab.keyboard.press("Tab")  # from the switch into the map
    page.wait("document.activeElement.className === 'gene-map-frame'")
    page.tab.keyboard.press("ArrowRight")
    page.wait(f"Number(d.range.split(' ')[0]) > {before[0]}")
    page.tab.keyboard.press("Home")
    page.wait(f"Math.abs(Number(d.range.split(' ')[0]) - {before[0]}) < 0.01")
    page.tab.keyboard.press("+")
    page.wait(f"Number(d.range.split(' ')[0]) > {before[0]}")
    page.tab.keyboard.press("n")
    page.wait("document.activeElement.classList.contains('gene-map-placed')")
    first = page.tab.evaluate("document.activeElement.dataset.cluster")
    page.tab.keyboard.press("ArrowRight")
    page.wait(f"document.activeElement.dataset.cluster !== '{first}'")
    cluster = page.tab.evaluate("document.activeElement.dataset.cluster")
    page.tab.keyboard.press("Enter")
    n_own = int((atlas.genes["cluster"].astype(str) == cluster).sum())
    page.wait(f"d.selected === '{n_own}'")
    assert page.errors == []


def test_an_entry_of_the_legend_goes_out_again(visit, address, atlas):
    page = visit(address).open("/Atlas")
    number = {name: int((atlas.genes["tissue"] == name).sum()) for name in ("liver", "blood")}
    liver, blood = (page.tab.locator(f'.gene-map-entry[data-label="{name}"]') for name in number)
    liver.click()
    page.wait(f"d.selected === '{number['liver']}'")
    expect(liver).to_have_attribute("aria-pressed", "true")
    blood.click(modifiers=["Shift"])
    page.wait(f"d.selected === '{sum(number.values())}'")
    liver.click()
    page.wait(f"d.selected === '{number['blood']}'")
    blood.click()
    page.wait("d.selected === '0'")


def test_genes_of_a_list_are_large_and_named(visit, address):
    page = visit(address).open("/Atlas?list=CD3E,INS,ALB")
    page.wait("d.marked && Number(d.marked) > 3")
    texts = page.tab.locator(".gene-map-labels text").all_text_contents()
    assert sorted(texts) == ["ALB", "CD3E", "INS"]
