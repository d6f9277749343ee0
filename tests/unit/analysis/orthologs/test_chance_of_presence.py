"""Closed forms against SciPy's distributions and against plain enumeration."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from musegnn.analysis.orthologs.chance_of_presence import (
    chance_of_presence,
    match_total,
    overlap_distribution,
)


def test_presence_is_one_minus_the_product_of_what_is_missed():
    chance = np.array([0.5, 0.25, 0.1, 0.0])
    result = chance_of_presence(chance, np.array([0, 0, 1, 2]), 4)
    np.testing.assert_allclose(result, [1 - 0.5 * 0.75, 0.1, 0, 0])


def test_only_a_sure_occasion_makes_presence_sure():
    chance = np.array([1.0, 0.3, *[0.9] * 60])
    result = chance_of_presence(chance, np.array([0, 0, *[1] * 60]), 2)
    assert result[0] == 1
    assert 0.999 < result[1] < 1


@pytest.mark.parametrize("total", [1, 2, 17, 60, 99, 100])
def test_matched_chances_sum_to_the_total_and_keep_order_and_odds_ratios(total):
    chance = np.random.default_rng(0).uniform(0.01, 0.9, 100)
    matched = match_total(chance, total)
    assert matched.sum() == pytest.approx(total)
    assert (np.argsort(matched, kind="stable") == np.argsort(chance, kind="stable")).all() or (
        total == 100
    )
    if total < 99:
        odds = (matched / (1 - matched)) / (chance / (1 - chance))
        np.testing.assert_allclose(odds, odds[0], rtol=1e-6)


def test_chances_of_zero_and_one_stay():
    np.testing.assert_allclose(match_total(np.array([0, 1, 0.2, 0.2]), 2), [0, 1, 0.5, 0.5])
    assert match_total(np.array([0, 1, 0.2]), 1).tolist() == [0, 1, 0]
    assert match_total(np.array([0, 1, 0.2]), 2).tolist() == [0, 1, 1]


def test_equal_chances_are_hypergeometric():
    marked = np.arange(50) < 12
    result = overlap_distribution(np.full(50, 0.3), marked, 20)
    np.testing.assert_allclose(result, stats.hypergeom(50, 12, 20).pmf(np.arange(13)))


def test_two_odds_are_fishers_noncentral_hypergeometric():
    marked = np.arange(40) < 15
    chance = np.where(marked, 0.5, 0.2)  # odds 1 and 1/4
    result = overlap_distribution(chance, marked, 10)
    reference = stats.nchypergeom_fisher(40, 15, 10, 4.0).pmf(np.arange(11))
    np.testing.assert_allclose(result, reference)


def test_any_chances_agree_with_enumeration_and_scaled_odds_change_nothing():
    chance = np.array([0.1, 0.9, 0.4, 0.0, 1.0, 0.6, 0.3])
    marked = np.array([True, False, True, True, True, False, False])
    weight = np.zeros(5)
    for state in itertools.product([False, True], repeat=7):
        present = np.array(state)
        if present.sum() == 3:
            weight[(present & marked).sum()] += np.where(present, chance, 1 - chance).prod()
    result = overlap_distribution(chance, marked, 3)
    np.testing.assert_allclose(result, (weight / weight.sum())[:4], atol=1e-15)
    np.testing.assert_allclose(
        overlap_distribution(match_total(chance, 3), marked, 3), result, atol=1e-12
    )


def test_small_tails_keep_their_digits():
    marked = np.arange(2000) < 100
    result = overlap_distribution(np.full(2000, 0.05), marked, 100)
    assert result[60:].sum() == pytest.approx(stats.hypergeom(2000, 100, 100).sf(59), rel=1e-6)
    assert result[60:].sum() < 1e-50
