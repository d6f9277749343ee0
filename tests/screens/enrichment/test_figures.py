import numpy as np
import pandas as pd
import pytest

from musegnn.screens.enrichment.figure_activity import plot_activity_heatmap
from musegnn.screens.enrichment.figure_bubbles import plot_enrichment_bubbles
from musegnn.screens.enrichment.figure_marks import diameters, short_name, strength, strength_scale
from musegnn.screens.enrichment.figure_running_score import plot_running_score
from musegnn.screens.enrichment.figure_terms import plot_enriched_terms
from musegnn.screens.shell.theme import DARK, LIGHT

LONG = "positive regulation of something that has a very long name (GO:0000001)"


@pytest.fixture
def terms():
    return pd.DataFrame(
        {
            "term": ["a", LONG, "c"],
            "odds_ratio": [4.0, 2.0, 0.5],
            "odds_low": [2.0, 0.8, 0.1],
            "odds_high": [8.0, 5.0, 2.0],
            "hits": [9, 4, 1],
            "q": [1e-6, 0.04, 0.6],
        }
    )


@pytest.fixture
def bubbles():
    return pd.DataFrame(
        {
            "term": ["a", "a", LONG],
            "context": ["liver", "heart", "heart"],
            "tissue": ["liver", "heart", "heart"],
            "hits": [5, 2, 7],
            "size": [10, 10, 20],
            "fold": [2.0, 1.0, 3.0],
            "q": [0.01, 0.5, 1e-9],
        }
    )


def marks(figure):
    return next(
        trace for trace in figure.data if trace.mode == "markers" and trace.marker.cmin is not None
    )


def test_area_grows_with_the_number_of_genes():
    sizes = diameters([0, 25, 100], most=100)
    assert sizes[0] == 6
    assert sizes[2] == 22
    assert sizes[1] - 6 == pytest.approx((22 - 6) / 2)


def test_strength_of_q_stays_finite():
    assert strength([1, 0.01, 0]).tolist() == pytest.approx([0, 2, 300])


@pytest.mark.parametrize("on", [LIGHT, DARK])
def test_strongest_colour_differs_most_from_the_ground(on):
    def light(colour):
        return sum(int(colour[i : i + 2], 16) for i in (1, 3, 5))

    scale, ground = strength_scale(on), light(on.background)
    assert abs(light(scale[-1]) - ground) > abs(light(scale[0]) - ground) > 60


def test_long_names_are_cut_and_short_ones_not():
    assert short_name("a") == "a"
    assert short_name("B cell activation (GO:0042113)") == "B cell activation"
    assert short_name("uptake (in vitro)") == "uptake (in vitro)"
    assert len(short_name(LONG)) <= 54
    assert short_name(LONG).endswith("...")


@pytest.mark.parametrize("on", [LIGHT, DARK])
def test_terms_stand_at_their_odds_in_the_order_of_the_table(terms, on):
    drawn = marks(plot_enriched_terms(terms, on=on))
    assert list(drawn.x) == [4.0, 2.0, 0.5]
    assert list(drawn.y) == [0, 1, 2]
    assert list(drawn.marker.symbol) == ["circle", "circle", "circle-open"]
    assert drawn.customdata[1][0] == LONG


def test_intervals_span_their_bounds(terms):
    figure = plot_enriched_terms(terms, on=LIGHT)
    lines = [tuple(trace.x) for trace in figure.data if trace.mode == "lines"]
    assert lines == list(zip(terms["odds_low"], terms["odds_high"], strict=True))


def test_bubbles_stand_at_their_term_and_context(bubbles):
    figure = plot_enrichment_bubbles(bubbles, ["heart", "liver", "spleen"], on=DARK)
    drawn = marks(figure)
    assert list(zip(drawn.x, drawn.y, strict=True)) == [(0, 1), (0, 0), (1, 0)]
    assert list(drawn.marker.symbol) == ["circle", "circle-open", "circle"]
    assert drawn.marker.size[2] > drawn.marker.size[0] > drawn.marker.size[1]
    assert list(figure.layout.yaxis.ticktext) == ["heart", "liver", "spleen"]


def test_running_score_has_a_tick_for_each_gene():
    is_member = np.array([True, False, True, False])
    figure = plot_running_score(
        np.array([0.5, 0.0, 0.5, 0.0]),
        is_member,
        np.array([2.0, 1.0, 0.5, -1.0]),
        ["A", "B", "C", "D"],
        meaning="number",
        on=LIGHT,
    )
    ticks = next(trace for trace in figure.data if trace.yaxis == "y2")
    assert list(ticks.x) == [1, 3]
    assert list(ticks.customdata) == ["A", "C"]


@pytest.fixture
def matrices():
    matrix = pd.DataFrame([[3.0, np.nan], [-2.0, 0.5]], index=["x", "y"], columns=["TF1", "TF2"])
    q = pd.DataFrame([[0.001, np.nan], [0.2, 0.9]], index=["x", "y"], columns=["TF1", "TF2"])
    return matrix, q, q * 0 + 7


def test_heatmap_is_symmetric_around_nothing_and_dots_what_stands_out(matrices):
    drawn = plot_activity_heatmap(*matrices, on=DARK).data[0]
    assert (drawn.zmin, drawn.zmax) == (-3, 3)
    assert drawn.text.tolist() == [["\u2022", ""], ["", ""]]


def test_nothing_to_draw_is_an_empty_picture(terms, bubbles, matrices):
    assert len(marks(plot_enriched_terms(terms.head(0), on=LIGHT)).x) == 0
    assert len(marks(plot_enrichment_bubbles(bubbles.head(0), ["liver"], on=LIGHT)).x) == 0
    empty = plot_activity_heatmap(*(table * np.nan for table in matrices), on=LIGHT)
    assert not np.isfinite(empty.data[0].z.astype(float)).any()
