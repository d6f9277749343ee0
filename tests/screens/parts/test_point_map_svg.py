import xml.etree.ElementTree as ET

import numpy as np
import pytest

from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.parts.point_map_svg import point_map_svg
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
    assert DARK.background.lower() in point_map_svg(*drawing, on=DARK).lower()
    assert DARK.background.lower() not in point_map_svg(*drawing).lower()
