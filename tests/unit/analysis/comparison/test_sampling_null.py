"""The null of sampling against scipy, on simulated lists, and on what cannot be told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import betabinom, norm

from musegnn import keys
from musegnn.analysis.comparison import nearness_null, sampling_null
from musegnn.analysis.comparison.context_alignment import common_genes
from musegnn.analysis.comparison.nearness_null import (
    describe_places,
    expected_nearness,
    nearness_test,
)
from musegnn.analysis.comparison.neighbourhood_change import (
    NOT_TESTED,
    NOT_TOLD,
    ChangeSettings,
    kept_first,
    neighbourhood_change,
)
from musegnn.analysis.comparison.ranked_lists import neighbour_ranks
from musegnn.analysis.comparison.sampling_null import Side
from musegnn.graphs.unit_rows import unit_rows
from tests.ui_fixtures import make_embedding


def side(reliability: float, n: int = 50) -> Side:
    return Side(np.full((n, 5), reliability), np.full(n, 20.0), np.full(n, 2.0), 1000)


def test_the_distribution_is_the_beta_binomial_one():
    share = np.array([0.05, 0.4, 0.9])
    for k in (10, 20, 50):
        concentration = np.exp(
            sampling_null.DISPERSION[0] + sampling_null.DISPERSION[1] * np.log(k / 20)
        )
        found = sampling_null.shared_distribution(share, k)
        law = betabinom(k, share * concentration, (1 - share) * concentration)
        np.testing.assert_allclose(found.T, law.pmf(np.arange(k + 1)[:, None]), rtol=1e-6)
        np.testing.assert_allclose(found.sum(axis=1), 1)


def test_firm_genes_are_expected_to_keep_more_and_lose_more_surely():
    found = {}
    for r in (0.8, 0.1):
        expected, low, high = sampling_null.shared_by_sampling(side(r), side(r), k=20, n_common=200)
        assert ((low <= expected) & (expected <= high) & (high <= 20)).all()
        p, told = nearness_test(np.zeros(50), side(r), side(r), fraction=20 / 199, n_contexts=8)
        assert ((p > 0) & (p <= 1)).all()
        found[r] = expected, p, told
    assert (found[0.8][0] > 2 * found[0.1][0]).all()
    assert (found[0.8][1] < 5e-4).all()
    assert (found[0.8][1] < found[0.1][1]).all()
    assert found[0.8][2].all()
    # what is as chance in both cannot be told
    assert not nearness_test(np.zeros(50), side(0), side(0), fraction=0.1, n_contexts=8)[1].any()


def test_few_common_genes_and_unequal_contexts_let_sampling_do_more():
    def spread(first: Side, second: Side, n: int) -> float:
        places = describe_places(first, second, 0.05, 8)
        assert len(places) == n
        np.testing.assert_array_equal(places, describe_places(second, first, 0.05, 8))
        return float(expected_nearness(places)[1][0])

    many = spread(side(0.4, 800), side(0.4, 800), 800)
    assert spread(side(0.4, 100), side(0.4, 100), 100) > 1.1 * many
    # the gene is as firm, its context is not
    loose = replace(side(0.4, 800), reliability=np.full((800, 5), 0.05))
    loose.reliability[0] = 0.4
    assert spread(side(0.4, 800), loose, 800) > 1.1 * many
    assert describe_places(side(0.4, 0), side(0.4, 0), 0.05, 8).shape == (0, 21)


def test_p_falls_with_nearness_is_never_zero_and_meets_its_bounds():
    values = np.linspace(-60, 6, 400)
    p = nearness_null.p_of_standardised(values)
    assert (np.diff(p) > -1e-15).all()
    assert p[0] > 0
    assert p[-1] == 1
    at_bounds = nearness_null.p_of_standardised(np.array(nearness_null.BOUNDS))
    np.testing.assert_allclose(at_bounds, nearness_null.SHARES)


def test_nearness_equals_a_loop_over_the_nearest():
    rng = np.random.default_rng(0)
    units = [unit_rows(rng.normal(size=(30, 4)).astype(np.float32)) for _ in range(2)]
    ranks = [neighbour_ranks(unit) for unit in units]
    found = nearness_null.mutual_nearness(ranks[0], ranks[1], 5)
    for gene in range(30):
        scores = []
        for own, other in (units, units[::-1]):
            order = [np.argsort(-(side[gene] @ side.T), kind="stable") for side in (own, other)]
            near, there = ([int(g) for g in one if g != gene] for one in order)
            scores += [-norm.ppf((there.index(g) + 0.5) / 29) for g in near[:5]]
        best = np.mean([-norm.ppf((rank + 0.5) / 29) for rank in range(5)])
        assert found[gene] == pytest.approx(np.mean(scores) / best, abs=1e-6)
    same = nearness_null.mutual_nearness(ranks[0], ranks[0], 5)
    np.testing.assert_allclose(same, 1)


def test_the_same_neighbours_are_never_called_however_firm():
    for r in (0.5, 0.9, 1.0):
        p, told = nearness_test(np.ones(50), side(r), side(r), fraction=0.02, n_contexts=8)
        assert told.all()
        assert (p > 0.2).all()


def test_a_fraction_that_was_measured_is_taken_as_it_is():
    shares = np.tile([0.1, 0.2, 0.3, 0.4, 0.5], (3, 1))
    one = Side(shares, np.ones(3), np.ones(3), 1001)
    assert one.at_fraction(20 / 1000) == pytest.approx((0.3 - 0.02) / 0.98)
    assert one.at_fraction(1 / 1000) == pytest.approx((0.1 - 0.005) / 0.995)
    nothing = replace(one, reliability=np.full((3, 5), np.nan))
    assert (nothing.at_fraction(0.02) == 0).all()


@pytest.mark.parametrize("n_genes", [25, 40, 60, 100, 500])
def test_neighbours_by_chance_are_no_reliability_however_few_the_genes(n_genes: int):
    by_chance = [k / (n_genes - 1) if k < n_genes - 1 else np.nan for k in keys.RELIABILITY_LEVELS]
    nothing = Side(np.tile(by_chance, (3, 1)), np.ones(3), np.ones(3), n_genes)
    whole = replace(nothing, reliability=np.where(np.isnan(by_chance), np.nan, np.ones((3, 5))))
    for fraction in (0.05, 0.12, sampling_null.MOST_FRACTION):
        assert nothing.at_fraction(fraction) == pytest.approx(0)
        assert whole.at_fraction(fraction) == pytest.approx(1)


@pytest.mark.parametrize("n_genes", [1, 2, 6])
def test_of_a_handful_of_genes_nothing_is_known(n_genes: int):
    one = Side(np.full((n_genes, 5), np.nan), np.ones(n_genes), np.ones(n_genes), n_genes)
    assert (one.at_fraction(0.2) == 0).all()


def measured(shares: dict[str, float], loose: int = 0):
    embedding = make_embedding()
    values = embedding.genes[keys.DATASET].astype(str).map(shares).to_numpy(dtype=np.float32)
    table = embedding.genes.assign(**{column: values.copy() for column in keys.RELIABILITY_COLUMNS})
    rows = embedding.rows_of_dataset("pancreas_human")[:loose]
    table.loc[rows, list(keys.RELIABILITY_COLUMNS)] = 0.0
    return replace(embedding, table=table)


def test_genes_of_shuffled_vectors_are_called_and_the_others_are_not():
    shares = {"pancreas_human": 0.9, "pancreas_mouse": 0.9}
    embedding = measured(shares)
    common = common_genes(embedding, "pancreas_human", "pancreas_mouse")
    # the same vectors on both sides, but for thirty genes that exchange theirs
    vectors = embedding.vectors.copy()
    vectors[common.second_rows] = vectors[common.first_rows]
    moved = np.random.default_rng(0).permutation(len(common))[:30]
    vectors[common.second_rows[moved]] = vectors[common.first_rows[np.roll(moved, 1)]]
    embedding = replace(embedding, vectors=vectors)
    change = neighbourhood_change(
        embedding, "pancreas_human", "pancreas_mouse", ChangeSettings(k=10, permutations=99)
    )
    is_called = change.table["q_differs"] < 0.05
    called = set(change.table.loc[is_called, "gene"])
    planted = set(common.names[moved])
    assert len(called & planted) >= 15  # some exchange with a gene of their own module
    for row in change.table[is_called & ~change.table["gene"].isin(planted)].itertuples():
        assert planted & set(f"{row.lost}, {row.gained}".split(", "))  # neighbours of such
    assert set(change.table["gene"].iloc[: len(called)]) == called
    assert change.n_differing == len(called)
    lost = change.table.set_index("gene")["effect"]
    assert lost[sorted(called & planted)].median() > lost[sorted(called - planted)].median()


def test_unreliable_genes_never_stand_on_top_in_either_order():
    embedding = measured({"pancreas_human": 0.9, "pancreas_mouse": 0.9}, loose=60)
    change = neighbourhood_change(
        embedding, "pancreas_human", "pancreas_mouse", ChangeSettings(k=10, permutations=99)
    )
    for table in (change.table, kept_first(change.table)):
        is_last = (table["call"] == NOT_TOLD).to_numpy()
        assert is_last.any()
        assert is_last[-is_last.sum() :].all()
        assert table.loc[is_last, "q_differs"].isna().all()


@pytest.mark.parametrize(
    ("shares", "k", "said"),
    [
        ({"pancreas_human": 0.9}, 10, "genes of pancreas_mouse was not measured"),
        ({"pancreas_human": 0.9, "pancreas_mouse": 0.0}, 10, "pancreas_mouse is noise"),
        ({"pancreas_human": 0.9, "pancreas_mouse": 0.9}, 60, "too few for neighbourhoods of 60"),
    ],
)
def test_why_nothing_can_be_called_is_said(shares: dict[str, float], k: int, said: str):
    change = neighbourhood_change(
        measured(shares), "pancreas_human", "pancreas_mouse", ChangeSettings(k=k, permutations=99)
    )
    assert said in change.not_called
    assert (change.table["call"] == NOT_TESTED).all()
    assert change.table["effect"].isna().all()
