"""Similarity of all contexts against the comparison of one pair, and CKA by its definition."""

from itertools import permutations

import numpy as np
import pytest

from musegnn.analysis.comparison.context_similarity import (
    compare_all_contexts,
    order_by_similarity,
    unbiased_cka,
)
from musegnn.analysis.comparison.neighbourhood_change import ChangeSettings, neighbourhood_change
from musegnn.errors import InputError
from tests.toy_contexts import Context, gene_names, make_set, noisy_contexts


@pytest.fixture(scope="module")
def similarity(atlas):
    return compare_all_contexts(atlas, k=10)


def test_every_pair_has_the_numbers_of_its_own_comparison(atlas, similarity):
    settings = ChangeSettings(k=10, measure="jaccard")
    names = similarity.names
    assert names == tuple(sorted(atlas.datasets.index))
    for i, j in ((0, 1), (2, 5), (4, 3)):
        change = neighbourhood_change(atlas, names[i], names[j], settings)
        mean, chance = change.table["jaccard"].mean(), change.jaccard_by_chance
        assert similarity.n_common[i, j] == len(change.common)
        assert similarity.overlap[i, j] == pytest.approx(mean, abs=1e-12)
        assert similarity.above_chance[i, j] == pytest.approx((mean - chance) / (1 - chance))


def test_matrices_are_symmetric_with_ones_on_the_diagonal(atlas, similarity):
    for matrix in (similarity.overlap, similarity.above_chance, similarity.cka):
        np.testing.assert_array_equal(matrix, matrix.T)
        assert (np.diag(matrix) == 1).all()
    sizes = [len(atlas.rows_of_dataset(name)) for name in similarity.names]
    assert np.diag(similarity.n_common).tolist() == sizes


def test_unrelated_contexts_are_at_chance_and_equal_ones_at_one():
    rng = np.random.default_rng(0)
    base = noisy_contexts(rng, 1, 300, noise=0)[0]
    other = Context("other", base.names, rng.normal(size=base.vectors.shape))
    turned = Context("turned", base.names, base.vectors[:, ::-1])
    found = compare_all_contexts(make_set(base, other, turned))
    assert abs(found.above_chance[0, 1]) < 0.01
    assert abs(found.cka[0, 1]) < 0.05
    assert found.above_chance[0, 2] == pytest.approx(1)
    assert found.cka[0, 2] == pytest.approx(1)


def test_too_few_common_genes_are_left_blank():
    rng = np.random.default_rng(0)
    names = gene_names(50)
    found = compare_all_contexts(
        make_set(
            Context("a", names, rng.normal(size=(50, 4))),
            Context("b", names[:20], rng.normal(size=(20, 4))),
        )
    )
    assert found.n_common[0, 1] == 20
    assert np.isnan([found.overlap[0, 1], found.above_chance[0, 1], found.cka[0, 1]]).all()


def criterion_by_definition(first, second):
    """Mean over all ordered quadruples of different genes (Song et al. 2012, equation 4)."""
    total, number = 0.0, 0
    for i, j, q, r in permutations(range(len(first)), 4):
        total += first[i, j] * (second[i, j] + second[q, r] - 2 * second[i, q])
        number += 1
    return total / number


def test_cka_equals_its_definition_over_quadruples():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
    kernels = [side @ side.T for side in (first, second)]
    own = [criterion_by_definition(kernel, kernel) for kernel in kernels]
    expected = criterion_by_definition(*kernels) / np.sqrt(own[0] * own[1])
    assert unbiased_cka(first, second) == pytest.approx(expected, abs=1e-12)


def test_cka_without_variation_does_not_exist():
    assert np.isnan(unbiased_cka(np.ones((6, 2)), np.random.default_rng(0).normal(size=(6, 2))))


def test_similar_contexts_stand_side_by_side():
    blocks = np.array([0, 1, 0, 1, 0, 1])
    similarity = np.where(blocks[:, None] == blocks, 0.9, 0.1)
    np.fill_diagonal(similarity, 1)
    ordered = blocks[order_by_similarity(similarity)]
    assert (np.diff(ordered) != 0).sum() == 1
    similarity[0, 1] = similarity[1, 0] = np.nan
    assert sorted(order_by_similarity(similarity)) == list(range(6))
    assert order_by_similarity(np.eye(2)).tolist() == [0, 1]


def test_progress_counts_every_pair(atlas):
    class Counter:
        total = steps = 0

        def start(self, label, total):
            self.total = total

        def advance(self, detail=""):
            self.steps += 1

        def finish(self):
            self.finished = True

    counter = Counter()
    compare_all_contexts(atlas, k=5, progress=counter)
    assert counter.total == counter.steps == 15
    assert counter.finished


def test_neighbourhood_of_no_gene_is_refused(atlas):
    with pytest.raises(InputError, match="`k` to be greater than 0"):
        compare_all_contexts(atlas, k=0)
