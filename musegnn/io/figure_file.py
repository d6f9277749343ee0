"""Figure file: a picture as a file of a true size, which a journal takes as it is.

A browser or a drawing library gives SVG in a unit of its own. Here its width becomes one in
millimetres, and PDF and PNG are made of it, with the fonts inside. What a visitor's browser sends
is as foreign as any file: it is looked through, and converted in a process of its own.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from musegnn.border.apart import apart
from musegnn.border.compiled import failures_told
from musegnn.errors import DataFileError, InputError
from musegnn.io.atomic import scratch_folder
from musegnn.validation import check_choice

KINDS: Final = ("PDF", "SVG", "PNG")
NARROWEST, WIDEST = 20.0, 500.0  # mm
LEAST_DPI, MOST_DPI = 72, 1200
INCH: Final = 25.4  # mm
POINTS: Final = 72  # in an inch, of type
MOST_BYTES: Final = 40 << 20
MOST_PIXELS: Final = 100_000_000
TALLEST: Final = 10.0  # times as high as it is wide
_ROOT: Final = re.compile(r"<svg\b[^>]*>")
_NUMBER: Final = re.compile(r"\s*([0-9.]+(?:e[+-]?[0-9]+)?)\s*(px|pt)?\s*", re.IGNORECASE)
_INSIDE: Final = re.compile(r"#|data:image/(?:png|jpeg);base64,")
_ADDRESS: Final = re.compile(r"url\(([^)]*)", re.IGNORECASE)
_NOT_DRAWN: Final = frozenset({"script", "foreignobject", "iframe"})
_DEEPEST: Final = 200  # elements inside each other
_AGAIN: Final = "Make the picture again."


def write_figure(svg: str, *, kind: str, width_mm: float, dpi: int = 300) -> bytes:
    """Make a file of a picture.

    Parameters
    ----------
    svg
        The picture. Nothing outside of it is asked for.
    kind
        `PDF`, `SVG` or `PNG`.
    width_mm
        Width of the file in millimetres, from 20 to 500; the height follows.
    dpi
        Pixels an inch of a PNG, from 72 to 1200; the file says how many.

    Returns
    -------
    The file; the same picture gives the same bytes on the same machine.

    Raises
    ------
    InputError
        If kind, width or dpi are none of these, or the PNG would be too large.
    DataFileError
        If it is no picture, or one that asks for something outside of it.
    """
    check_choice(kind, KINDS, name="kind of file")
    if not NARROWEST <= width_mm <= WIDEST:
        msg = f"Expected a width of {NARROWEST:g} to {WIDEST:g} mm, found {width_mm:g}."
        raise InputError(msg, "Choose another width.")
    if not LEAST_DPI <= dpi <= MOST_DPI:
        msg = f"Expected {LEAST_DPI} to {MOST_DPI} pixels an inch, found {dpi}."
        raise InputError(msg, "Choose another resolution.")
    if len(svg) > MOST_BYTES:
        msg = f"Expected a picture of at most {MOST_BYTES >> 20} MB, found {len(svg) >> 20} MB."
        raise DataFileError(msg, "Draw fewer points.")
    sized, height_mm = size_svg(svg, width_mm)
    if kind != "SVG":  # what draws it takes a pixel, of which CSS has 96 an inch, for a point
        sized, _ = size_svg(svg, width_mm * POINTS / INCH, unit="")
    n_pixels = width_mm * height_mm * (dpi / INCH) ** 2
    if kind == "PNG" and n_pixels > MOST_PIXELS:
        msg = (
            f"Expected a picture of at most {MOST_PIXELS // 10**6} million pixels, "
            f"found {n_pixels / 1e6:.0f} million."
        )
        raise InputError(msg, "Choose fewer pixels an inch, or PDF.")
    with scratch_folder() as folder:
        path = folder / "picture.svg"
        path.write_text(sized, encoding="utf-8")
        return bytes(convert_svg(path, kind=kind, dpi=dpi))


def size_svg(svg: str, width: float, *, unit: str = "mm") -> tuple[str, float]:
    """Give a picture its width.

    Parameters
    ----------
    svg
        The picture.
    width, unit
        Its new width; "" is the unit of the picture itself, a pixel.

    Returns
    -------
    The picture, and its height in the same unit.

    Raises
    ------
    DataFileError
        If its own width and height do not stand in it, or it is far too high.
    """
    root = _ROOT.search(svg)
    if root is None:
        msg = "Expected a picture as SVG, found something else."
        raise DataFileError(msg, _AGAIN)
    tag = root[0]
    box = re.search(r'\bviewBox="([^"]*)"', tag)
    sides = [re.search(rf'\s{side}="([^"]*)"', tag) for side in ("width", "height")]
    left = top = wide = high = 0.0
    try:
        if box is not None:
            left, top, wide, high = (float(part) for part in re.split(r"[\s,]+", box[1].strip()))
        else:
            wide, high = (_length("" if side is None else side[1]) for side in sides)
    except ValueError:
        wide = 0.0
    if not (wide > 0 and 0 < high <= TALLEST * wide):
        msg = "Expected a picture with a width and a height, found none that can be printed."
        raise DataFileError(msg, _AGAIN)
    height = width * high / wide
    bare = re.sub(r'\s(?:width|height|viewBox)="[^"]*"', "", tag).removesuffix(">")
    end = "/>" if bare.endswith("/") else ">"
    new = (
        f'{bare.removesuffix("/").rstrip()} width="{width:.8g}{unit}" height="{height:.8g}{unit}" '
        f'viewBox="{left:.10g} {top:.10g} {wide:.10g} {high:.10g}"{end}'
    )
    return svg[: root.start()] + new + svg[root.end() :], height


def _length(text: str) -> float:
    """Read a length in pixels or points; only the ratio of two is used.

    Raises
    ------
    ValueError
        If it is none.
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        msg = f"no length: {text!r}"
        raise ValueError(msg)
    return float(found[1])


