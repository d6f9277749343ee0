import colorsys
import itertools

import numpy as np
import plotly.graph_objects as go
import pytest
from matplotlib.colors import to_rgb

from musegnn.screens.shell.theme import (
    DARK,
    INVISIBLE,
    LIGHT,
    TISSUES,
    dress,
    ground,
    layer_colours,
    palette,
    tissue_palette,
    viridis,
)

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)

# CIEDE2000; 2 to 3 is the least difference seen between large patches side by side, and points
# of 4 pixels need several times that
BAR_NORMAL = 20
BAR_RED_GREEN = 11


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = to_xyz @ rgb / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def least_distance(colours, matrix):
    places = [lab(np.clip(matrix @ linear(colour), 0, 1)) for colour in colours]
    return min(np.linalg.norm(a - b) for a, b in itertools.combinations(places, 2))


@pytest.mark.parametrize("on", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("n", "bar"), [(8, 15), (20, 12)])
def test_colours_can_be_told_apart_with_and_without_red_green_vision(on, n, bar):
    colours = palette(n, on=on)
    assert least_distance(colours, np.eye(3)) > bar
    assert least_distance(colours, DEUTERANOPIA) > bar


def ciede2000(first, second):
    """Difference of two CIELAB colours; Sharma, Wu & Dalal 2005, equations 2 to 22."""
    (l1, a1, b1), (l2, a2, b2) = first, second
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    dl, dc = l2 - l1, c2 - c1
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    if c1 * c2 == 0:
        mean_h = h1 + h2
    elif abs(h1 - h2) <= 180:
        mean_h = (h1 + h2) / 2
    else:
        mean_h = (h1 + h2 + (360 if h1 + h2 < 360 else -360)) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    r_c = 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
    r_t = -np.sin(np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2)))) * r_c
    parts = (dl / s_l, dc / s_c, dh / s_h)
    return float(np.sqrt(sum(part**2 for part in parts) + r_t * parts[1] * parts[2]))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [  # test data of Sharma, Wu & Dalal 2005, table 1
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000_gives_the_published_values(first, second, expected):
    assert ciede2000(first, second) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("on", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("vision", "bar"),
    [(np.eye(3), BAR_NORMAL), (DEUTERANOPIA, BAR_RED_GREEN), (PROTANOPIA, BAR_RED_GREEN)],
    ids=["normal", "deuteranopia", "protanopia"],
)
def test_first_eight_colours_differ_for_every_vision(on, vision, bar):
    places = [lab(np.clip(vision @ linear(colour), 0, 1)) for colour in palette(8, on=on)]
    assert min(ciede2000(*pair) for pair in itertools.combinations(places, 2)) >= bar


def contrast(first, second):
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted(float(weights @ linear(colour)) for colour in (first, second))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("on", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_accent_are_readable_on_their_ground(on):
    assert contrast(on.text, on.background) > 7
    assert contrast(on.muted_text, on.background) > 4.5
    assert contrast(on.accent, on.background) > 4.5


@pytest.mark.parametrize("on", [LIGHT, DARK], ids=["light", "dark"])
def test_every_category_can_be_seen_on_its_ground(on):
    places = [lab(linear(colour)) for colour in palette(20, on=on)]
    ground_place = lab(linear(on.background))
    assert min(np.linalg.norm(place - ground_place) for place in places) > 25


def test_more_categories_do_not_change_the_first_colours():
    assert palette(20)[:8] == palette(8)
    assert palette(25)[:20] == palette(20)
    assert set(palette(25)[20:]) == {LIGHT.other}


def test_black_gives_way_on_the_dark_ground_only():
    assert "#000000" in palette(8, on=LIGHT)
    assert "#000000" not in palette(20, on=DARK)


def test_ground_follows_the_theme():
    assert ground(dark=True) is DARK
    assert ground(dark=False) is LIGHT


def test_layer_colours_follow_the_kind_of_layer():
    assert layer_colours("number", 64) == viridis(64)
    assert layer_colours("membership", 2) == [LIGHT.context, LIGHT.accent]
    assert layer_colours("category", 3) == palette(3)
    assert layer_colours("category", 20, has_other=True)[-1] == LIGHT.other
    assert LIGHT.other not in layer_colours("category", 20, has_other=True)[:-1]


def test_viridis_runs_from_dark_to_light():
    lightness = [lab(linear(colour))[0] for colour in viridis(16)]
    assert (np.diff(lightness) > 0).all()


@pytest.mark.parametrize("on", [LIGHT, DARK])
def test_a_dressed_figure_stands_on_the_ground_and_keeps_what_it_had(on):
    figure = go.Figure(layout={"legend": {"x": 0.5}, "xaxis": {"visible": False}})
    dressed = dress(figure, on, height=120, margin=(1, 2, 3, 4), xaxis={"title": "rank"})
    layout = dressed.layout
    assert dressed is figure
    assert (layout.height, layout.legend.x, layout.xaxis.title.text) == (120, 0.5, "rank")
    assert layout.xaxis.visible is None  # what is given takes its place
    sides = (layout.margin.l, layout.margin.r, layout.margin.t, layout.margin.b)
    assert sides == (1, 2, 3, 4)
    assert (layout.paper_bgcolor, layout.plot_bgcolor) == (on.background, INVISIBLE)
    assert layout.font.color == on.text


@pytest.mark.parametrize("on", [LIGHT, DARK], ids=["light", "dark"])
def test_a_tissue_has_one_colour_whatever_stands_beside_it(on):
    alone = tissue_palette(["pancreas"], on=on)
    beside = tissue_palette(["blood", "brain", "pancreas", "a new tissue"], on=on)
    assert beside[2] == alone[0]
    assert len(set(beside)) == 4
    assert tissue_palette(["a new tissue"], on=on)[0] == beside[3]
    many = tissue_palette([f"tissue {i}" for i in range(30)], on=on)
    assert many.count(on.other) == 10
    assert len(set(many)) == 21


def test_tissues_of_the_atlas_keep_their_hue_when_the_ground_changes():
    names = [name for name in TISSUES[:13] if name != "liver"]  # black gives way on the dark ground
    hues = [
        np.array(
            [colorsys.rgb_to_hsv(*to_rgb(colour))[0] for colour in tissue_palette(names, on=on)]
        )
        for on in (LIGHT, DARK)
    ]
    apart = np.abs(hues[0] - hues[1])
    assert np.minimum(apart, 1 - apart).max() < 0.16
