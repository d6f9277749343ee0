"""Structures for papers: whole in themselves, in the size that was asked for, names as text."""

from __future__ import annotations

import re
from functools import partial
from xml.etree import ElementTree as ET

import pytest

from musegnn.errors import InputError
from musegnn.io.figure_file import check_closed, write_figure
from musegnn.molecules.structures import draw_svg
from musegnn.screens.parts import structures_figure
from musegnn.screens.shell.figure_style import DARK_GROUND, TRANSPARENT, FigureStyle

pytest.importorskip("rdkit")
ASPIRIN, ETHANOL = "CC(=O)Oc1ccccc1C(=O)O", "CCO"
TEXT = "{http://www.w3.org/2000/svg}text"


def structures_svg(names, structures, style, *, colours=None, **more):
    draw = partial(draw_svg, colours=colours)
    return structures_figure.structures_svg(names, structures, style, draw=draw, **more)


def texts(svg):
    return ["".join(found.itertext()) for found in ET.fromstring(svg).iter(TEXT)]


def test_a_structure_is_whole_in_itself_and_has_the_width_of_the_column():
    svg = structures_svg([""], [ASPIRIN], FigureStyle(width_mm=89))
    check_closed(svg.encode())
    root = ET.fromstring(svg)
    assert float(root.get("width")) / 96 * 25.4 == pytest.approx(89, abs=0.01)
    assert texts(svg) == []
    assert write_figure(svg, kind="PDF", width_mm=89).startswith(b"%PDF")


def test_names_and_title_are_text_of_the_wished_size_and_no_markup():
    style = FigureStyle(width_mm=183, size_pt=8, title="<b>two & more")
    svg = structures_svg(["<script>x", "ethanol"], [ASPIRIN, ETHANOL], style, beside=6)
    check_closed(svg.encode())
    assert texts(svg) == ["<b>two & more", "<script>x", "ethanol"]
    sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)}
    assert min(sizes) * 72 / 96 == pytest.approx(8, abs=0.01)


@pytest.mark.parametrize(("width", "columns"), [(89, 3), (183, 6), (25, 1)])
def test_no_more_stand_beside_each_other_than_can_be_read(width, columns):
    svg = structures_svg(["a"] * 7, [ETHANOL] * 7, FigureStyle(width_mm=width), beside=6)
    lefts = set(re.findall(r"translate\(([\d.]+),", svg))
    assert len(lefts) == columns
    assert texts(svg) == ["a"] * 7


def test_grounds_and_colours_of_atoms_are_drawn():
    dark = structures_svg([""], [ETHANOL], FigureStyle(ground=DARK_GROUND))
    clear = structures_svg([""], [ETHANOL], FigureStyle(ground=TRANSPARENT))
    assert "<rect" in dark.split("<g", 1)[0]
    assert "<rect" not in clear.split("<g", 1)[0]
    assert "#000000" not in dark
    red = structures_svg([""], [ETHANOL], FigureStyle(), colours={0: (1.0, 0.0, 0.0, 0.5)})
    assert "#FF0000" in red.split("<g", 1)[1].upper()


def test_what_is_no_structure_is_refused():
    with pytest.raises(InputError, match="structure as SMILES"):
        structures_svg([""], ["not one"], FigureStyle())
