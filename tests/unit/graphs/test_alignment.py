"""Alignment of datasets by shared names."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import procrustes as scipy_procrustes
from scipy.stats import ortho_group

from musegnn.errors import InputError
from musegnn.graphs.alignment import align_features


def rotated(rows: np.ndarray, seed: int) -> np.ndarray:
    return rows @ ortho_group.rvs(rows.shape[1], random_state=seed)


def name_rows(rows: range) -> list[str]:
    return [f"G{i}" for i in rows]


def relative_error(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found - expected).max())


@pytest.fixture
def truth() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(60, 6))


def test_planted_rotations_are_undone(truth: np.ndarray) -> None:
    rows = [range(60), range(10, 50), range(30, 60), range(25)]
    features = [rotated(truth[own], seed=i) for i, own in enumerate(rows)]
    aligned = align_features(features, [name_rows(own) for own in rows])
    reference = aligned[0]
    for own, found in zip(rows, aligned, strict=True):
        assert relative_error(found, reference[own]) < 1e-10


def test_a_chain_of_overlaps_is_aligned_through_its_links(truth: np.ndarray) -> None:
    # first and last share no name: they meet only through the one between
    rows = [range(20), range(10, 50), range(40, 60)]
    features = [rotated(truth[own], seed=i) for i, own in enumerate(rows)]
    first, middle, last = align_features(features, [name_rows(own) for own in rows])
    assert relative_error(first[10:], middle[:10]) < 1e-10
    assert relative_error(last[:10], middle[30:]) < 1e-10


def test_two_noisy_datasets_come_as_close_as_the_best_rotation_allows(truth: np.ndarray) -> None:
    noise = np.random.default_rng(1).normal(size=truth.shape)
    first, second = (values - values.mean(axis=0) for values in (truth, rotated(truth + noise, 3)))
    first, second = (values / np.linalg.norm(values) for values in (first, second))
    names = name_rows(range(60))
    aligned = align_features([first, second], [names, names], rounds=3)
    found = np.square(aligned[0] - aligned[1]).sum()
    # scipy may scale the second set too: with the best scale c the sum is 1 - c^2, without 2 - 2c
    scale = np.sqrt(1 - scipy_procrustes(first, second)[2])
    assert found == pytest.approx(2 - 2 * scale)


def test_rounds_bring_noisy_datasets_closer(truth: np.ndarray) -> None:
    rng = np.random.default_rng(2)
    noisy = [rotated(truth + rng.normal(size=truth.shape), seed=i) for i in range(5)]
    names = [name_rows(range(60))] * 5

    def spread(rounds: int) -> float:
        return float(np.var(np.stack(align_features(noisy, names, rounds=rounds)), axis=0).sum())

    assert spread(0) > spread(1) > spread(10)


def test_distances_within_a_dataset_do_not_change(truth: np.ndarray) -> None:
    noise = np.random.default_rng(3).normal(size=truth.shape)
    names = name_rows(range(60))
    _, found = align_features([truth, truth + noise], [names, names])
    assert np.allclose(found @ found.T, (truth + noise) @ (truth + noise).T)


def test_a_dataset_without_a_shared_name_stays_as_it_is(truth: np.ndarray) -> None:
    names = [name_rows(range(60)), name_rows(range(60)), [f"other{i}" for i in range(60)]]
    found = align_features([truth, rotated(truth, 1), rotated(truth, 2)], names)
    assert np.array_equal(found[2], rotated(truth, 2))


def test_groups_without_a_link_are_aligned_within_themselves(truth: np.ndarray) -> None:
    rows = [range(30), range(30), range(30, 60), range(30, 60)]
    features = [rotated(truth[own], seed=i) for i, own in enumerate(rows)]
    found = align_features(features, [name_rows(own) for own in rows])
    assert relative_error(found[0], found[1]) < 1e-10
    assert relative_error(found[2], found[3]) < 1e-10


def test_narrow_features_are_padded_with_zeros(truth: np.ndarray) -> None:
    flat = truth[:, :4]
    names = name_rows(range(60))
    wide, narrow = align_features([np.pad(flat, ((0, 0), (0, 2))), rotated(flat, 1)], [names] * 2)
    assert narrow.shape == (60, 6)
    assert relative_error(narrow, wide) < 1e-10


def test_the_first_row_of_a_repeated_name_counts(truth: np.ndarray) -> None:
    names = name_rows(range(60))
    doubled = np.concatenate([rotated(truth, 1), 100 + np.zeros((1, 6))])
    first, second = align_features([truth, doubled], [names, [*names, "G0"]])
    assert relative_error(second[:60], first) < 1e-10


def test_same_input_gives_the_same_bytes_and_leaves_it_alone(truth: np.ndarray) -> None:
    features = [truth.astype(np.float32), rotated(truth, 1).astype(np.float32)]
    before = [values.copy() for values in features]
    names = [name_rows(range(60))] * 2
    first, second = align_features(features, names), align_features(features, names)
    assert [values.tobytes() for values in first] == [values.tobytes() for values in second]
    assert first[0].dtype == np.float32
    assert all(np.array_equal(*pair) for pair in zip(features, before, strict=True))


def test_nothing_to_align_is_no_error(truth: np.ndarray) -> None:
    assert align_features([], []) == []
    assert np.array_equal(align_features([truth], [name_rows(range(60))])[0], truth)


def test_what_does_not_fit_is_refused(truth: np.ndarray) -> None:
    with pytest.raises(InputError, match="one name for each row, found \\[59\\] names"):
        align_features([truth], [name_rows(range(59))])
    with pytest.raises(InputError, match="`rounds` to be 0 or more, found -1"):
        align_features([truth], [name_rows(range(60))], rounds=-1)
