import pandas as pd
import pytest

from musegnn.screens.parts.ortholog_figure import plot_ortholog_proportion
from musegnn.screens.shell.theme import DARK, LIGHT


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "cluster": ["7", "12", "3"],
            "comparable": [700, 500, 20],
            "share": [28.7, 48.8, 0.0],
            "expected": [20.0, 23.6, 0.6],
            "fold": [1.4, 2.1, 0.0],
            "q": [0.001, 0.2, float("nan")],
        }
    )


@pytest.mark.parametrize("on", [LIGHT, DARK])
def test_dots_ticks_and_lines_hold_the_numbers_in_the_order_of_the_table(table, on):
    figure = plot_ortholog_proportion(table, on=on)
    named = {trace.name: trace for trace in figure.data if trace.name}
    assert list(named["expected by chance"].x) == table["expected"].tolist()
    assert list(named["observed, q < 0.05"].x) == [28.7]
    assert list(named["observed, q at or above 0.05"].x) == [48.8, 0.0]
    assert named["observed, q < 0.05"].marker.symbol == "circle"
    assert named["observed, q at or above 0.05"].marker.symbol == "circle-open"
    # plotly draws categories from bottom to top
    assert figure.layout.yaxis.categoryarray == ("cluster 3", "cluster 12", "cluster 7")
    assert sum(trace.mode == "lines" for trace in figure.data) == 3
    low, high = figure.layout.xaxis.range
    assert low < 0
    assert high > 48.8
    assert figure.layout.font.color == on.text


def test_a_cluster_without_comparable_genes_leaves_a_gap(table):
    table.loc[2, ["share", "expected", "fold"]] = float("nan")
    figure = plot_ortholog_proportion(table, on=LIGHT)
    assert figure.layout.xaxis.range[1] > 48.8
