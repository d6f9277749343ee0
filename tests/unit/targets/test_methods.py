"""Methods find what was planted, and say nothing where nothing was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge

from musegnn.errors import InputError
from musegnn.targets.folds import clusters_of, families_of, make_folds
from musegnn.targets.gene_vectors import (
    average_of_lists,
    read_gene_vectors,
    vectors_of,
    vectors_of_sets,
)
from musegnn.targets.methods import METHODS, Pair, carry_to_genes, nearest, ridge
from musegnn.targets.ranking import join_ranked, rank_known
from musegnn.targets.reference import build_reference
from musegnn.targets.stacking import (
    WITH_OUTSIDE,
    WITHOUT_OUTSIDE,
    expected_calibration_error,
    fit_stack,
)
from musegnn.targets.unseen import UNSEEN, hide_targets
from tests.drug_folder import N_LISTED, SCAFFOLDS


@pytest.fixture(scope="module")
def fold(reference):
    of_fold = make_folds(np.arange(reference.n_measured), seed=0)
    return np.flatnonzero(of_fold != 0), np.flatnonzero(of_fold == 0)


def quality(method, reference, fold, measure="auroc"):
    train, test = fold
    question = reference.question(train, test, outside=True, wide=True)
    return rank_known(METHODS[method].score(question), reference.known[test]).mean(measure)


def test_the_reference_lists_measured_compounds_first(reference):
    assert reference.n_measured == N_LISTED
    assert len(reference.compounds) == N_LISTED + 3 * len(SCAFFOLDS)
    assert len(reference.targets) == 3 * len(SCAFFOLDS)
    assert len(reference.asked) == N_LISTED


@pytest.mark.parametrize("method", [name for name in METHODS if name != "popularity"])
def test_each_method_finds_planted_targets(method, reference, fold):
    # with fewer genes than signatures, whitening leaves little that is shared
    least = 0.75 if method == "signature_whitened" else 0.85
    assert quality(method, reference, fold) > least


def test_popularity_and_shuffled_signatures_know_little(reference, fold):
    assert quality("popularity", reference, fold) < 0.85
    shuffled = quality("signature", reference.shuffled(1), fold)
    assert shuffled < quality("signature", reference, fold) - 0.1
    assert not np.array_equal(reference.shuffled(1).space.logs, reference.space.logs)


def test_every_candidate_is_scored_and_the_same_each_time(reference, drugs, fold):
    train, test = fold
    again = build_reference(drugs).question(train, test, outside=True, wide=True)
    question = replace(reference.question(train, test, outside=True, wide=True), genes=None)
    for method in METHODS.values():
        scores = method.score(question)
        assert scores.shape == (len(test), len(reference.targets))
        np.testing.assert_array_equal(scores, method.score(again))


def test_ridge_equals_another_library_and_votes_equal_a_loop():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((12, 4))
    kernel = rows @ rows.T
    labels = rng.random((9, 3))
    pair = Pair(kernel[:9, :9], kernel[9:, :9])
    other = KernelRidge(alpha=0.7, kernel="precomputed").fit(pair.among, labels)
    np.testing.assert_allclose(ridge(pair, labels, 0.7), other.predict(pair.across), rtol=1e-8)
    votes = nearest(pair.across, labels, power=3, most=2)
    for row, likeness in zip(votes, pair.across, strict=True):
        best = np.argsort(-likeness)[:2]
        expected = sum(max(likeness[at], 0) ** 3 * labels[at] for at in best)
        np.testing.assert_allclose(row, expected)


def test_carrying_to_genes_is_ridge_over_genes():
    rng = np.random.default_rng(1)
    vectors = rng.random((5, 3))
    genes, scores = vectors @ vectors.T, rng.random((4, 5))
    expected = scores @ np.linalg.inv(genes + np.eye(5)) @ genes
    np.testing.assert_allclose(carry_to_genes(scores, genes), expected, rtol=1e-8)
    assert carry_to_genes(scores, None) is scores


def test_molecules_too_alike_are_left_out_for_the_asked_alone(reference):
    alike = reference.tanimoto[:N_LISTED, N_LISTED:]
    question = reference.question(np.arange(20, 60), np.arange(20), alike=0.5, outside=True)
    assert question.outside is not None
    assert question.outside.max() <= 0.5 < alike[:20].max()
    with pytest.raises(InputError, match="labelled molecules without a signature"):
        METHODS["wide"].score(reference.question(np.arange(20, 60), np.arange(20)))


def test_hidden_targets_are_found_by_like_genes_and_not_by_permuted_ones(reference, drug_store):
    hidden = np.char.endswith(np.array(reference.targets), "2")
    test = reference.asked[reference.known[reference.asked][:, hidden].any(axis=1)]
    train = np.setdiff1d(np.arange(reference.n_measured), test)
    genes = read_gene_vectors(drug_store)
    assert genes is not None
    found = {}
    for name, vectors in (("real", genes), ("permuted", genes.permuted(3))):
        own = reference.with_genes(vectors.kernel(reference.targets))
        question = hide_targets(own.question(train, test, outside=True), hidden)
        assert not question.known[:, hidden].any()
        scores = UNSEEN["structure"](question)[:, hidden]
        found[name] = rank_known(scores, reference.known[test][:, hidden]).mean("auroc")
    assert found["real"] > 0.9 > found["permuted"] + 0.1


def test_folds_keep_groups_together_and_are_even():
    groups = np.repeat(np.arange(20), np.arange(1, 21))
    fold = make_folds(groups, seed=3)
    assert all(len(set(fold[groups == group])) == 1 for group in range(20))
    size = np.bincount(fold)
    assert size.max() - size.min() <= 20
    np.testing.assert_array_equal(fold, make_folds(groups, seed=3))
    with pytest.raises(InputError, match="at least 5 groups"):
        make_folds(np.zeros(9), seed=0)
    near = np.array([[1, 0.6, 0], [0.6, 1, 0.6], [0, 0.6, 1]])
    assert len(set(clusters_of(near))) == 1
    assert len(set(clusters_of(near, above=0.7))) == 3
    assert families_of(["HTR1A", "HTR2C", "ADRB2", "ADRA1A", "TP53"])[0] == "HTR"


def test_ranks_equal_hand_made_ones():
    scores = np.array([[3.0, 2, 1, 0], [1, 1, 1, 1], [0, 1, 2, 3]])
    known = np.array([[1, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]], dtype=bool)
    ranked = rank_known(scores, known)
    assert len(ranked.weights) == 2
    np.testing.assert_allclose(ranked.values["mrr"], [1, 1 / 2.5])
    np.testing.assert_allclose(ranked.values["auroc"], [0.5, 0.5])
    assert ranked.mean("r_at_1pct") == pytest.approx(1 / 3)
    low, high = join_ranked([ranked, ranked]).interval("mrr")
    assert low <= ranked.mean("mrr") <= high
    assert ranked.gain(ranked, "mrr") == (0, 0, 0)
    with pytest.raises(InputError, match="finite scores"):
        rank_known(scores * np.nan, known)


def test_probabilities_are_calibrated_and_ranks_do_not_know_counts(reference, fold):
    train, test = fold
    groups = np.arange(reference.n_measured)
    for methods in (WITHOUT_OUTSIDE, WITH_OUTSIDE):
        stack = fit_stack(reference, train, groups, methods, seed=0)
        question = reference.question(train, test, outside=True, wide=True)
        sums = stack.score(question)
        said = stack.probability(sums)
        assert ((said >= 0) & (said <= 1)).all()
        assert rank_known(sums, reference.known[test]).mean("auroc") > 0.9
        assert expected_calibration_error(said, reference.known[test]) < 0.1
        order = np.argsort(sums.ravel())
        assert (np.diff(said.ravel()[order]) >= 0).all()


def test_calibration_error_of_a_liar_is_what_he_is_off():
    said, came = np.full(100, 0.9), np.arange(100) < 50
    assert expected_calibration_error(said, came) == pytest.approx(0.4)
    assert expected_calibration_error(came.astype(float), came) == 0


def test_vectors_of_sets_bring_members_together_and_lists_lean_on_company():
    sets = {"a": {"x": ["A", "B", "C"], "y": ["D", "E", "F"]}}
    genes = vectors_of_sets(sets)
    kernel = genes.kernel(["A", "B", "D", "unknown"])
    assert kernel[0, 1] > 0.9
    assert kernel[0, 2] < 0.1
    assert kernel[3].tolist() == [0, 0, 0, 1]
    lists = average_of_lists(genes, ["A", "B", "C", "D"], np.array([[3, 3, 3, 2.0]]), top=4)
    own = vectors_of(genes, ["A", "D"])
    assert lists[0] @ own[0] > lists[0] @ own[1]
