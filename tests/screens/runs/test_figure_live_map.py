import numpy as np
import pandas as pd

from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.runs.figure_live_map import plot_frame
from musegnn.screens.shell.theme import LIGHT


def test_every_point_is_drawn_once_in_its_colour_on_given_axes():
    rng = np.random.default_rng(0)
    points = pd.DataFrame(
        {
            "x": rng.normal(size=40).astype(np.float32),
            "y": rng.normal(size=40).astype(np.float32),
            "gene": [f"G{i}" for i in range(40)],
            "dataset": "d",
        }
    )
    codes = (np.arange(40) % 3).astype(np.uint8)
    legend = tuple((code, f"t{code}", int((codes == code).sum())) for code in range(3))
    colours = MapColours("tissue", False, codes, ("#111111", "#222222", "#333333"), legend)
    figure = plot_frame(points, colours, x=(-9, 9), y=(-8, 8), on=LIGHT, keep="run")
    assert [trace.name for trace in figure.data] == ["t0 (14)", "t1 (13)", "t2 (13)"]
    for code, trace in enumerate(figure.data):
        np.testing.assert_array_equal(trace.x, points["x"][codes == code])
        assert trace.marker.color == colours.colours[code]
        assert trace.text[0] == f"G{code}, d"
    assert figure.layout.xaxis.range == (-9, 9)
    assert figure.layout.yaxis.range == (-8, 8)
    assert figure.layout.yaxis.scaleanchor == "x"
    assert figure.layout.showlegend
