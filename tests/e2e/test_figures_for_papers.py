"""A figure of the page is saved in the width, the letters and the colours that were chosen."""

from __future__ import annotations

import io
import re
import struct
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.browser import choose, settle

pytestmark = pytest.mark.e2e

SMALLEST = 5  # points of type: journals print none smaller
MILLIMETRE = 10  # pixels of the screen on which a file is measured
# of each text that has letters: what it says, its size, and the corners of its lines on the screen
TEXTS = """
() => [...document.querySelectorAll("svg text")].flatMap((text) => {
    const box = text.getBBox();
    const screen = text.getScreenCTM();
    if (!text.textContent.trim() || !box.width) return [];
    const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([x, y]) =>
        new DOMPoint(box.x + x * box.width, box.y + y * box.height).matrixTransform(screen));
    const lines = Math.max(1, text.querySelectorAll("tspan.line").length);
    return [{
        says: text.textContent, corners: corners.map(({x, y}) => [x, y]), lines,
        size: parseFloat(getComputedStyle(text).fontSize) * Math.hypot(screen.a, screen.b),
    }];
})
"""
# pages whose figures have most labels, with a question, and the keys of their figures
CROWDED = [
    ("Tissues?gene=INS", ["tissues_lists", "tissues_bodies", "tissues_picture"]),
    ("Enrichment?gene=CD79A&dataset=human_pbmc_facs10x&enrichment_kind=neighbours", ["terms_plot"]),
    ("Modules", ["modules_plot"]),
]

READY = "!document.querySelector('.paper-figure button')?.matches('[aria-disabled=true]')"


def save(tab):
    """Press the button of the dialog once it has drawn the picture, and return the file."""
    settle(tab)  # what was chosen last draws the picture anew, and greys the button for it
    tab.wait_for_function(f"document.querySelector('.paper-figure button') && {READY}")
    with tab.expect_download(timeout=60_000) as event:
        tab.locator(".paper-figure button").click()
    tab.wait_for_function(READY)  # the next one can be saved
    return event.value.suggested_filename, Path(event.value.path()).read_bytes()


def open_dialog(tab, key):
    tab.locator(f".st-key-{key}_paper button").first.click()
    tab.locator(".paper-figure img").wait_for(timeout=60_000)


def test_a_chart_of_a_dark_page_becomes_pdf_svg_and_png_on_white(visit, address):
    tab = visit(address, color_scheme="dark").tab
    tab.goto(f"{address}/Gene?gene=CD3E&dataset=blood_human")
    tab.locator(".st-key-network .js-plotly-plot").first.wait_for(timeout=60_000)
    settle(tab)
    shown = tab.locator(".st-key-network .js-plotly-plot text").all_text_contents()
    open_dialog(tab, "network")
    name, pdf = save(tab)
    assert name.endswith("network.pdf")
    (box,) = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)
    assert float(box.split()[2]) / 72 * 25.4 == pytest.approx(89, abs=0.01)

    choose(tab, "File", "SVG")
    tab.get_by_label("Title", exact=True).fill("T cells <1>")
    tab.get_by_label("Title", exact=True).press("Enter")
    tab.get_by_text("Save SVG").wait_for()
    name, content = save(tab)
    svg = content.decode()
    assert re.search(r'<svg[^>]* width="89mm"', svg)
    texts = [unescape(text) for text in re.findall(r"<text[^>]*>([^<]+)", svg)]
    assert "T cells <1>" in texts
    assert "CD3E" in texts
    assert {text for text in shown if re.fullmatch(r"[A-Z0-9]+", text)} <= set(texts)
    wide = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
    plain = {float(size) * 89 / 25.4 * 72 / wide for size in re.findall(r"size: ([\d.]+)px", svg)}
    assert any(size == pytest.approx(7, abs=0.5) for size in plain)
    assert "#14171c" not in svg.lower()  # the ground of the page
    assert "rgb(255, 255, 255)" in svg

    choose(tab, "File", "PNG")
    choose(tab, "Ground", "transparent")
    choose(tab, "Width", "Double column, 183 mm")
    tab.get_by_text("183 \u00d7").wait_for()
    _, png = save(tab)
    picture = Image.open(io.BytesIO(png))
    assert picture.width == pytest.approx(183 / 25.4 * 300, abs=1)
    place = png.index(b"pHYs")
    assert struct.unpack(">I", png[place + 4 : place + 8])[0] == pytest.approx(300 / 0.0254, abs=1)
    assert picture.convert("RGBA").getpixel((2, 2))[3] == 0  # nothing is there


def test_the_map_is_saved_as_it_is_seen(visit, address):
    tab = visit(address).tab
    tab.goto(f"{address}/Atlas?gene=CD3E")
    tab.locator(".st-key-gene_map_paper button").first.wait_for(timeout=60_000)
    settle(tab)
    open_dialog(tab, "gene_map")
    name, pdf = save(tab)
    assert name.endswith("map.pdf")
    (box,) = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)
    assert float(box.split()[2]) / 72 * 25.4 == pytest.approx(89, abs=0.01)
    assert tab.locator(".paper-figure p").inner_text().startswith("89 \u00d7")
    tab.keyboard.press("Escape")  # the button that saved keeps the focus
    expect(tab.locator(".paper-figure")).to_have_count(0)


