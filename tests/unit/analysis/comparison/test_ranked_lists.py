"""Overlap of ranked lists against their definitions, and their nulls against counting."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import chisquare, hypergeom, ks_2samp, kstest

from musegnn.analysis.comparison import ranked_lists as lists
from musegnn.errors import InputError


def rbo_by_definition(first, second, p):
    """Sum over depths as in Webber et al., equation 32, on lists of names."""
    n = len(first)
    shared = [len(set(first[:d]) & set(second[:d])) for d in range(1, n + 1)]
    series = sum(x / d * p**d for d, x in enumerate(shared, start=1))
    return (1 - p) / p * series + shared[-1] / n * p**n


def ranks_of(order):
    ranks = np.empty(len(order), dtype=int)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks


def random_unit(rng, n_genes, n_dimensions=8):
    vectors = rng.normal(size=(n_genes, n_dimensions))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_ranks_follow_the_cosine_and_put_the_gene_itself_last():
    unit = random_unit(np.random.default_rng(1), 30)
    ranks = lists.neighbour_ranks(unit)
    for i in range(30):
        others = sorted((j for j in range(30) if j != i), key=lambda j: -(unit[i] @ unit[j]))
        assert [ranks[i, j] for j in others] == list(range(1, 30))
    assert (np.diag(ranks) == 30).all()


def test_ties_go_to_the_first_name():
    ranks = lists.neighbour_ranks(np.tile([1.0, 0.0], (5, 1)))
    assert ranks[2].tolist() == [1, 2, 5, 3, 4]


@pytest.mark.parametrize("k", [1, 7, 39])
@pytest.mark.parametrize("is_tied", [False, True])
def test_ranks_of_the_nearest_are_those_of_all_ranks_where_distances_tie_too(k, is_tied):
    rng = np.random.default_rng(3)
    sides = [random_unit(rng, 150).astype(np.float32) for _ in range(2)]
    if is_tied:  # few directions, and genes without one
        sides = [np.sign(side[:, :3]) / np.float32(2) for side in sides]
        sides[0][rng.random(150) < 0.1] = 0
    found = lists.ranks_of_nearest(*sides, k)
    first, second = (lists.neighbour_ranks(side) for side in sides)
    for own, other, ranks in ((first, second, found[0]), (second, first, found[1])):
        wanted = [[other[i, j] for j in np.flatnonzero(own[i] <= k)] for i in range(150)]
        assert ranks.tolist() == wanted


@pytest.mark.parametrize("p", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("n_items", [1, 2, 7, 60])
def test_rank_biased_overlap_equals_the_definition(p, n_items):
    rng = np.random.default_rng(n_items)
    weights = lists.rank_biased_weights(n_items, p)
    for _ in range(20):
        orders = [rng.permutation(n_items) for _ in range(2)]
        later = lists.later_ranks(*(ranks_of(order) for order in orders))
        found = lists.rank_biased_overlap(later[None], weights)[0]
        assert found == pytest.approx(rbo_by_definition(*map(list, orders), p), abs=1e-12)


def test_equal_lists_overlap_fully():
    later = np.arange(1, 101)[None]
    assert lists.rank_biased_overlap(later, lists.rank_biased_weights(100, 0.9)) == pytest.approx(1)


def test_shared_counts_and_jaccard_equal_a_loop_over_sets():
    rng = np.random.default_rng(3)
    ranks = [lists.neighbour_ranks(random_unit(rng, 40)) for _ in range(2)]
    for k in (1, 5, 20):
        shared = lists.count_shared(lists.later_ranks(*ranks), k)
        for i in range(40):
            near = [{j for j in range(40) if j != i and side[i, j] <= k} for side in ranks]
            assert shared[i] == len(near[0] & near[1])
            jaccard = lists.jaccard_of_counts(shared, k)[i]
            assert jaccard == len(near[0] & near[1]) / len(near[0] | near[1])


def test_expected_values_equal_the_mean_over_all_orders():
    n_items, k, p = 6, 2, 0.8
    weights = lists.rank_biased_weights(n_items, p)
    places = np.arange(1, n_items + 1)
    later = np.array([np.maximum(places, other) for other in permutations(places)])
    shared = (later <= k).sum(axis=1)
    jaccard = shared / (2 * k - shared)
    assert lists.jaccard_by_chance(n_items, k) == pytest.approx(jaccard.mean(), abs=1e-12)
    rbo = lists.rank_biased_overlap(later, weights)
    assert lists.rank_biased_by_chance(n_items, p) == pytest.approx(rbo.mean(), abs=1e-12)


def test_exact_p_equals_the_share_of_all_orders():
    places = np.arange(1, 8)
    later = np.array([np.maximum(places, other) for other in permutations(places)])
    counts = (later <= 3).sum(axis=1)
    for n_shared in range(4):
        p = lists.p_of_counts(np.array([n_shared]), 7, 3)[0]
        assert p == pytest.approx((counts >= n_shared).mean(), abs=1e-12)
    assert lists.p_of_counts(np.array([5]), 100, 20)[0] == hypergeom.sf(4, 100, 20, 20)


def test_null_draws_agree_with_the_expected_value_and_repeat():
    null = lists.rank_biased_null(80, 0.9, permutations=4000, seed=5)
    error = null.std() / np.sqrt(len(null))
    assert abs(null.mean() - lists.rank_biased_by_chance(80, 0.9)) < 4 * error
    again = lists.rank_biased_null(80, 0.9, permutations=4000, seed=5)
    np.testing.assert_array_equal(null, again)
    assert (np.diff(null) >= 0).all()


def test_null_does_not_depend_on_the_size_of_a_batch(monkeypatch):
    whole = lists.rank_biased_null(50, 0.9, permutations=300, seed=2)
    monkeypatch.setattr(lists, "_DRAWS_AT_ONCE", 50 * 7)
    np.testing.assert_array_equal(whole, lists.rank_biased_null(50, 0.9, permutations=300, seed=2))


def test_p_values_of_shuffled_lists_are_uniform():
    rng = np.random.default_rng(11)
    weights = lists.rank_biased_weights(100, 0.9)
    places = np.arange(1, 101)
    later = np.maximum(places, rng.permuted(np.tile(places, (2000, 1)), axis=1))
    null = lists.rank_biased_null(100, 0.9, permutations=9999, seed=0)
    p = lists.p_above(lists.rank_biased_overlap(later, weights), null)
    assert kstest(p, "uniform").pvalue > 0.01


def test_p_counts_the_observed_value_and_ties():
    null = np.array([0.1, 0.2, 0.2, 0.5])
    assert lists.p_above(np.array([0.2, 0.9]), null).tolist() == [4 / 5, 1 / 5]
    assert lists.p_below(np.array([0.2, 0.0]), null).tolist() == [4 / 5, 1 / 5]


@pytest.mark.parametrize("persistence", [0.0, 1.0, -1.0, 2.0])
def test_persistence_out_of_range_is_refused(persistence):
    with pytest.raises(InputError, match=r"Expected `persistence` above 0 and below 1"):
        lists.rank_biased_weights(5, persistence)


def test_no_permutation_is_refused():
    with pytest.raises(InputError, match=r"`permutations` to be greater than 0"):
        lists.rank_biased_null(5, 0.9, permutations=0, seed=0)


@pytest.mark.parametrize(("n_items", "persistence"), [(600, 0.9), (40, 0.9), (300, 0.98)])
def test_null_agrees_with_shuffles_of_whole_lists(n_items, persistence):
    rng = np.random.default_rng(3)
    places = np.arange(1, n_items + 1)
    weights = lists.rank_biased_weights(n_items, persistence)
    later = np.maximum(places, rng.permuted(np.tile(places, (4000, 1)), axis=1))
    whole = lists.rank_biased_overlap(later, weights)
    null = lists.rank_biased_null(n_items, persistence, permutations=4000, seed=8)
    assert ks_2samp(whole, null).pvalue > 0.01
    assert null.mean() == pytest.approx(whole.mean(), abs=5 * whole.std() / np.sqrt(2000))


def test_each_order_of_the_first_places_is_as_likely():
    drawn = lists._first_of_shuffled(4, 2, 24_000, np.random.default_rng(0))
    orders, counts = np.unique(drawn, axis=0, return_counts=True)
    assert sorted(map(tuple, orders.tolist())) == sorted(permutations(range(1, 5), 2))
    assert chisquare(counts).pvalue > 0.001
