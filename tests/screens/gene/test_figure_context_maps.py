import pandas as pd
import pytest

from musegnn.screens.gene.figure_context_maps import plot_context_maps
from musegnn.screens.parts.small_maps_figure import COLUMNS
from musegnn.screens.shell.theme import DARK, LIGHT


def points(n_maps):
    kinds = ["context", "context", "neighbour", "gene"]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "map": f"INS in c{i}",
                    "kind": kinds,
                    "gene": ["A", "B", "C", "INS"],
                    "x": [0.0, 1, 2, 3],
                    "y": [3.0, 2, 1, 0],
                }
            )
            for i in range(n_maps)
        ]
    )


@pytest.mark.parametrize("n_maps", [1, 3, 4, 6])
def test_each_map_shows_context_neighbours_and_gene(n_maps):
    figure = plot_context_maps(points(n_maps), on=LIGHT)
    assert len(figure.data) == 3 * n_maps
    assert {trace.type for trace in figure.data} == {"scattergl"}
    titles = [note.text for note in figure.layout.annotations]
    assert titles == [f"INS<br>c{i}" for i in range(n_maps)]
    stars = [trace for trace in figure.data if trace.marker.symbol == "star"]
    assert [list(star.x) for star in stars] == [[3]] * n_maps


def test_maps_share_one_scale_and_do_not_overlap():
    layout = plot_context_maps(points(COLUMNS + 1), on=DARK).layout
    assert layout.xaxis2.matches == "x"
    assert layout.yaxis4.matches == "y"
    assert layout.xaxis.domain[1] < layout.xaxis2.domain[0]
    assert layout.yaxis4.domain[1] < layout.yaxis.domain[0]


def test_gene_and_neighbours_differ_by_shape_and_size_not_by_colour_alone():
    grey, near, gene = plot_context_maps(points(1), on=LIGHT).data
    assert grey.marker.size < near.marker.size < gene.marker.size
    assert gene.marker.symbol == "star"
