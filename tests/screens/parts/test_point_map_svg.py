import base64
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from musegnn.screens.parts.point_map import STEPS_BACK, Cells, MapColours
from musegnn.screens.parts.point_map_svg import (
    MapLook,
    _show_box,
    crowd_box,
    point_map_svg,
    spread_labels,
)
from musegnn.screens.shell.theme import DARK, LIGHT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def drawing():
    rng = np.random.default_rng(0)
    layout = rng.normal(size=(300, 2))
    codes = rng.integers(0, 2, 300).astype(np.uint8)
    colours = MapColours(
        "tissue", False, codes, ("#0072b2", "#e69f00"), ((0, "liver", 150), (1, "heart", 150))
    )
    return layout, colours


def texts(svg):
    return {"".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{SVG}text")}


def points(svg):
    return sum(1 for node in ET.fromstring(svg).iter(f"{SVG}use"))


def test_text_stays_text(drawing):
    svg = point_map_svg(*drawing, title="My map", caption="n = 300", lit=[3], lit_labels=["INS"])
    assert {"My map", "n = 300", "INS", "tissue", "liver (150)"} <= texts(svg)


def test_same_input_gives_the_same_bytes(drawing):
    assert point_map_svg(*drawing) == point_map_svg(*drawing)


def test_every_point_is_a_vector(drawing):
    assert points(point_map_svg(*drawing)) >= 300
    assert "<image" not in point_map_svg(*drawing)


def test_many_points_become_one_picture_with_vector_text(drawing):
    svg = point_map_svg(*drawing, title="My map", raster_limit=100)
    assert svg.count("<image") == 1
    assert "My map" in texts(svg)
    assert points(svg) < 300


def test_selected_points_keep_their_colour_and_the_rest_steps_back(drawing):
    layout, colours = drawing
    selected = np.zeros(300, dtype=bool)
    selected[:7] = True
    svg = point_map_svg(layout, colours, selected=selected)
    assert svg.lower().count(LIGHT.context.lower()) > 0
    assert points(svg) >= 307
    assert LIGHT.context.lower() not in point_map_svg(layout, colours).lower()


def test_ground_changes_the_background(drawing):
    assert DARK.background.lower() in point_map_svg(*drawing, look=MapLook(DARK)).lower()
    assert DARK.background.lower() not in point_map_svg(*drawing).lower()


def test_cells_lie_below_the_points_in_their_colours():
    codes = np.array([[0, 1], [STEPS_BACK, 0]], dtype=np.uint8)
    shades = np.array([[255, 255], [255, 0]], dtype=np.uint8)
    cells = Cells((0.0, 2.0, 0.0, 2.0), codes, shades, most=9)
    few = MapColours(
        "tissue", False, np.array([1], np.uint8), ("#ff0000", "#0000ff"), ((0, "a", 2),), "", cells
    )
    text = point_map_svg(np.array([[1.0, 1.0]]), few)
    picture = base64.b64decode(re.search(r"data:image/png;base64,\s*([^\"]+)", text)[1])
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGBA"))
    height, width = pixels.shape[:2]
    low, high = pixels[3 * height // 4], pixels[height // 4]
    if tuple(low[width // 4][:3]) != (255, 0, 0):  # a picture may be stored upside down
        low, high = high, low
    assert tuple(low[width // 4]) == (255, 0, 0, 255)
    assert tuple(low[3 * width // 4]) == (0, 0, 255, 255)
    assert tuple(high[width // 4][:3]) == tuple(round(255 * part) for part in to_rgb(LIGHT.context))
    assert high[3 * width // 4][3] == 0


def test_no_label_lies_on_another():
    points = np.array([[100.0, 100.0], [101.0, 100.5], [99.0, 99.0], [400.0, 100.0]])
    labels = ["Blood, human, 10x"] * 4
    moved = spread_labels(points, labels)
    assert (moved <= 0).all()
    assert moved[3] == 0  # far from all others
    heights = sorted(points[:3, 1] + moved[:3])
    assert min(np.diff(heights)) >= 9
    assert spread_labels(np.empty((0, 2)), []).shape == (0,)


def test_a_picture_is_framed_on_the_crowd():
    rng = np.random.default_rng(0)
    layout = rng.normal(size=(2000, 2))
    layout[:3] = [[90, 0], [-90, 0], [0, 90]]
    left, right, low, high = crowd_box(layout)
    assert max(right - left, high - low) < 8
    inside = (layout > [left, low]).all(axis=1) & (layout < [right, high]).all(axis=1)
    assert 0.96 < inside.mean() < 1
    assert crowd_box(rng.uniform(size=(2000, 2))) is None  # nothing lies far out
    assert crowd_box(layout[:500]) is None
    assert crowd_box(np.zeros((2000, 2))) is None


@pytest.mark.parametrize("size", [(9.0, 3.0), (3.0, 9.0)])
def test_the_whole_part_is_in_the_picture_whatever_its_shape(size):
    axes = Figure(figsize=size).add_axes((0.1, 0.1, 0.8, 0.8))
    axes.set_aspect("equal", adjustable="datalim")
    _show_box(axes, (0.0, 4.0, -2.0, 2.0), size)
    axes.apply_aspect()
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    assert left <= 0
    assert right >= 4
    assert low <= -2
    assert high >= 2
    assert min(right - left, high - low) == pytest.approx(4)
