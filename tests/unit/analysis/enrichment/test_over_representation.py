from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy import stats

from musegnn.analysis.enrichment.over_representation import COLUMNS, over_representation, upper_tail
from musegnn.analysis.enrichment.term_index import build_term_index
from musegnn.errors import InputError
from tests.operations import count_calls


@pytest.fixture(scope="module")
def library():
    rng = np.random.default_rng(3)
    genes = [f"G{number}" for number in range(400)]
    return {
        f"term {number}": frozenset(rng.choice(genes, rng.integers(2, 120), replace=False))
        for number in range(150)
    }


@pytest.fixture(scope="module")
def background():
    return [f"G{number}" for number in range(50, 350)]


@pytest.fixture(scope="module")
def chosen():
    return [f"G{number}" for number in range(40, 110)]


@pytest.fixture(scope="module")
def result(library, background, chosen):
    return over_representation(chosen, background=background, index=build_term_index(library))


def test_counts_are_those_of_plain_sets(result, library, background, chosen):
    inside = set(chosen) & set(background)
    for row in result.table.itertuples():
        members = library[row.term]
        assert row.hits == len(members & inside)
        assert row.size == len(members & set(background))
        assert row.genes.split() == sorted(members & inside)
        assert (row.set_size, row.background) == (60, 300)
    assert result.outside == tuple(sorted(set(chosen) - set(background)))


def test_every_term_of_suitable_size_is_tested_or_counted(result, library, background):
    sizes = [len(members & set(background)) for members in library.values()]
    assert result.n_tested == sum(5 <= size <= 500 for size in sizes)
    assert result.n_small == sum(size < 5 for size in sizes)
    assert result.n_tested + result.n_small + result.n_large == len(library)


def test_p_is_the_exact_sum_over_all_ways_to_draw(result):
    for row in result.table.itertuples():
        ways = sum(
            comb(row.size, i) * comb(row.background - row.size, row.set_size - i)
            for i in range(row.hits, min(row.size, row.set_size) + 1)
        )
        exact = Fraction(ways, comb(row.background, row.set_size))
        assert row.p == pytest.approx(float(exact), rel=1e-10)
        assert abs(row.p - float(exact)) < 1e-12


def test_p_equals_scipy_to_twelve_digits(result):
    t = result.table
    expected = stats.hypergeom.sf(t["hits"] - 1, t["background"], t["size"], t["set_size"])
    assert np.abs(t["p"] - expected).max() < 1e-12
    for row in t.head(20).itertuples():
        a, b, c = row.hits, row.size - row.hits, row.set_size - row.hits
        table = [[a, b], [c, row.background - a - b - c]]
        assert row.p == pytest.approx(stats.fisher_exact(table, "greater").pvalue, rel=1e-9)


def test_odds_ratio_and_interval_are_those_of_scipy(result):
    for row in result.table.itertuples():
        a, b, c = row.hits, row.size - row.hits, row.set_size - row.hits
        d = row.background - a - b - c
        if min(a, b, c, d) == 0:
            continue
        known = stats.contingency.odds_ratio([[a, b], [c, d]], kind="sample")
        interval = known.confidence_interval(0.95)
        assert row.odds_ratio == pytest.approx(known.statistic)
        assert (row.odds_low, row.odds_high) == pytest.approx((interval.low, interval.high))


def test_empty_cell_gets_half_a_gene_in_each():
    index = build_term_index({"all of them": [f"G{i}" for i in range(5)]})
    genes = [f"G{i}" for i in range(5)]
    row = over_representation(genes, background=[f"G{i}" for i in range(50)], index=index).table
    assert row["odds_ratio"][0] == pytest.approx(5.5 * 45.5 / 0.25)


def test_q_counts_the_terms_without_a_hit(library, background):
    index = build_term_index(library)
    result = over_representation(["G60", "G61", "G62"], background=background, index=index)
    assert len(result.table) < result.n_tested
    p = np.append(result.table["p"], np.ones(result.n_tested - len(result.table)))
    naive = [
        min(p[j] * len(p) / (j + 1) for j in range(i, len(p))) for i in range(len(result.table))
    ]
    assert result.table["q"].to_numpy() == pytest.approx(np.minimum(naive, 1))


def test_rows_come_with_the_smallest_p_first(result):
    assert tuple(result.table.columns) == COLUMNS
    assert result.table["p"].is_monotonic_increasing
    assert result.table["fold"].to_numpy() == pytest.approx(
        result.table["hits"] / (60 * result.table["size"] / 300)
    )


def test_random_sets_have_uniform_p():
    rng = np.random.default_rng(11)
    hits = rng.hypergeometric(600, 2400, 500, 200)
    # counts are whole numbers: within a step the place is drawn, else no test could be uniform
    above = upper_tail(hits + 1, np.full(200, 600), 500, 3000)
    p = above + rng.random(200) * (upper_tail(hits, np.full(200, 600), 500, 3000) - above)
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_six_thousand_terms_are_not_tested_one_by_one():
    rng = np.random.default_rng(0)
    genes = np.array([f"G{number:05d}" for number in range(12_000)])

    def count(n_terms):
        library = {
            f"term {number}": genes[rng.integers(0, 12_000, rng.integers(5, 80))].tolist()
            for number in range(n_terms)
        }
        index = build_term_index(library)
        chosen, background = genes[:300].tolist(), genes.tolist()
        return count_calls(lambda: over_representation(chosen, background=background, index=index))

    count(60)  # what is imported late is there from now on
    assert count(6000) - count(60) < 20 * 6000  # a call of scipy for each term takes hundreds


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"genes": ["X", "Y"]}, "found none of 2 in it"),
        ({"genes": []}, "found none of 0"),
        ({"minimum_size": 0}, "`minimum size` to be greater"),
        ({"minimum_size": 9, "maximum_size": 8}, "maximum size of at least 9"),
    ],
)
def test_wrong_input_is_explained(library, background, change, message):
    arguments = {"genes": ["G60"], "background": background, "index": build_term_index(library)}
    with pytest.raises(InputError, match=message):
        over_representation(**{**arguments, **change})


def test_no_term_of_suitable_size_is_an_empty_answer(library, background):
    index = build_term_index(library)
    result = over_representation(["G60"], background=background, index=index, minimum_size=499)
    assert (result.n_tested, len(result.table)) == (0, 0)


def test_library_without_genes_is_refused():
    with pytest.raises(InputError, match="no term with genes"):
        build_term_index({"empty": []})
