"""A figure of the page is saved in the width, the letters and the colours that were chosen."""

from __future__ import annotations

import io
import re
import struct
from html import unescape
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.browser import choose, settle

pytestmark = pytest.mark.e2e

READY = "!document.querySelector('.paper-figure button')?.disabled"


def save(tab):
    """Press the button of the dialog once it has drawn the picture, and return the file."""
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
