"""Names of nodes: apart, the important ones first, none over a node where there is room beside."""

from __future__ import annotations

import numpy as np
import pytest

from musegnn.screens.parts.network_figure import place_names

WIDTH, HEIGHT, LETTERS = 540, 620, 11
SIDES = {
    "top center": (0, 1),
    "bottom center": (0, -1),
    "middle right": (1, 0),
    "middle left": (-1, 0),
}


def boxes(x, y, sizes, names, places):
    """Corners of each shown name on a picture of that width, in pixels."""
    found = {}
    for i, name in enumerate(names):
        if name:
            half = np.array([0.6 * LETTERS * len(name), 1.2 * LETTERS]) / 2
            across = (x[i] - x.min()) / np.ptp(x) * 0.88 * WIDTH
            up = (y[i] - y.min()) / np.ptp(y) * 0.88 * (HEIGHT - 60)
            centre = np.array([across, up]) + SIDES[places[i]] * (sizes[i] / 2 + 2 + half)
            found[i] = (*(centre - half), *(centre + half))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_no_name_lies_on_another_and_the_first_are_named(seed):
    rng = np.random.default_rng(seed)
    n = 90
    x, y = rng.normal(size=(2, n))
    sizes = rng.uniform(8, 24, n)
    names = [f"GENE{i}" for i in range(n)]
    order = rng.permutation(n)
    said, places = place_names(
        x, y, names=names, sizes=sizes, order=order, height=HEIGHT, letters=LETTERS
    )
    shown = boxes(x, y, sizes, said, places)
    assert n / 3 < len(shown) <= n
    assert order[0] in shown
    for i, (left, low, right, high) in shown.items():
        for j, other in shown.items():
            if i < j:
                beside = right <= other[0] or other[2] <= left
                assert beside or high <= other[1] or other[3] <= low


def test_names_go_where_no_node_is():
    said, places = place_names(
        [0, 0, 1, 1],
        [0, 0.03, 0, 1],
        names=["LOW", "HIGH", "", "END"],
        sizes=[20] * 4,
        order=range(4),
        height=HEIGHT,
        letters=LETTERS,
    )
    assert said == ["LOW", "HIGH", "", "END"]  # who has no name gets none
    assert places[0] == "bottom center"  # above it stands the other


def test_five_nodes_on_one_place_have_four_names_at_most():
    said, _ = place_names(
        [0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 1],
        names=[f"GENE{i}" for i in range(6)],
        sizes=[10] * 6,
        order=[4, 0, 1, 2, 3, 5],
        height=HEIGHT,
        letters=LETTERS,
    )
    assert said[4] == "GENE4"
    assert 2 <= sum(map(bool, said[:5])) <= 4
    nothing = place_names([], [], names=[], sizes=[], order=[], height=HEIGHT, letters=LETTERS)
    assert nothing == ([], [])
