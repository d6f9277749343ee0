import numpy as np
import pytest
from scipy import sparse
from scipy.stats import false_discovery_control, kstest

from musegnn.analysis.labels.gene_set_cohesion import (
    COHESION_COLUMNS,
    cohesion_by_context,
    compare_cohesion,
    draw_matched_sets,
    mean_pairwise_cosine,
)
from musegnn.errors import InputError
from tests.ui_fixtures import MODULES


@pytest.fixture
def islet_rows(atlas):
    return np.flatnonzero(atlas.genes["common_gene"].isin(MODULES["islet"].split()))


def test_mean_pairwise_cosine_equals_a_loop():
    points = np.random.default_rng(0).normal(size=(9, 3))
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    sets = [[0, 3, 5], [1, 2, 4, 8]]
    indicator = sparse.csr_matrix([[float(i in chosen) for i in range(9)] for chosen in sets])
    expected = [
        np.mean([unit[i] @ unit[j] for i in chosen for j in chosen if i < j]) for chosen in sets
    ]
    np.testing.assert_allclose(mean_pairwise_cosine(unit, indicator), expected)


def test_matched_sets_have_the_degrees_of_the_members():
    generator = np.random.default_rng(0)
    degree = generator.permutation(1000)
    members = np.flatnonzero(degree >= 900)[:30]
    sets = draw_matched_sets(degree, members, draws=50, generator=generator)
    assert np.unique(np.asarray(sets.sum(axis=1))).tolist() == [30]
    assert sets.max() == 1  # nothing is drawn twice
    assert degree[sets.indices].min() >= 900


def test_a_planted_module_is_cohesive_and_p_counts_the_set_itself(atlas, islet_rows):
    table = cohesion_by_context(atlas, islet_rows, draws=199)
    assert tuple(table) == COHESION_COLUMNS
    assert len(table) == len(atlas.datasets)
    assert (table["p"] == 1 / 200).all()
    assert (table["q"] >= table["p"]).all()
    assert (table["cohesion"] > table["high"]).all()


def test_where_the_genes_were_chosen_is_not_tested_and_does_not_count(atlas, islet_rows):
    plain = cohesion_by_context(atlas, islet_rows, draws=199).set_index("context")
    table = cohesion_by_context(atlas, islet_rows, draws=199, chosen_in=["liver_human"])
    assert table["context"].iloc[-1] == "liver_human"
    assert not plain["is_circular"].any()
    marked = table.set_index("context")
    assert marked.index[marked["is_circular"]].tolist() == ["liver_human"]
    assert marked.loc["liver_human", ["p", "q"]].isna().all()
    numbers = ["cohesion", "expected", "z"]
    assert marked.loc["liver_human", numbers].equals(plain.loc["liver_human", numbers])
    others = marked.drop("liver_human")
    assert others["p"].equals(plain["p"][others.index])
    np.testing.assert_allclose(others["q"], false_discovery_control(others["p"]))
    alone = cohesion_by_context(
        atlas, atlas.rows_of_dataset("liver_human")[:9], draws=19, chosen_in=["liver_human"]
    )
    assert alone["q"].isna().all()


def test_p_is_uniform_for_random_sets(atlas):
    generator = np.random.default_rng(0)
    here = atlas.rows_of_dataset("liver_human")
    p = [
        cohesion_by_context(
            atlas, generator.choice(here, 10, replace=False), draws=199, seed=number
        )["p"].iloc[0]
        for number in range(150)
    ]
    assert kstest(p, "uniform").pvalue > 0.01


def test_same_seed_same_table(atlas, islet_rows):
    first, again = (cohesion_by_context(atlas, islet_rows, draws=99, seed=3) for _ in range(2))
    assert first.equals(again)


def test_conditions_use_common_genes_and_change_sign_when_exchanged(atlas, islet_rows):
    there = compare_cohesion(atlas, islet_rows, "pancreas_human", "liver_human", draws=199).iloc[0]
    back = compare_cohesion(atlas, islet_rows, "liver_human", "pancreas_human", draws=199).iloc[0]
    names = [
        set(atlas.genes["common_gene"].iloc[atlas.rows_of_dataset(name)])
        for name in ("pancreas_human", "liver_human")
    ]
    assert there["genes"] == len(names[0] & names[1])
    assert there["difference"] == pytest.approx(-back["difference"])
    assert there["p"] == pytest.approx(back["p"])
    assert 0 < there["p"] <= 1


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        ("liver_human", "liver_human", "two different contexts"),
        ("liver_human", "kidney", "two different contexts"),
    ],
)
def test_conditions_must_be_two_contexts(atlas, islet_rows, left, right, found):
    with pytest.raises(InputError, match=found):
        compare_cohesion(atlas, islet_rows, left, right)


def test_too_few_genes_are_refused(atlas):
    rows = atlas.rows_of_dataset("liver_human")[:2]
    with pytest.raises(InputError, match="3 or more of these genes, found none"):
        cohesion_by_context(atlas, rows)
    with pytest.raises(InputError, match="in both liver_human and pancreas_human"):
        compare_cohesion(atlas, rows, "liver_human", "pancreas_human")
