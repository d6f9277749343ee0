"""Cells of a map of very many points, compared with loops over the points."""

import base64
import gzip
from collections import Counter

import numpy as np
import pytest

from musegnn.screens.parts import point_density
from musegnn.screens.parts.point_density import (
    choose_rows,
    density,
    density_note,
    is_dense,
    rows_in,
    visible_box,
    whole,
)
from musegnn.screens.parts.point_map import packed_array
from musegnn.screens.shell.colour_layer import category_layer, membership_layer, number_layer

N = 3000
BOX = (-2.0, 2.0, -1.0, 1.0)


@pytest.fixture
def layout():
    return np.random.default_rng(1).normal(size=(N, 2)).astype(np.float32)


@pytest.fixture(autouse=True)
def few_cells(monkeypatch):
    monkeypatch.setattr(point_density, "CELLS", 8)


def cells_of(layout, box, shape):
    """Line and column of the cell of each point in a part, by row."""
    (left, right, low, high), (height, width) = box, shape
    return {
        row: (
            min(int((y - low) / (high - low) * height), height - 1),
            min(int((x - left) / (right - left) * width), width - 1),
        )
        for row, (x, y) in enumerate(layout.tolist())
        if left <= x <= right and low <= y <= high
    }


def test_cells_are_square_and_the_fullest_is_the_strongest(layout):
    layer = category_layer(np.full(N, "a"), title="tissue")
    found = density(layout, layer, BOX)
    assert found.codes.shape == found.shades.shape == (4, 8)
    counts = Counter(cells_of(layout, BOX, (4, 8)).values())
    assert found.most == max(counts.values())
    for place, shade in np.ndenumerate(found.shades):
        assert shade == np.ceil(255 * np.log1p(counts[place]) / np.log1p(found.most))
    assert np.unravel_index(found.shades.argmax(), (4, 8)) == counts.most_common(1)[0][0]


def test_a_cell_has_the_category_of_most_of_its_points(layout):
    names = np.random.default_rng(2).choice(["blood", "liver", "skin"], N, p=[0.3, 0.3, 0.4])
    layer = category_layer(names, title="tissue")
    found = density(layout, layer, BOX)
    votes = {}
    for row, place in cells_of(layout, BOX, (4, 8)).items():
        votes.setdefault(place, Counter())[int(layer.codes[row])] += 1
    for place, count in votes.items():
        most = max(count.values())
        assert found.codes[place] == min(code for code, n in count.items() if n == most)
    assert "the tissue of most of its points" in density_note(layer)


def test_a_cell_has_the_mean_of_numbers(layout):
    layer = number_layer(np.random.default_rng(3).uniform(0, 100, N), title="degree")
    found = density(layout, layer, BOX)
    values = {}
    for row, place in cells_of(layout, BOX, (4, 8)).items():
        values.setdefault(place, []).append(float(layer.codes[row]))
    for place, each in values.items():
        assert found.codes[place] == np.rint(np.mean(each))


def test_one_gene_of_a_list_is_not_outvoted(layout):
    is_member = np.zeros(N, dtype=bool)
    inside = rows_in(layout, BOX)
    is_member[inside[5]] = True
    layer = membership_layer(is_member, title="my gene list")
    found = density(layout, layer, BOX)
    assert found.codes.sum() == 1
    assert found.codes[cells_of(layout, BOX, (4, 8))[int(inside[5])]] == 1


def test_cells_without_a_selected_point_step_back(layout):
    layer = category_layer(np.full(N, "a"), title="tissue")
    chosen = np.flatnonzero(layout[:, 0] > 1)
    found = density(layout, layer, BOX, chosen=chosen)
    assert found.is_grey[:, :6].all()
    assert not found.is_grey[:, 6:].any()
    assert density(layout, layer, BOX, steps_back=True).is_grey.all()


def test_the_visible_part_and_a_little_around_it_is_drawn(layout):
    everything = whole(layout)
    left, right, low, high = visible_box("", everything)
    assert ((layout >= [left, low]) & (layout <= [right, high])).all()
    assert visible_box("0,2,1,2", everything) == (-0.5, 2.5, 0.75, 2.25)
    assert visible_box("2,0,1,2", everything) == (left, right, low, high)  # a link can say that


def test_points_come_where_few_are_in_view(layout, monkeypatch):
    monkeypatch.setattr(point_density, "MOST_POINTS", 100)
    none, lit = np.empty(0, dtype=np.int64), np.array([7, 3])
    rows, is_all = choose_rows(layout, BOX, lit, none)
    assert (rows.tolist(), is_all) == ([3, 7], False)
    small = (0.0, 0.2, 0.0, 0.2)
    rows, is_all = choose_rows(layout, small, lit, none)
    assert (rows.tolist(), is_all) == (sorted({3, 7, *rows_in(layout, small).tolist()}), True)
    many = np.arange(500)
    assert choose_rows(layout, BOX, none, many)[0].tolist() == []  # as cells, not as points
    assert choose_rows(layout, BOX, none, many[:50])[0].tolist() == list(range(50))


def test_only_large_sets_are_drawn_as_cells():
    assert not is_dense(100_000)
    assert is_dense(2_000_000)


def test_bytes_travel_compressed():
    values = np.random.default_rng(0).integers(0, 3, (40, 50)).astype(np.uint8)
    sent = packed_array(values)
    assert gzip.decompress(base64.b64decode(sent["gzip"])) == values.tobytes()