@apart("a picture")
def convert_svg(path: Path, *, kind: str, dpi: int) -> bytes:
    """Look through a picture and make a file of it.

    Parameters
    ----------
    path
        The picture as SVG, with its size: of a PDF or PNG in points, written as pixels.
    kind, dpi
        As for `write_figure`.

    Raises
    ------
    DataFileError
        If it is no SVG, or asks for something outside of it.
    InputError
        If it cannot be drawn.
    """
    content = path.read_bytes()
    check_closed(content)
    if kind == "SVG":
        return content
    svg = content.decode("utf-8")
    draw = _converter()
    with failures_told("Expected a picture that can be drawn, found one that cannot.", _AGAIN):
        made = draw.svg_to_pdf(svg) if kind == "PDF" else draw.svg_to_png(svg, ppi=dpi)
    return bytes(made)


@cache
def _converter() -> Any:
    """Load what draws, with the fonts that every installation has."""
    import matplotlib as mpl  # noqa: PLC0415 - of which only the fonts are used
    import vl_convert  # noqa: PLC0415 - for files alone

    vl_convert.register_font_directory(str(Path(mpl.get_data_path()) / "fonts" / "ttf"))
    return vl_convert


def check_closed(content: bytes) -> None:
    """Refuse a picture that is not whole in itself: what draws it would open files and addresses.

    Raises
    ------
    DataFileError
        If it is no XML, declares entities, or names anything outside of it.
    """
    parser = expat.ParserCreate()
    inside: list[str] = []  # elements, the innermost last

    def refuse(what: str) -> None:
        msg = f"Expected a picture that is whole in itself, found {what}."
        raise DataFileError(msg, _AGAIN)

    def begin(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2].casefold()
        if local in _NOT_DRAWN or len(inside) > _DEEPEST or (not inside and local != "svg"):
            refuse(f"<{name[:40]}>")
        inside.append(local)
        for key, value in attributes.items():
            is_link = key.rpartition(":")[2].casefold() in {"href", "src", "base"}
            if (is_link and not _INSIDE.match(value.strip())) or leads_out(value):
                refuse(f"{key}={value[:40]!r}")

    def end(name: str) -> None:
        inside.pop()

    def text(data: str) -> None:
        if inside[-1:] == ["style"] and (leads_out(data) or "@import" in data.casefold()):
            refuse(repr(data[:40]))

    def leads_out(value: str) -> bool:
        return any(not own.strip(" \"'").startswith("#") for own in _ADDRESS.findall(value))

    parser.buffer_text = True
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = lambda *_: refuse("an entity")
    parser.ProcessingInstructionHandler = lambda *_: refuse("a processing instruction")
    try:
        parser.Parse(content, True)  # noqa: FBT003 - the end is there
    except expat.ExpatError as error:
        msg = "Expected a picture as SVG, found a text that is none."
        raise DataFileError(msg, _AGAIN) from error
