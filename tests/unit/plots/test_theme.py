import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from musegnn.plots.theme import DARK, LIGHT, ground, layer_colours, palette, viridis

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)


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