def measured(visit, content):
    """Texts of an SVG as it is printed, with their sizes; pairs that overlap; those cut."""
    sheet = visit("").tab
    wide, high = map(float, re.search(r'width="([\d.]+)mm" height="([\d.]+)mm"', content).groups())
    wide, high = wide * MILLIMETRE, high * MILLIMETRE
    pixels = re.sub(
        r'width="[\d.]+mm" height="[\d.]+mm"', f'width="{wide}" height="{high}"', content, count=1
    )
    sheet.set_viewport_size({"width": int(wide) + 1, "height": int(high) + 1})
    sheet.set_content(f'<body style="margin: 0">{pixels}</body>')
    texts = sheet.evaluate(TEXTS)
    sheet.close()
    for text in texts:
        corners, size = np.array(text["corners"]), text["size"]
        down = (corners[3] - corners[0]) / np.linalg.norm(corners[3] - corners[0])
        # a fifth of a line is empty above capitals, and a tenth below what hangs down
        corners[:2] += 0.2 * size * down
        corners[2:] -= 0.1 * size * down
        text["corners"], text["points"] = corners, size / MILLIMETRE / 25.4 * 72
    over = [
        (one["says"], other["says"])
        for place, one in enumerate(texts)
        for other in texts[:place]
        if meet(one["corners"], other["corners"])
    ]
    cut = [
        text["says"]
        for text in texts
        if text["corners"].min() < -2 or (text["corners"].max(axis=0) > [wide + 2, high + 2]).any()
    ]
    return texts, over, cut


def meet(one, other):
    """Tell whether two rectangles, turned or not, share more than a pixel."""
    for box in (one, other):
        for side in (box[1] - box[0], box[3] - box[0]):
            first, second = (corners @ side / np.linalg.norm(side) for corners in (one, other))
            if min(first.max(), second.max()) - max(first.min(), second.min()) < 1:
                return False
    return True


def test_the_measure_finds_what_lies_on_another_is_cut_and_is_small(visit):
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="89mm" height="40mm" viewBox="0 0 89 40">'
        '<g font-family="sans-serif" font-size="{}">'
        '<text x="30" y="10">here</text><text x="{}" y="{}">there</text>'
        '<text x="20" y="20" transform="rotate(-90 20 20)">up</text>'
        '<text x="23" y="20" transform="rotate(-90 23 20)">on</text></g></svg>'
    )
    texts, over, cut = measured(visit, svg.format(2, 60, 30))
    assert (over, cut) == ([], [])
    assert texts[0]["points"] == pytest.approx(2 / 25.4 * 72)
    assert measured(visit, svg.format(2, 32, 11))[1] == [("there", "here")]
    assert measured(visit, svg.format(2, 86, 30))[2] == ["there"]
    assert ("on", "up") in measured(visit, svg.format(6, 60, 30))[1]


@pytest.mark.parametrize(("page", "keys"), CROWDED, ids=[page.split("?")[0] for page, _ in CROWDED])
def test_labels_in_print_are_whole_apart_and_large_enough(visit, shipped, page, keys):
    """Where one column has no room for the labels, the dialog says what width has."""
    tab = visit(shipped).tab
    tab.goto(f"{shipped}/{page}")
    for key in keys:
        tab.locator(f".st-key-{key} .js-plotly-plot").first.wait_for(timeout=120_000)
    tab.locator("[data-test-script-state=notRunning]").wait_for(timeout=120_000)
    settle(tab)
    for place, key in enumerate(keys):
        open_dialog(tab, key)
        if not place:
            choose(tab, "File", "SVG")
            tab.get_by_text("Save SVG").wait_for()
        choose(tab, "Width", "Single column, 89 mm")  # what was chosen before is remembered
        _, content = save(tab)
        texts, over, cut = measured(visit, content.decode())
        assert len(texts) > 5, key
        assert (over, cut) == ([], []), key
        said = tab.locator(".paper-figure p").inner_text()
        wider = re.search(r"from a width of (\d+) mm on", said)
        if wider is None:
            assert min(text["points"] for text in texts) > SMALLEST - 0.05, key
        else:
            choose(tab, "Width", "Own width")
            field = tab.get_by_label("Width, mm")
            field.fill(wider[1])
            field.press("Enter")
            tab.get_by_text(re.compile(f"^{wider[1]} \u00d7")).wait_for(timeout=60_000)
            _, content = save(tab)
            texts, over, cut = measured(visit, content.decode())
            assert (over, cut) == ([], []), key
            assert min(text["points"] for text in texts) > SMALLEST - 0.05, key
        if key != keys[-1]:
            tab.get_by_role("dialog").get_by_role("button", name="Close").click()
            tab.locator(".paper-figure").wait_for(state="detached", timeout=30_000)
