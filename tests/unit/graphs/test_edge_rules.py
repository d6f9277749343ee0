"""Edge rules against loops over genes."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from scipy import sparse, stats

from musegnn.graphs import edge_rules
from musegnn.graphs.cscore_estimator import CoExpression, cscore
from musegnn.graphs.edge_rules import (
    EDGE_RULES,
    EdgeRule,
    FalseDiscoveryRate,
    MutualTop,
    PositivePairs,
    SelfLoops,
    SignificantPairs,
    TopPartners,
    choose_edges,
    describe_rules,
    read_rules,
    rules_in_words,
)
from tests.toy_counts import gamma_poisson

DEFAULT = (PositivePairs(), MutualTop())


def from_statistic(statistic: np.ndarray) -> CoExpression:
    """Wrap a symmetric statistic."""
    n = len(statistic)
    return CoExpression(
        estimate=np.tanh(statistic),
        statistic=statistic.astype(float),
        p_value=2 * stats.norm.sf(np.abs(statistic)),
        mean=np.ones(n),
        variance=np.ones(n),
        n_iterations=1,
        converged=True,
    )


def random_result(n_genes: int, seed: int) -> CoExpression:
    """Statistics of real size from simulated counts with a module."""
    counts, depth = gamma_poisson(120, n_genes, seed=seed, module=n_genes // 4)
    return cscore(counts, depth)


def naive_mutual_top(statistic: np.ndarray, k: int, always: int) -> set[tuple[int, int]]:
    """Positive pairs where each is among the other's k best, and the `always` best of each."""
    n = len(statistic)
    best = {}
    for gene in range(n):
        partners = [other for other in range(n) if other != gene and statistic[gene, other] > 0]
        best[gene] = sorted(partners, key=lambda other: (-statistic[gene, other], other))
    edges = set()
    for gene in range(n):
        answered = [other for other in best[gene][:k] if gene in best[other][:k]]
        for other in answered + best[gene][:always]:
            edges |= {(gene, other), (other, gene)}
    return edges


def pairs_of(adjacency: sparse.csr_matrix) -> set[tuple[int, int]]:
    """Both directions of every edge."""
    rows, columns = adjacency.nonzero()
    return set(zip(rows.tolist(), columns.tolist(), strict=True))


def test_a_pair_of_four_genes_is_kept_only_where_the_hand_computed_rule_says_so() -> None:
    statistic = np.array(
        [
            [9.0, 5.0, 4.0, -6.0],
            [5.0, 9.0, 3.0, 1.0],
            [4.0, 3.0, 9.0, 2.9],
            [-6.0, 1.0, 2.9, 9.0],
        ]
    )
    result = from_statistic(statistic)
    # the best of gene 0 is 1 and the reverse; 2 wants 0 and 3 wants 2, unanswered
    assert pairs_of(choose_edges(result, [PositivePairs(), MutualTop(1, 0)])) == {(0, 1), (1, 0)}
    assert pairs_of(choose_edges(result, [PositivePairs(), MutualTop(1, 1)])) == {
        *((0, 1), (1, 0)),
        *((0, 2), (2, 0)),
        *((2, 3), (3, 2)),
    }
    # p < 0.005 is |statistic| > 2.807, whatever the sign
    assert pairs_of(choose_edges(result, [SignificantPairs()])) == {
        *((0, 1), (1, 0), (0, 2), (2, 0), (0, 3), (3, 0)),
        *((1, 2), (2, 1), (2, 3), (3, 2)),
    }
    assert pairs_of(choose_edges(result, [SignificantPairs(), PositivePairs()])) == {
        *((0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1), (2, 3), (3, 2)),
    }


@pytest.mark.parametrize(("k", "always"), [(50, 3), (5, 2), (1, 0), (3, 5), (500, 0)])
@pytest.mark.parametrize("seed", [0, 1])
def test_mutual_top_equals_a_loop_over_genes(k: int, always: int, seed: int) -> None:
    result = random_result(90, seed)
    found = pairs_of(choose_edges(result, [PositivePairs(), MutualTop(k, always)]))
    assert found == naive_mutual_top(result.statistic, k, always)


def test_the_published_rule_equals_a_loop_over_pairs() -> None:
    result = random_result(40, 2)
    expected = {
        (i, j)
        for i in range(40)
        for j in range(40)
        if i != j and 2 * stats.norm.sf(abs(result.statistic[i, j])) < 0.005
    }
    assert expected
    assert pairs_of(choose_edges(result, [SignificantPairs()])) == expected


