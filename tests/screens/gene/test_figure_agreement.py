import numpy as np

from musegnn.screens.gene.figure_agreement import plot_agreement
from musegnn.screens.shell.theme import LIGHT


def draw(overlap, here=1):
    m = len(overlap)
    labels = [f"G in c{i}" for i in range(m)]
    return plot_agreement(np.array(overlap), np.full((m, m), 7), labels, here=here, on=LIGHT)


def test_cells_are_the_overlaps_and_the_diagonal_is_blank():
    figure = draw([[1, 0.2, 0.4], [0.2, 1, np.nan], [0.4, np.nan, 1]])
    values = np.array(figure.data[0].z, dtype=float)
    assert np.isnan(np.diag(values)).all()
    assert values[0, 1] == 0.2
    assert np.isnan(values[1, 2])
    assert figure.data[0].customdata[0][1].tolist() == ["G in c0", "G in c1", 7]


def test_the_present_context_is_marked_and_written_bold():
    figure = draw(np.eye(3), here=2)
    assert figure.layout.yaxis.ticktext == ("G in c0", "G in c1", "<b>G in c2</b>")
    assert (figure.layout.shapes[0].y0, figure.layout.shapes[0].y1) == (1.5, 2.5)


def test_the_scale_starts_at_zero_and_does_not_drown_small_overlaps():
    assert (draw(np.eye(2)).data[0].zmin, draw(np.eye(2)).data[0].zmax) == (0, 0.5)
    assert draw([[1, 0.8], [0.8, 1]]).data[0].zmax == 0.8


def test_one_context_is_drawn_without_complaint():
    assert draw([[1.0]], here=0).layout.height > 0
