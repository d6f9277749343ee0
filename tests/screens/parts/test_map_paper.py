"""A map for a paper has its width, its letters, and a legend that fits."""

import re

import numpy as np
import pytest

from musegnn.io.figure_file import write_figure
from musegnn.screens.compare.figure_maps_svg import SHAPE, paired_maps_svg
from musegnn.screens.parts.map_paper_panel import map_look
from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.parts.point_map_svg import point_map_svg, sides_of, spread_labels
from musegnn.screens.shell.figure_style import FigureStyle
from tests.page_visits import visit_page

NAMES = ("blood", "heart (iPSC-derived)", "lung tumour lines", "pancreas tumour", "skin", "liver")
LAYOUT = np.random.default_rng(0).normal(size=(60, 2))
COLOURS = MapColours(
    "tissue",
    False,
    (np.arange(60) % len(NAMES)).astype(np.uint8),
    ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"),
    tuple((i, name, 10) for i, name in enumerate(NAMES)),
)
LIT = {"lit": [int(np.argmax(LAYOUT[:, 0]))], "lit_labels": ["Blood, human, 10x, 3,774 cells"]}


def draw(style):
    return point_map_svg(LAYOUT, COLOURS, title=style.title, look=map_look(style), **LIT)


@pytest.mark.parametrize("width", [89.0, 183.0])
@pytest.mark.parametrize("size", [6.0, 9.0])
def test_letters_have_their_size_in_print(width, size):
    svg = draw(FigureStyle(width_mm=width, size_pt=size, font="Times", title="My map"))
    (wide,) = [float(x) for x in re.findall(r'viewBox="0 0 ([\d.]+) ', svg)]
    in_print = width / 25.4 * 72 / wide
    found = {round(float(x) * in_print, 2) for x in re.findall(r"font-size: ([\d.]+)px", svg)}
    assert size in found  # of legend and labels
    assert min(found) >= size * 7 / 8
    families = set(re.findall(r"font-family: ([^;]+)", svg))
    assert len(families) == 1
    assert next(iter(families)).startswith("'Times New Roman'")
    file = write_figure(svg, kind="SVG", width_mm=width).decode()
    assert f' width="{width:g}mm"' in file


def draw_two(style):
    return paired_maps_svg(
        (LAYOUT, LAYOUT + 1),
        (COLOURS, COLOURS),
        titles=("Blood, human", "Liver, mouse"),
        title="Two maps",
        look=map_look(style, shape=SHAPE),
    )


@pytest.mark.parametrize("drawn", [draw, draw_two])
@pytest.mark.parametrize("width", [60.0, 89.0, 120.0, 183.0])
def test_no_entry_of_the_legend_is_cut(width, drawn):
    svg = drawn(FigureStyle(width_mm=width))
    (box,) = re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    wide, high = float(box[0]), float(box[1])
    place = r'(?: x="([\d.]+)" y="([\d.]+)"[^>]*| transform="translate\(([\d.]+) ([\d.]+)\)")'
    found = re.findall(rf"font-size: ([\d.]+)px[^>]*?{place}>([^<]*)", svg)
    texts = [(size, x or left, y or top, text) for size, x, y, left, top, text in found]
    written = "".join("".join(text.split()) for *_, text in texts)
    assert all(name.replace(" ", "") in written for name in NAMES)  # whole, if over two lines
    for size, x, y, text in texts:
        if "cells" in text or "," in text:  # labels of points and maps, which begin elsewhere
            continue
        assert 0 <= float(y) <= high
        assert float(x) + 0.6 * float(size) * len(text) <= wide + 2


def test_a_label_that_would_be_cut_stands_left_of_its_point():
    points = np.array([[50.0, 10.0], [290.0, 10.0], [10.0, 80.0]])
    labels = ["INS", "a long name of it", "x" * 500]
    sides = sides_of(points, labels, 300.0)
    assert sides.tolist() == [1, -1, 1]  # one that fits nowhere stays where it is read first
    near = np.array([[200.0, 10.0], [100.0, 10.0]])
    both = spread_labels(near, ["name of one", "name of two"], np.array([-1, 1]))
    assert sorted(both) != [0, 0]  # they meet between their points
    assert spread_labels(near, ["one", "two"]).tolist() == [0, 0]


def test_the_part_that_is_seen_is_drawn():
    look = map_look(FigureStyle(width_mm=183))
    whole = point_map_svg(LAYOUT, COLOURS, look=look)
    part = point_map_svg(LAYOUT, COLOURS, look=look, part="-0.5,0.5,-0.5,0.5")
    assert part != whole
    assert point_map_svg(LAYOUT, COLOURS, look=look, part="1,0,0,0") == whole


def test_each_picture_opens_a_dialog_with_what_a_journal_asks_for(monkeypatch, atlas_folder):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    page = visit_page("3_Gene", query={"gene": "CD3E"})
    offered = [b.key for b in page.button if str(b.key).endswith("_paper")]
    assert "network_paper" in offered
    page.button(key="network_paper").click().run()
    assert not page.exception
    boxes = {box.label: list(box.options) for box in page.selectbox}
    assert boxes["Width"] == ["Single column, 89 mm", "Double column, 183 mm", "Own width"]
    assert boxes["Ground"] == ["light", "dark", "transparent"]
    assert boxes["File"] == ["PDF", "SVG", "PNG"]