@pytest.mark.parametrize("rules", [DEFAULT, (SignificantPairs(),), (MutualTop(4, 1),)])
def test_edges_are_symmetric_boolean_sorted_and_join_no_gene_with_itself(
    rules: tuple[EdgeRule, ...],
) -> None:
    adjacency = choose_edges(random_result(70, 3), rules)
    assert adjacency.dtype == bool
    assert adjacency.has_sorted_indices
    assert adjacency.nnz
    assert (adjacency != adjacency.T).nnz == 0
    assert not adjacency.diagonal().any()


@pytest.mark.parametrize("rules", [DEFAULT, (SignificantPairs(),)])
def test_genes_that_vary_no_more_than_noise_have_no_edges_but_stay(
    rules: tuple[EdgeRule, ...],
) -> None:
    counts, depth = gamma_poisson(100, 12, seed=4, module=8)
    counts[:, 3] = 2
    adjacency = choose_edges(cscore(counts, depth), rules)
    degree = np.diff(adjacency.indptr)
    assert adjacency.shape == (12, 12)
    assert degree[3] == 0
    assert degree[:3].min() > 0


def test_ties_go_to_the_gene_that_stands_first() -> None:
    # 0 takes 1 and 2, all others take 0 and 1 (1 takes 0 and 2)
    result = from_statistic(np.ones((6, 6)))
    assert pairs_of(choose_edges(result, [PositivePairs(), MutualTop(2, 0)])) == {
        *((0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)),
    }


def test_no_positive_pair_gives_no_edge() -> None:
    result = from_statistic(-np.ones((5, 5)))
    assert choose_edges(result, DEFAULT).nnz == 0


def test_rules_apply_in_order_each_to_what_the_one_before_left() -> None:
    statistic = np.full((3, 3), -9.0)
    statistic[0, 1] = statistic[1, 0] = 1.0
    statistic[0, 2] = statistic[2, 0] = 2.0
    result = from_statistic(statistic)
    top = MutualTop(1, 0)
    assert pairs_of(choose_edges(result, [top])) == {(0, 2), (2, 0)}
    assert pairs_of(choose_edges(result, [SignificantPairs(), top])) == {(1, 2), (2, 1)}


def test_rules_describe_themselves_with_every_parameter() -> None:
    assert describe_rules([PositivePairs(), MutualTop(7, 2), SignificantPairs(0.01)]) == [
        {"rule": "PositivePairs"},
        {"rule": "MutualTop", "k": 7, "always": 2},
        {"rule": "SignificantPairs", "p_value": 0.01},
    ]


def test_rules_are_read_back_from_their_record_and_say_what_they_are() -> None:
    rules = (PositivePairs(), MutualTop(7, 2), FalseDiscoveryRate(0.1, "by"), SelfLoops())
    record = json.loads(json.dumps(describe_rules(rules)))
    assert read_rules(record) == rules
    assert read_rules([{"rule": "Foreign"}, {"rule": "MutualTop", "k": 7}]) == ()
    assert rules_in_words(rules[:2]) == (
        "an edge joins two genes that rise together and are each among the other's 7 strongest "
        "partners, plus each gene's best 2"
    )
    assert rules_in_words(()) == ""


def test_every_rule_is_in_the_list_of_rules() -> None:
    named = {
        value
        for value in vars(edge_rules).values()
        if dataclasses.is_dataclass(value) and value.__module__ == edge_rules.__name__
    }
    assert named == set(EDGE_RULES.values())


def test_false_discovery_rates_equal_scipy_over_the_allowed_pairs() -> None:
    result = random_result(12, seed=4)
    allowed = ~np.eye(12, dtype=bool)
    allowed[0, 1] = allowed[1, 0] = False
    upper = np.triu(allowed, 1)
    for method in ("bh", "by"):
        kept = FalseDiscoveryRate(0.3, method)(result, allowed)
        adjusted = stats.false_discovery_control(result.p_value[upper], method=method)
        assert np.array_equal(kept[upper], adjusted < 0.3)
        assert np.array_equal(kept, kept.T)
        assert not kept[0, 1]


def test_top_partners_equal_a_loop_over_genes() -> None:
    result = random_result(15, seed=5)
    kept = TopPartners(3)(result, ~np.eye(15, dtype=bool))
    expected = np.zeros_like(kept)
    for gene in range(15):
        others = [j for j in range(15) if j != gene]
        best = sorted(others, key=lambda j: -result.statistic[gene, j])[:3]
        expected[gene, best] = True
    assert np.array_equal(kept, expected | expected.T)


def test_self_loops_are_added_whatever_their_place_and_touch_no_other_pair():
    result = random_result(40, seed=5)
    without = choose_edges(result, DEFAULT)
    for rules in ((SelfLoops(), *DEFAULT), (*DEFAULT, SelfLoops())):
        adjacency = choose_edges(result, rules)
        assert adjacency.diagonal().all()
        assert pairs_of(adjacency) - {(i, i) for i in range(40)} == pairs_of(without)
