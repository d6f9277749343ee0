"""Refits solved together equal refits solved one by one, and one compound left out is left out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import solve

from musegnn.molecules import structures
from musegnn.targets import opening
from musegnn.targets.methods import METHODS, noise_of
from musegnn.targets.opening import open_predictor
from musegnn.targets.reference import Reference
from musegnn.targets.refits import refits_of, solve_together
from musegnn.targets.similarity import structure_kernel
from tests.drug_folder import SCAFFOLDS

KIND = ("far_ridge", "wide_ridge")


@pytest.mark.parametrize(("number", "near"), [(np.float64, 1e-4), (np.float32, 2e-4)])
def test_diagonals_solved_together_equal_a_solution_of_each(number, near):
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((60, 9))
    among = np.exp(-((rows[:, None] - rows[None]) ** 2).sum(axis=2) / 9).astype(number)
    across = rng.random(60).astype(number)
    noise = noise_of(np.array([np.ones(60), *rng.standard_exponential((4, 60))]))
    noise[1, :5] = 1e4  # as good as left out
    found = solve_together(among, across, noise)
    assert found.dtype == number
    for own, diagonal in zip(found, noise, strict=True):
        expected = solve(among.astype(float) + np.diag(diagonal), across.astype(float))
        np.testing.assert_allclose(own, expected, atol=near * np.abs(expected).max())
    assert not solve_together(among, np.zeros(60, number), noise).any()


def test_refits_answer_as_each_would_alone(reference):
    asked = reference.question(np.arange(1, 60), np.arange(1), outside=True, wide=True)
    together = refits_of(asked, n=3, seed=5)
    assert together[0].weights is None
    assert len({refit.weights[0].tobytes() for refit in together[1:]}) == 3
    for question in together:
        alone = replace(question)  # without what was answered already
        for name in KIND:
            expected = METHODS[name].score(alone)
            scale = np.abs(expected).max()
            np.testing.assert_allclose(
                METHODS[name].score(question), expected, atol=2e-3 * scale, err_msg=name
            )
    again = refits_of(asked, n=3, seed=5)
    np.testing.assert_array_equal(together[2].answered["far_ridge"], again[2].answered["far_ridge"])


def test_weights_that_are_all_one_change_nothing(reference):
    asked = reference.question(np.arange(1, 60), np.arange(1), outside=True, wide=True)
    ones = tuple(np.ones(len(rows)) for rows in (asked.known, asked.outside_known))
    np.testing.assert_allclose(
        METHODS["far_ridge"].score(replace(asked, weights=ones)),
        METHODS["far_ridge"].score(asked),
        rtol=1e-5,
    )


def test_structures_read_once_are_laid_out_as_one_after_the_other():
    texts = [scaffold.format("CC") for _, scaffold in SCAFFOLDS] + ["C1CC(=O", "CCO.Cl", ""]
    bits, counts, described = structures.lay_out(texts, described=4)
    np.testing.assert_array_equal(bits, structures.fingerprints(texts))
    np.testing.assert_array_equal(counts, structures.counted_fingerprints(texts))
    np.testing.assert_array_equal(described, structures.descriptors(texts[:4]))


def test_one_kernel_equals_that_of_copies_and_that_of_a_loop(reference):
    bits, counts = reference.bits[:12], reference.counts[:12]
    found = structure_kernel((bits, counts), (bits, counts))
    np.testing.assert_array_equal(
        found, structure_kernel((bits, counts), (bits.copy(), counts.copy()))
    )
    capped = np.minimum(counts, 4).astype(float)
    parts = [bits.astype(float), capped[:, :2048], capped[:, 2048:]]
    for one, other in ((0, 1), (2, 9), (5, 5)):
        shared = [
            np.minimum(part[one], part[other]).sum() / np.maximum(part[one], part[other]).sum()
            for part in parts
        ]
        assert found[one, other] == pytest.approx(np.mean(shared), rel=1e-5)


def test_who_asks_meanwhile_waits_for_the_same_fit(drug_store, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fitted = []
    fit = opening.fit_predictor

    def counted(*args):
        fitted.append(args)
        return fit(*args)

    monkeypatch.setattr(opening, "fit_predictor", counted)
    said: list[str] = []
    with ThreadPoolExecutor(3) as pool:
        opened = list(pool.map(lambda _: open_predictor(drug_store, tell=said.append), range(3)))
    assert len(fitted) == 1
    assert "for a minute or two" in said[0]
    kept = [one.reference.structure for one in opened]
    for other in kept[1:]:
        np.testing.assert_array_equal(kept[0], other)
    assert isinstance(opened[0].reference, Reference)
