"""Pictures of the Compare page: they show every number they are given."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from musegnn.screens.compare.figure_maps_svg import paired_maps_svg
from musegnn.screens.compare.figure_similarity import plot_context_similarity
from musegnn.screens.compare.figure_upset import plot_upset
from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.shell.theme import DARK, LIGHT

NAMES = ("a", "b", "c")
VALUES = np.array([[np.nan, 0.5, np.nan], [0.5, np.nan, 0.25], [np.nan, 0.25, np.nan]])


@pytest.mark.parametrize("on", [LIGHT, DARK])
def test_every_cell_off_the_diagonal_can_be_clicked(on):
    figure = plot_context_similarity(
        VALUES, NAMES, ("x", "y", "z"), title="value", on=on, chosen=(0, 1)
    )
    heatmap, cells = figure.data
    np.testing.assert_array_equal(np.asarray(heatmap.z), VALUES)
    found = {tuple(row[:2]): row[4] for row in cells.customdata}
    assert len(found) == 6
    assert found["a", "b"] == found["b", "a"] == "0.5"
    assert found["a", "c"] == "too few common genes"
    for x, y, data in zip(cells.x, cells.y, cells.customdata, strict=True):
        assert (NAMES[y], NAMES[x]) == tuple(data[:2])
    outlines = {(shape.x0, shape.y0) for shape in figure.layout.shapes}
    assert outlines == {(0.5, -0.5), (-0.5, 0.5)}
    assert figure.layout.font.color == on.text


def test_a_context_with_itself_is_not_outlined():
    figure = plot_context_similarity(VALUES, NAMES, NAMES, title="", on=LIGHT, chosen=(1, 1))
    assert not figure.layout.shapes


@pytest.mark.parametrize("n", [20, 21])
def test_names_of_many_columns_stand_once(n):
    names = [f"context {i}" for i in range(n)]
    figure = plot_context_similarity(np.zeros((n, n)), names, names, title="", on=LIGHT)
    assert list(figure.layout.yaxis.ticktext) == names
    if n == 20:
        assert list(figure.layout.xaxis.ticktext) == names
        assert figure.layout.xaxis.showticklabels is None
    else:
        assert figure.layout.xaxis.showticklabels is False
        assert figure.layout.xaxis.title.text == "the same contexts, in the same order"


def test_upset_draws_a_bar_and_its_dots_for_every_combination():
    table = pd.DataFrame({"contexts": [("a",), ("a", "c"), ("a", "b", "c")], "n": [5, 3, 1]})
    figure = plot_upset(table, NAMES, (9, 1, 4), on=LIGHT, what="factors")
    bars, _, full, lines = figure.data
    assert list(bars.y) == [5, 3, 1]
    assert list(bars.text) == ["5", "3", "1"]
    dots = set(zip(full.x, full.y, strict=True))
    assert dots == {(0, 0), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2)}
    assert list(lines.y) == [0, 0, None, 0, 2, None, 0, 2, None]
    assert list(figure.layout.yaxis2.ticktext) == ["a (9)", "b (1)", "c (4)"]


def colours(codes):
    return MapColours(
        "tissue",
        False,
        np.asarray(codes),
        ("#0072B2", "#E69F00"),
        ((0, "liver", 2), (1, "skin", 1)),
    )


def draw(**changes):
    places = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 1.0]])
    return paired_maps_svg(
        (places, places + 1),
        (colours([0, 0, 1]), colours([0, 1, 1])),
        titles=("left context", "right context"),
        caption="what it is",
        **changes,
    )


def test_paired_maps_are_true_svg_with_text_and_the_same_each_time():
    marked = {"lit": [1], "lit_labels": (("Ins2",), ("INS",))}
    text = draw(selected=np.array([True, False, True]), **marked)
    assert text == draw(selected=np.array([True, False, True]), **marked)
    root = ET.fromstring(text)
    words = {"".join(node.itertext()).strip() for node in root.iter() if node.tag.endswith("text")}
    assert {"left context", "right context", "liver", "skin", "tissue", "Ins2", "INS"} <= words
    assert "what it is" in words


def test_all_points_of_both_maps_are_drawn():
    root = ET.fromstring(draw())
    groups = [n for n in root.iter() if n.get("id", "").startswith("PathCollection")]
    assert [len([u for u in g.iter() if u.tag.endswith("use")]) for g in groups] == [3, 3]


def test_names_of_clusters_stand_in_the_file_of_both_maps():
    places = (np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0]]))
    colours = MapColours("t", False, np.zeros(2, dtype=np.uint8), ("#123456",), ((0, "a", 2),))
    options = {"titles": ("left", "right"), "lit": [0], "lit_labels": (["GENE"], ["GENE"])}
    names = (((0.5, 0.5, "T cell <activation>"),), ((0.6, 0.4, "myelination"),))
    svg = paired_maps_svg(places, (colours, colours), names=names, **options)
    assert "T cell &lt;activation&gt;" in svg
    assert "myelination" in svg
    assert "myelination" not in paired_maps_svg(places, (colours, colours), **options)
