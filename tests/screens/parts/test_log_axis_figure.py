"""Ticks of a logarithmic axis are few and all that it needs."""

from __future__ import annotations

import math

import pytest

from musegnn.screens.parts.log_axis_figure import log_axis, short_number


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (1, 30, ["1", "2", "5", "10", "20"]),
        (1, 213, ["1", "3", "10", "30", "100"]),
        (0.1, 8, ["0.1", "0.3", "1", "3"]),
        (1, 1, ["1"]),
        (1, 50_000, ["1", "10", "100", "1,000", "10k"]),
        (1, 1e12, ["1", "100", "10k", "1M", "100M", "1e+10", "1e+12"]),
    ],
)
def test_ticks_stand_where_they_say_and_the_range_holds_both_ends(low, high, texts):
    axis = log_axis(low, high)
    assert axis["ticktext"] == texts
    assert axis["range"][0] < math.log10(low) <= math.log10(high) < axis["range"][1]
    assert all(low / 1.2 <= tick <= high * 1.2 for tick in axis["tickvals"])


def test_numbers_of_all_sizes_are_short():
    assert max(len(short_number(10.0**power)) for power in range(-12, 16)) <= 6
