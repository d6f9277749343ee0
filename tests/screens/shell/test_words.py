from typing import get_args

import pytest

from musegnn.runs.states import State
from musegnn.screens.runs.view_list import STATE_MEANINGS
from musegnn.screens.shell.words import digits, duration, escaped, memory, moment


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "\u2013"),
        (float("nan"), "\u2013"),
        (-1, "\u2013"),
        (0, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (3605, "1 h"),
        (273_600, "3 d 4 h"),
    ],
)
def test_a_time_is_told_in_its_two_largest_units(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\u2013"),
        (0, "0"),
        (0.95123, "0.951"),
        (12.345, "12.3"),
        (123.45, "123"),
        (12345.6, "12,346"),
        (-0.0123456, "-0.0123"),
        (0.00001234, "1.23e-05"),
    ],
)
def test_numbers_have_three_significant_digits(value, text):
    assert digits(value) == text


def test_memory_has_a_unit():
    assert memory(512) == "512 MiB"
    assert memory(2048) == "2.00 GiB"
    assert memory(0) == memory(None) == "\u2013"


def test_every_state_has_a_meaning():
    assert set(STATE_MEANINGS) == set(get_args(State))


def test_no_moment_reads_as_nothing():
    assert moment(None) == "\u2013"


def test_a_name_cannot_draw_pictures_or_links():
    name = "![x](http://a.b) :red[*] <b> $x$ `c` \\"
    shown = escaped(name)
    for sign in "![]()*<>$`":
        assert shown.count(sign) == shown.count("\\" + sign)
    assert escaped("heart-and-liver: 2.5") == "heart-and-liver: 2.5"
