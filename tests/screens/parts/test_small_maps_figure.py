"""Places of small maps: inside the figure and apart, however many there are."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from musegnn.screens.parts.small_maps_figure import SmallMaps


@pytest.mark.parametrize("n_maps", range(1, 61))
def test_all_maps_lie_inside_the_figure_below_their_words_and_apart(n_maps):
    maps = SmallMaps(n_maps, row_height=240, title_height=48)
    layout, taken = {}, []
    for number in range(n_maps):
        across, up = maps.axes(number)
        axis = maps.axis(number)
        layout |= {f"xaxis{axis}": across, f"yaxis{axis}": up}
        words = maps.words(number, "a", colour="#000", size=11)
        assert up["domain"][1] < words["y"] <= 1
        taken.append((*across["domain"], *up["domain"]))
    go.Figure().update_layout(layout)  # refuses what does not lie between 0 and 1
    for i, (left, right, low, high) in enumerate(taken):
        assert 0 <= left < right <= 1
        assert 0 <= low < high <= 1
        for other in taken[:i]:
            beside = right <= other[0] or other[1] <= left
            assert beside or high <= other[2] + 1e-9 or other[3] <= low + 1e-9
