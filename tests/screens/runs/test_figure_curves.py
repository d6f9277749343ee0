import numpy as np
import pytest

from musegnn.screens.runs.figure_curves import MOST_NAMED, plot_curves
from musegnn.screens.runs.view_curves import Panel
from musegnn.screens.shell.theme import DARK, LIGHT, palette


def panel(name, n_lines, n_points=50):
    lines = tuple(
        (f"run {i}", np.arange(1.0, n_points + 1), np.linspace(2, 1 + i, n_points))
        for i in range(n_lines)
    )
    marks = tuple((label, int(x[np.argmin(y)]), float(y.min())) for label, x, y in lines)
    return Panel(name, name, "", lines, marks)


def draw(panels, n_lines, on=LIGHT):
    return plot_curves(panels, names=[f"run {i}" for i in range(n_lines)], on=on, keep="k")


@pytest.mark.parametrize("on", [LIGHT, DARK])
def test_a_single_run_has_the_accent_and_a_ring_at_its_best(on):
    figure = draw([panel("loss", 1), panel("term", 1)], 1, on)
    line, ring = figure.data[:2]
    assert line.line.color == on.accent
    assert (ring.x[0], ring.y[0]) == (50, 1.0)
    assert figure.layout.font.color == on.text
    assert not figure.layout.showlegend
    assert figure.layout.uirevision == "k"


def test_each_quantity_has_its_own_scale_and_the_epochs_are_shared():
    figure = draw([panel(name, 2) for name in "abcde"], 2)
    lines = [trace for trace in figure.data if trace.mode != "markers"]
    assert len({trace.yaxis for trace in lines}) == 5
    assert [note.text for note in figure.layout.annotations] == list("abcde")
    assert figure.layout.xaxis.matches is not None or figure.layout.xaxis2.matches is not None


def test_a_run_keeps_colour_and_dash_in_every_picture_and_stands_once_in_the_legend():
    figure = draw([panel("a", 12), panel("b", 12)], 12)
    styles, shown = {}, []
    for trace in figure.data:
        if trace.mode == "markers":
            continue
        styles.setdefault(trace.name, set()).add((trace.line.color, trace.line.dash))
        shown += [trace.name] if trace.showlegend else []
    assert all(len(found) == 1 for found in styles.values())
    assert len({next(iter(found)) for found in styles.values()}) == 12
    assert shown == [f"run {i}" for i in range(12)]
    assert styles["run 0"] == {(palette(1)[0], "solid")}
    assert styles["run 8"] == {(palette(1)[0], "dash")}


def test_hundreds_of_lines_are_drawn_without_a_legend():
    n_lines = 203
    figure = draw([panel("a", n_lines, 10)], n_lines)
    assert n_lines > MOST_NAMED
    assert len(figure.data) == n_lines + 1
    assert not figure.layout.showlegend


def test_no_panel_draws_an_empty_figure():
    assert len(plot_curves([], names=[], on=LIGHT).data) == 0


def test_few_values_are_drawn_as_points_too():
    assert draw([panel("a", 1, 1)], 1).data[0].mode == "lines+markers"
    assert draw([panel("a", 1, 13)], 1).data[0].mode == "lines"
