"""The histogram of cells holds the numbers that it was given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from musegnn.screens.data.figure_cells import cell_histogram
from musegnn.screens.shell.theme import DARK, LIGHT

BINS = pd.DataFrame(
    {
        "low": [10.0, 20.0, 40.0],
        "high": [20.0, 40.0, 90.0],
        "cells": [3, 8, 1],
        "kept": [False, True, True],
    }
)


def area(trace):
    """Sum of width times height below a stepped outline."""
    x = np.array(trace.x, dtype=float)
    y = np.array(trace.y, dtype=float)
    return np.sum(np.diff(x) * y[1:])


@pytest.mark.parametrize("on", [LIGHT, DARK])
def test_kept_and_removed_bins_have_their_own_colour_and_all_their_cells(on):
    figure = cell_histogram(BINS, title="genes", on=on)
    kept, removed = figure.data[:2]
    assert (kept.name, removed.name) == ("kept", "removed")
    assert (kept.fillcolor, removed.fillcolor) == (on.accent, on.other)
    assert area(kept) == 20 * 8 + 50 * 1
    assert area(removed) == 10 * 3
    assert list(figure.data[2].y) == [3, 8, 1]


def test_the_axis_reaches_the_limits_and_has_plain_ticks():
    figure = cell_histogram(BINS, title="genes", limits=[(5, "a"), (400, "b")], on=LIGHT)
    low, high = figure.layout.xaxis.range
    assert low < np.log10(5)
    assert high > np.log10(400)
    assert list(figure.layout.xaxis.ticktext) == ["10", "30", "100", "300"]
    lines = [trace for trace in figure.data if trace.line.dash == "dash"]
    assert [line.x[0] for line in lines] == [5, 400]
    assert [line.text[1] for line in lines] == ["a", "b"]


def test_ticks_of_deep_cells_are_few_and_short():
    bins = BINS.assign(low=[3e4, 2e5, 1e6], high=[2e5, 1e6, 4e6])
    axis = cell_histogram(bins, title="counts", on=LIGHT).layout.xaxis
    assert list(axis.ticktext) == ["30k", "100k", "300k", "1M", "3M"]
    assert axis.tickangle == 0
    wide = cell_histogram(BINS.assign(high=[20.0, 40.0, 9e6]), title="counts", on=LIGHT)
    assert len(wide.layout.xaxis.tickvals) <= 7


def test_bins_that_do_not_touch_are_drawn_apart():
    bins = BINS.assign(kept=[True, False, True])
    kept = cell_histogram(bins, title="genes", on=LIGHT).data[0]
    assert None in kept.x


def test_no_cell_is_an_empty_picture():
    assert len(cell_histogram(BINS.iloc[:0], title="genes", on=LIGHT).data) == 0
