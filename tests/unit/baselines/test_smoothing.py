"""Smoothing over equal names and over neighbours in other datasets."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from musegnn.baselines.smoothing import mean_over_names, mean_over_neighbours
from musegnn.graphs.unit_rows import unit_rows


@pytest.fixture(scope="module")
def vectors() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(n, 5)) for n in (30, 40, 15)]


def test_equal_names_are_mixed_with_the_mean_of_the_others() -> None:
    x, y = np.array([2.0, 0.0]), np.array([0.0, 3.0])
    names = [["A", "B"], ["A"], ["C", "A"]]
    first, second, third = mean_over_names([np.stack([x, y]), y[None], np.stack([x, x])], names)
    assert np.allclose(first, [[0.75, 0.25], [0, 1]])  # others of A: (0, 1) and (1, 0)
    assert np.allclose(second, [[0.5, 0.5]])  # others of A: (1, 0) twice
    assert np.allclose(third, [[1, 0], [0.75, 0.25]])


def test_weights_of_zero_and_one(vectors: list[np.ndarray]) -> None:
    names = [[f"G{i}" for i in range(len(rows))] for rows in vectors]
    unit = [unit_rows(rows) for rows in vectors]
    kept = mean_over_names(vectors, names, weight=0)
    assert all(np.allclose(*pair) for pair in zip(kept, unit, strict=True))
    swapped = mean_over_names(vectors[:2], names[:2], weight=1)
    assert np.allclose(swapped[0], unit[1][:30])


def test_neighbours_elsewhere_are_those_of_scikit_learn(vectors: list[np.ndarray]) -> None:
    found = mean_over_neighbours(vectors, weight=0.3, n_neighbours=4)
    unit = [unit_rows(rows) for rows in vectors]
    for i, rows in enumerate(unit):
        others = np.concatenate([unit[j] for j in range(3) if j != i])
        index = NearestNeighbors(n_neighbors=4, metric="cosine", algorithm="brute").fit(others)
        mean = others[index.kneighbors(rows, return_distance=False)].mean(axis=1)
        assert np.allclose(found[i], unit_rows(0.7 * rows + 0.3 * mean))


def test_few_others_are_all_neighbours(vectors: list[np.ndarray]) -> None:
    other = np.array([[0.0, 0, 0, 0, 2], [0, 0, 0, 2, 0]])
    found, _ = mean_over_neighbours([vectors[0], other], n_neighbours=10)
    mean = np.array([0, 0, 0, 0.5, 0.5])
    assert np.allclose(found, unit_rows(0.7 * unit_rows(vectors[0]) + 0.3 * mean))


def test_a_single_dataset_is_only_scaled(vectors: list[np.ndarray]) -> None:
    (found,) = mean_over_neighbours(vectors[:1])
    assert np.allclose(found, unit_rows(vectors[0]))
