"""Consensus against dense algebra and against canonical correlation of two tables."""

from __future__ import annotations

import numpy as np
import pytest

from musegnn.graphs.consensus import consensus_features


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def naive(tables, names, width, ridge, power):
    """The same by matrices of names x names."""
    shared = sorted({n for own in names for n in own if sum(n in other for other in names) > 1})
    total, count, maps = np.zeros((len(shared), len(shared))), np.zeros(len(shared)), []
    for table, own in zip(tables, names, strict=True):
        rows = np.zeros((len(shared), table.shape[1]))
        stands = np.zeros(len(shared))
        for k, name in enumerate(shared):
            if name in own:
                rows[k], stands[k] = table[own.index(name)], 1
        square = rows.T @ rows
        inverse = np.linalg.inv(square + ridge * np.mean(np.diag(square)) * np.eye(len(square)))
        total += rows @ inverse @ rows.T
        count += stands
        maps.append(inverse @ rows.T)
    scaled = total / np.sqrt(count)[:, None] / np.sqrt(count)[None, :]
    agreement, vectors = np.linalg.eigh(scaled)
    order = np.argsort(-agreement)[:width]
    scores = vectors[:, order] / np.sqrt(count)[:, None] * agreement[order] ** power
    return [unit(table @ own @ scores) for table, own in zip(tables, maps, strict=True)]


def test_equals_the_same_by_dense_matrices():
    rng = np.random.default_rng(0)
    names = [[f"G{i}" for i in rng.permutation(60)[:n]] for n in (40, 35, 30)]
    tables = [
        rng.normal(size=(len(own), width)) for own, width in zip(names, (6, 8, 5), strict=True)
    ]
    found = consensus_features(tables, names, width=4, ridge=0.5, power=2.0)
    for rows, expected in zip(found, naive(tables, names, 4, 0.5, 2.0), strict=True):
        np.testing.assert_allclose(rows @ rows.T, expected @ expected.T, atol=1e-8)


def test_two_tables_without_penalty_give_canonical_variates():
    rng = np.random.default_rng(1)
    common = rng.normal(size=(80, 2))
    tables = [
        np.hstack([common + 0.3 * rng.normal(size=(80, 2)), rng.normal(size=(80, 3))])
        @ rng.normal(size=(5, 5))
        for _ in range(2)
    ]
    names = [[f"G{i}" for i in range(80)]] * 2
    found = consensus_features(tables, names, width=2, ridge=1e-12, power=0.0)
    # Bjoerck and Golub: singular vectors of the product of orthonormal bases; a canonical variate u
    # with correlation r is predicted as u sqrt(1 + r) / 2
    bases = [np.linalg.qr(table)[0] for table in tables]
    left, correlation, right = np.linalg.svd(bases[0].T @ bases[1])
    for rows, basis, turn in zip(found, bases, (left, right.T), strict=True):
        expected = unit(basis @ turn[:, :2] * np.sqrt(1 + correlation[:2]))
        np.testing.assert_allclose(rows @ rows.T, expected @ expected.T, atol=1e-6)


def test_a_name_of_its_own_is_placed_by_its_features():
    rng = np.random.default_rng(2)
    latent = rng.normal(size=(100, 8))
    tables = [latent @ rng.normal(size=(8, 9)) + 0.1 * rng.normal(size=(100, 9)) for _ in range(3)]
    names = [[f"G{i}" if i >= 10 else f"G{i}@{d}" for i in range(100)] for d in range(3)]
    found = consensus_features(tables, names, width=8, ridge=0.01, power=1.0)
    nearest = (found[0][:10] @ found[1].T).argmax(axis=1)
    assert (nearest == np.arange(10)).mean() >= 0.8


@pytest.mark.parametrize("names", [[["A", "B"], ["C", "D"]], [["A", "B"], ["B", "D"]]])
def test_without_names_to_agree_on_there_is_no_consensus(names):
    tables = [np.eye(2), np.eye(2)]
    for rows in consensus_features(tables, names, width=3, ridge=0.7, power=3.0):
        assert rows.shape == (2, 3)
        assert not rows.any()


def test_features_of_zeros_agree_on_nothing():
    names = [["A", "B", "C"]] * 2
    for rows in consensus_features([np.zeros((3, 2))] * 2, names, width=2, ridge=1.0, power=1.0):
        assert not rows.any()


def test_the_order_of_datasets_changes_no_cosine():
    rng = np.random.default_rng(3)
    names = [[f"G{i}" for i in range(30)] for _ in range(3)]
    tables = [rng.normal(size=(30, 4)) for _ in range(3)]
    one = consensus_features(tables, names, width=3, ridge=0.7, power=3.0)
    other = consensus_features(tables[::-1], names, width=3, ridge=0.7, power=3.0)[::-1]
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a @ a.T, b @ b.T, atol=1e-8)
