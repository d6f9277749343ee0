import numpy as np
import pytest

from musegnn.errors import InputError
from musegnn.screens.shell.colour_layer import category_layer, number_layer
from musegnn.screens.shell.selection import (
    HISTORY_LIMIT,
    Selection,
    SelectionHistory,
    rows_in_polygon,
    selection_of_gesture,
)


def select(*rows):
    return Selection(np.array(rows, dtype=np.int64), "x")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("replace", [3, 4]),
        ("add", [1, 2, 3, 4]),
        ("keep common", [3]),
        ("remove", [1, 2]),
    ],
)
def test_modes_follow_set_algebra(mode, expected):
    history = SelectionHistory((select(1, 2, 3),)).apply(select(3, 4), mode=mode)
    assert history.current.rows.tolist() == expected


def test_random_selections_agree_with_python_sets():
    rng = np.random.default_rng(0)
    operations = {"add": set.union, "keep common": set.intersection, "remove": set.difference}
    for _ in range(100):
        first, second = (np.unique(rng.integers(0, 30, rng.integers(0, 20))) for _ in range(2))
        for mode, operation in operations.items():
            history = SelectionHistory((Selection(first),)).apply(Selection(second), mode=mode)
            assert set(history.current.rows) == operation(set(first), set(second))
            assert (np.diff(history.current.rows) > 0).all()


def test_unknown_mode_is_refused():
    with pytest.raises(InputError, match="`mode` to be one of"):
        SelectionHistory().apply(select(1), mode="xor")


def test_undo_goes_back_step_by_step_and_stops_at_nothing():
    history = SelectionHistory().apply(select(1), mode="replace").apply(select(2), mode="add")
    assert history.current.rows.tolist() == [1, 2]
    assert history.undo().current.rows.tolist() == [1]
    assert len(history.undo().undo().undo().current) == 0


def test_clear_can_be_undone():
    history = SelectionHistory((select(1, 2),)).clear()
    assert len(history.current) == 0
    assert history.undo().current.rows.tolist() == [1, 2]


def test_history_does_not_grow_without_end():
    history = SelectionHistory()
    for row in range(HISTORY_LIMIT + 20):
        history = history.apply(select(row), mode="replace")
    assert len(history.steps) == HISTORY_LIMIT
    assert history.current.rows.tolist() == [HISTORY_LIMIT + 19]


def ray_casting(x, y, vertices):
    """Odd number of crossed edges: inside."""
    inside = False
    for (x1, y1), (x2, y2) in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def test_polygon_equals_ray_casting():
    rng = np.random.default_rng(1)
    layout = rng.normal(size=(500, 2)).astype(np.float32)
    for _ in range(10):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 15))
        radius = rng.uniform(0.3, 2, 15)
        vertices = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
        expected = [i for i, (x, y) in enumerate(layout) if ray_casting(x, y, vertices)]
        assert rows_in_polygon(layout, *vertices.T.tolist()).tolist() == expected


@pytest.mark.parametrize(("x", "y"), [([0, 1], [0, 1]), ([0, 1, float("nan")], [0, 1, 0])])
def test_outline_that_encloses_nothing_is_refused(x, y):
    with pytest.raises(InputError, match="at least 3 finite vertices"):
        rows_in_polygon(np.zeros((3, 2)), x, y)


LAYOUT = np.array([[0.0, 0.0], [1.0, 1.0], [5.0, 5.0]])
LAYER = category_layer(["liver", "heart", "liver"], title="tissue")


@pytest.mark.parametrize(
    ("gesture", "rows", "label"),
    [
        ({"kind": "click", "row": 1}, [1], "one point"),
        ({"kind": "legend", "code": 1}, [0, 2], "tissue liver"),
        (
            {"kind": "polygon", "x": [-1, 2, 2, -1], "y": [-1, -1, 2, 2]},
            [0, 1],
            "drawn on the map",
        ),
    ],
)
def test_gesture_becomes_rows(gesture, rows, label):
    selection = selection_of_gesture(gesture, layout=LAYOUT, layer=LAYER)
    assert selection.rows.tolist() == rows
    assert selection.label == label


@pytest.mark.parametrize(
    "gesture",
    [
        {"kind": "click", "row": 3},
        {"kind": "click", "row": -1},
        {"kind": "legend", "code": 9},
        {"kind": "teleport"},
        {},
    ],
)
def test_gesture_that_makes_no_sense_is_refused(gesture):
    with pytest.raises(InputError, match="Expected a click"):
        selection_of_gesture(gesture, layout=LAYOUT, layer=LAYER)


def test_number_scale_cannot_be_clicked():
    layer = number_layer(np.array([1.0, 2.0, 3.0]), title="degree")
    with pytest.raises(InputError, match="Expected a click"):
        selection_of_gesture({"kind": "legend", "code": 0}, layout=LAYOUT, layer=layer)
