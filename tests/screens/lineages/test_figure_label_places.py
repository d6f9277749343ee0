"""Names beside the circles of groups: none covers another name or a circle where there is room."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from musegnn.screens.lineages import view as lineages
from musegnn.screens.lineages.figure_groups import plot_groups
from musegnn.screens.lineages.figure_label_places import GAPS, place_names

NOTHING = np.zeros((0, 4))


def boxes_of(centres, offsets, names):
    half = np.array([[len(name) * 3.0, 6.0] for name in names])  # of the ink, not of the line
    return [(*(c + o - h), *(c + o + h)) for c, o, h in zip(centres, offsets, half, strict=True)]


def meet(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("seed", range(5))
def test_names_of_a_crowd_cover_neither_each_other_nor_circles(seed):
    rng = np.random.default_rng(seed)
    names = ["Alpha", "Beta", "Delta", "Epsilon", "Pre-endocrine", "Ngn3 high EP", "Ductal"]
    centres = np.array([170.0, 200.0]) + rng.normal(scale=22, size=(len(names), 2))
    radii = np.full(len(names), 10.0)
    offsets, gaps = place_names(centres, radii, names, NOTHING, size=(340.0, 400.0))
    boxes = boxes_of(centres, offsets, names)
    assert not any(meet(one, other) for one, other in combinations(boxes, 2))
    for box in boxes:
        for centre, radius in zip(centres, radii, strict=True):
            nearest = np.clip(centre, box[:2], box[2:])
            assert np.hypot(*(nearest - centre)) > radius - 0.5
        assert min(box) >= 0
        assert box[2] <= 340
        assert box[3] <= 400
    assert set(gaps) <= set(GAPS)


def test_a_name_alone_stands_above_its_circle_and_a_line_is_avoided():
    centre, radius = np.array([[100.0, 100.0]]), np.array([10.0])
    offsets, gaps = place_names(centre, radius, ["Beta"], NOTHING, size=(200.0, 200.0))
    assert offsets[0][0] == 0
    assert offsets[0][1] > 10
    assert gaps[0] == GAPS[0]
    line = np.array([[100.0, 100.0, 100.0, 200.0]])
    offsets, _ = place_names(centre, radius, ["Beta"], line, size=(200.0, 200.0))
    assert offsets[0][1] < -10


def test_no_two_names_of_the_shipped_picture_meet():
    result = lineages.open_lineage(lineages.SHIPPED)
    figure = plot_groups(result.places, lineages.edges_table(result), ["#000"] * 8)
    unit = [
        np.ptp(figure.layout.xaxis.range) / 300,  # a column of 340 pixels, margins of 20
        np.ptp(figure.layout.yaxis.range) / 390,
    ]
    notes = figure.layout.annotations
    centres = np.array([[note.x, note.y] for note in notes]) / unit
    offsets = np.array(
        [[note.ax, -note.ay] if note.showarrow else [note.xshift, note.yshift] for note in notes]
    )
    boxes = boxes_of(centres, offsets, [note.text for note in notes])
    assert not any(meet(one, other) for one, other in combinations(boxes, 2))


def test_one_group_alone_is_drawn():
    result = lineages.open_lineage(lineages.SHIPPED)
    figure = plot_groups(result.places.head(1), lineages.edges_table(result).head(0), ["#000"])
    (note,) = figure.layout.annotations
    low, high = figure.layout.xaxis.range
    assert low < note.x < high
