"""Learning what ships of a table: folds of scaffolds, the ridge, calibration, the float16 copy."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge

from musegnn.molecules.property_heads import LEARNED, TEST
from musegnn.molecules.scores import calibration_error, task_auroc, task_error
from musegnn.molecules.structures import BITS
from musegnn.training import property_heads
from musegnn.training.property_heads import Known, deal, learn_heads, ridge_weights
from musegnn.training.property_network import PropertySettings

SETTINGS = PropertySettings(width=16, dropout=0.1, rate=5e-3, epochs=30, patience=8)


def molecules(n=500, *, is_binary=True):
    """Molecules whose first descriptor and first bits tell two assays."""
    random = np.random.default_rng(0)
    described = random.normal(size=(n, 6)).astype(np.float32)
    bits = (random.random((n, BITS)) < 0.01).astype(np.uint8)
    level = 1.5 * described[:, :2]
    labels = (random.random((n, 2)) < 1 / (1 + np.exp(-level))) if is_binary else level
    labels = np.where(random.random((n, 2)) < 0.2, np.nan, labels).astype(np.float32)
    parts = np.where(np.arange(n) < 0.75 * n, LEARNED, TEST).astype(np.uint8)
    return Known(described, bits, labels, np.arange(n) // 3, np.arange(n), parts)


def about(*, is_binary):
    tasks = [{"task": name, "usual": 0.5, "learned_from": 1, "held_out": None} for name in "AB"]
    return {"title": "Toy", "is_binary": is_binary, "tasks": tasks}


def test_folds_keep_scaffolds_together_but_for_a_large_one():
    groups = np.concatenate([np.zeros(60, dtype=int), np.repeat(np.arange(1, 81), 3)])
    folds = deal(groups, 5)
    assert np.bincount(folds, minlength=5).min() > 40
    assert all(len(set(folds[groups == group])) == 1 for group in range(1, 81))
    assert len(set(folds[groups == 0])) == 5
    np.testing.assert_array_equal(folds, deal(groups, 5))


@pytest.mark.parametrize("most_alone", [3000, 10])
def test_the_ridge_is_that_of_scikit_learn(monkeypatch, most_alone):
    monkeypatch.setattr(property_heads, "_MOST_ALONE", most_alone)
    random = np.random.default_rng(1)
    values = random.normal(size=(30, 40))
    kernel, labels = values @ values.T, random.normal(size=(30, 2))
    labels[random.random((30, 2)) < 0.3] = np.nan
    found = ridge_weights(kernel, labels, 0.7)
    for task in range(2):
        rows = np.flatnonzero(np.isfinite(labels[:, task]))
        if most_alone == 10:  # what was not measured is the mean
            rows = np.arange(30)
        want = KernelRidge(alpha=0.7, kernel="precomputed")
        want.fit(kernel[np.ix_(rows, rows)], np.nan_to_num(labels[rows, task]))
        np.testing.assert_allclose(found[rows, task], want.dual_coef_, atol=1e-8)


def test_classes_are_learned_and_calibrated_on_molecules_left_out():
    known = molecules()
    found = learn_heads("chembl2k", known, about(is_binary=True), settings=SETTINGS, n_folds=3)
    heads, test = found.heads, known.part(TEST)
    assert len(heads.learned_from) == (known.parts == LEARNED).sum()
    said = heads.say(test.described, test.bits)
    assert np.nanmean(task_auroc(test.labels, said.value)) > 0.75
    assert calibration_error(test.labels, said.value) < 0.12
    assert (said.low <= said.value + 1e-6).all()
    assert (said.value <= said.high + 1e-6).all()
    assert found.chosen["share"] in (0, 0.25, 0.5)


def test_numbers_lie_within_their_intervals_and_labels_of_the_test_have_no_part():
    known = molecules(is_binary=False)
    asked = about(is_binary=False)
    heads = learn_heads("biogen3k", known, asked, settings=SETTINGS, n_folds=3).heads
    test = known.part(TEST)
    said = heads.say(test.described, test.bits)
    assert np.nanmean(task_error(test.labels, said.value)) < 0.7
    told = np.isfinite(test.labels)
    lies = (test.labels >= said.low) & (test.labels <= said.high)
    assert 0.8 < lies[told].mean() < 0.98
    known.labels[known.parts == TEST] = 99
    again = learn_heads("biogen3k", known, asked, settings=SETTINGS, n_folds=3).heads
    np.testing.assert_array_equal(again.say(test.described, test.bits).value, said.value)
