"""A picture becomes a file that has the width it was asked for, whatever it is read by."""

import base64
import io
import re
import struct
import zlib

import pytest
from PIL import Image

from musegnn.errors import DataFileError, InputError
from musegnn.io.figure_file import MOST_BYTES, check_closed, size_svg, write_figure

TEXT = '<text x="9" y="20" style="font-family: Arial, \'Liberation Sans\'">INS αβ</text>'
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" width="431" height="290">{TEXT}</svg>'


def media_box(pdf):
    found = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)
    assert len(found) == 1
    return [float(part) for part in found[0].split()]


@pytest.mark.parametrize("width", [85.0, 89.0, 174.0, 183.0, 120.5])
def test_a_pdf_is_as_wide_as_asked_and_holds_its_fonts(width):
    pdf = write_figure(SVG, kind="PDF", width_mm=width)
    left, low, right, high = media_box(pdf)
    assert (left, low) == (0, 0)
    assert right / 72 * 25.4 == pytest.approx(width, abs=0.01)
    assert high / right == pytest.approx(290 / 431, rel=1e-4)
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    unpacked = [zlib.decompress(part) for part in streams if part[:1] == b"x"]
    fonts = re.findall(rb"/BaseFont\s*/(\S+)", pdf + b"".join(unpacked))
    assert fonts
    assert any(b"Liberation" in font or b"Arial" in font for font in fonts)
    assert b"/FontFile" in pdf  # inside, so that no reader takes another one


@pytest.mark.parametrize(("width", "dpi"), [(89.0, 300), (183.0, 72), (60.0, 600)])
def test_a_png_has_the_pixels_of_its_width_and_says_so(width, dpi):
    png = write_figure(SVG, kind="PNG", width_mm=width, dpi=dpi)
    wide, _ = Image.open(io.BytesIO(png)).size
    assert wide == pytest.approx(width / 25.4 * dpi, abs=1)
    place = png.index(b"pHYs")
    across, down, unit = struct.unpack(">IIB", png[place + 4 : place + 13])
    assert unit == 1  # a metre
    assert across == down == pytest.approx(dpi / 0.0254, abs=1)
    assert wide / across * 1000 == pytest.approx(width, abs=25.4 / dpi)


@pytest.mark.parametrize(
    "root",
    [
        '<svg xmlns="http://www.w3.org/2000/svg" width="431" height="290">',
        '<svg height="290" width="431" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 431 290">',
        '<svg xmlns="http://www.w3.org/2000/svg" width="431pt" height="290pt">',
    ],
)
def test_an_svg_says_its_width_in_millimetres(root):
    svg = write_figure(f"{root}{TEXT}</svg>", kind="SVG", width_mm=89).decode()
    tag = re.search(r"<svg[^>]*>", svg)[0]
    assert re.findall(r'\swidth="([^"]*)"', tag) == ["89mm"]
    (height,) = re.findall(r'\sheight="([\d.]+)mm"', tag)
    assert float(height) == pytest.approx(89 * 290 / 431, rel=1e-5)
    assert re.findall(r'viewBox="([^"]*)"', tag) == ["0 0 431 290"]
    assert "<text" in svg  # it stays text


def test_the_same_picture_gives_the_same_bytes():
    for kind in ("PDF", "SVG", "PNG"):
        assert write_figure(SVG, kind=kind, width_mm=89) == write_figure(
            SVG, kind=kind, width_mm=89
        )


@pytest.mark.parametrize(
    "inner",
    [
        '<image href="file:///etc/passwd" width="9" height="9"/>',
        '<image href="/etc/passwd" width="9" height="9"/>',
        '<image href="&#104;ttp://127.0.0.1:9/" width="9" height="9"/>',
        '<image xlink:href="http://127.0.0.1:9/" width="9" height="9"/>',
        '<image y:href="secret.png" xmlns:y="http://www.w3.org/1999/xlink" width="9" height="9"/>',
        '<image href="data:image/svg+xml;base64,PHN2Zz4=" width="9" height="9"/>',
        '<filter id="f"><feImage href="http://127.0.0.1:9/"/></filter>',
        '<rect fill="url(http://127.0.0.1:9/#a)" width="9" height="9"/>',
        '<style>@import "http://127.0.0.1:9/";</style>',
        '<style>rect { fill: url("http://127.0.0.1:9/#a") }</style>',
        "<script>1</script>",
        "<foreignObject/>",
        '<g xml:base="http://127.0.0.1:9/"/>',
    ],
)
def test_what_leads_out_of_a_picture_is_refused(inner):
    root = SVG[: SVG.index(">")] + ' xmlns:xlink="http://www.w3.org/1999/xlink">'
    with pytest.raises(DataFileError, match="whole in itself"):
        write_figure(f"{root}{inner}</svg>", kind="PNG", width_mm=89)


def test_what_stays_inside_is_taken():
    pixel = io.BytesIO()
    Image.new("RGB", (1, 1)).save(pixel, "PNG")
    data = base64.b64encode(pixel.getvalue()).decode()
    check_closed(
        b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x/y.dtd">'
        b'<svg xmlns="http://www.w3.org/2000/svg"><clipPath id="a"/><g clip-path="url(\'#a\')">'
        b'<use href="#a"/><text>see url(http://x) of @import</text>'
        b'<image href="data:image/png;base64,' + data.encode() + b'"/></g></svg>'
    )


@pytest.mark.parametrize(
    ("svg", "message"),
    [
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, "an entity"),
        ("<svg width='4' height='3'>", "a width and a height"),
        ('<svg width="4" height="3"><g></svg>', "a text that is none"),
        ('<svg width="0" height="3"/>', "a width and a height"),
        ('<svg width="1" height="300"/>', "a width and a height"),
        ('<svg viewBox="0 0 1"/>', "a width and a height"),
        ("<html/>", "found something else"),
        ("", "found something else"),
    ],
)
def test_what_is_no_picture_is_told(svg, message):
    with pytest.raises(DataFileError, match=message):
        write_figure(svg, kind="PDF", width_mm=89)


def test_sizes_that_cannot_be_printed_are_told():
    with pytest.raises(InputError, match="20 to 500 mm, found 5"):
        write_figure(SVG, kind="PDF", width_mm=5)
    with pytest.raises(InputError, match="pixels an inch, found 5000"):
        write_figure(SVG, kind="PNG", width_mm=89, dpi=5000)
    with pytest.raises(InputError, match="million pixels"):
        write_figure(SVG, kind="PNG", width_mm=500, dpi=1200)
    with pytest.raises(InputError, match="kind of file"):
        write_figure(SVG, kind="GIF", width_mm=89)
    with pytest.raises(DataFileError, match="at most 40 MB"):
        write_figure("x" * (MOST_BYTES + 1), kind="PDF", width_mm=89)


def test_a_picture_that_repeats_itself_without_end_is_ended():
    layers = "".join(
        f'<g id="a{i}">' + f'<use href="#a{i - 1}"/>' * 10 + "</g>" for i in range(1, 9)
    )
    first = '<g id="a0"><rect width="1" height="1"/></g>'
    with pytest.raises((InputError, DataFileError), match=r"cannot|longer|ended"):
        write_figure(
            SVG.replace(TEXT, f'<defs>{first}{layers}</defs><use href="#a8"/>'),
            kind="PNG",
            width_mm=89,
        )


def test_a_root_that_ends_itself_keeps_its_end():
    svg, height = size_svg('<svg width="4" height="3"/>', 40)
    assert svg == '<svg width="40mm" height="30mm" viewBox="0 0 4 3"/>'
    assert height == 30
