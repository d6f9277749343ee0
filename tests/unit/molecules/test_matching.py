"""Matching: closed forms against loops, ranks by hand, and a planted benchmark end to end."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import matching as benchmark
from musegnn.molecules import matching


@pytest.fixture
def planted():
    """Kernel of 60 molecules in a space of 3 and profiles that follow from it, with noise."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(60, 3))
    kernel = np.exp(-((hidden[:, None] - hidden[None]) ** 2).sum(axis=2) / 4)
    profiles = hidden @ rng.normal(size=(3, 30)) + 0.3 * rng.normal(size=(60, 30))
    return kernel, profiles - profiles.mean(axis=0)


def test_leaving_one_out_is_what_refitting_gives(planted):
    kernel, profiles = planted
    found = matching.leave_one_out(kernel, profiles)
    for row in (0, 17, 59):
        rest = np.delete(np.arange(60), row)
        refitted = matching.predict_by_ridge(
            kernel[row : row + 1, rest], kernel[np.ix_(rest, rest)], profiles[rest]
        )
        assert np.allclose(found[row], refitted[0])


def test_ranks_and_measures_by_hand():
    """Own scores are 3rd of 3, 1st, and tied with one other on the 1st place."""
    scores = np.array([[0.1, 0.5, 0.9], [0.0, 0.7, 0.2], [0.4, 0.1, 0.4]])
    ranks = matching.ranks_of_own(scores)
    assert ranks.tolist() == [3.0, 1.0, 1.5]
    found = matching.measures_of(ranks, 3)
    assert found[:, 0].tolist() == [0.0, 1.0, 0.0]
    assert np.allclose(found[:, 2], [1 / 3, 1, 2 / 3])
    assert np.allclose(found[:, 3], [0.0, 1.0, 0.75])


def test_intervals_hold_the_mean_and_narrow_with_compounds():
    rng = np.random.default_rng(1)
    small, large = (matching.mean_and_interval(rng.random((n, 1))) for n in (30, 3000))
    assert small[1, 0] < small[0, 0] < small[2, 0]
    assert np.ptp(large[1:, 0]) < 0.3 * np.ptp(small[1:, 0])
    # normal theory for uniform numbers: 1.96 / sqrt(12 n)
    assert np.ptp(large[1:, 0]) == pytest.approx(2 * 1.96 / np.sqrt(12 * 3000), rel=0.15)


def test_every_model_finds_planted_profiles_and_shuffled_ones_are_not_found(planted):
    kernel, profiles = planted
    train, test = np.arange(40), np.arange(40, 60)
    space = matching.fit_space(profiles[train], n=10)
    known, own = space.place(profiles[train]), space.place(profiles[test])
    asked, seen = kernel[np.ix_(test, train)], kernel[np.ix_(train, train)]
    shuffled = np.random.default_rng(2).permutation(known)
    found = {
        "ridge": matching.cosines(matching.predict_by_ridge(asked, seen, known), own),
        "canonical": matching.score_by_correlation(asked, seen, known, own),
        "nearest": matching.cosines(matching.predict_by_neighbours(asked, known), own),
        "shuffled": matching.cosines(matching.predict_by_ridge(asked, seen, shuffled), own),
    }
    mrr = {name: np.mean(1 / matching.ranks_of_own(s)) for name, s in found.items()}
    assert min(mrr["ridge"], mrr["canonical"], mrr["nearest"]) > 0.45
    assert mrr["shuffled"] < 0.35


def test_the_benchmark_asks_only_what_no_fold_trained():
    """Families share structure and profile; a fold without the family knows nothing of it."""
    rng = np.random.default_rng(3)
    family = np.repeat(np.arange(30), 4)
    bits = np.zeros((120, 2048), dtype=np.uint8)
    for number in range(30):
        bits[family == number, 60 * number : 60 * number + 40] = 1
    bits[np.arange(120), 2000 + family % 40] = 1
    numbers = rng.normal(size=(30, 60))[family] + 0.2 * rng.normal(size=(120, 60))
    asked = benchmark.Asked(
        bits=bits,
        counts=np.concatenate([bits, bits], axis=1),
        described=rng.normal(size=(120, 12)),
        numbers=numbers,
        places=np.full((120, 2), np.nan),
        targets=np.zeros((120, 120)),
    )
    leaking = benchmark.ask_folds(asked, np.arange(120), seeds=1)["to_profile"]
    apart = benchmark.ask_folds(asked, family, seeds=1)["to_profile"]
    assert leaking["ridge_structure"]["mrr"] > 0.25
    assert apart["ridge_structure"]["mrr"] < 0.12
    assert apart["ridge_structure"]["n"] == 120
    assert len(apart["ridge_structure"]["gain"]) == 3
    low, high = apart["random"]["mrr_interval"]
    assert low < apart["random"]["mrr"] < high
