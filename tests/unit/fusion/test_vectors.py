"""Vectors of modalities: planted groups are found, hidden facts are told, draws are repeatable."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from musegnn.fusion.feature_table import (
    GRAPH,
    PROFILES,
    SETS,
    SIGNED,
    Coverage,
    FeatureTable,
)
from musegnn.fusion.reconstruction import area, reconstruct
from musegnn.fusion.spectral import encode_by_svd
from musegnn.fusion.walks import encode_by_walks

GROUPS, SIZE = 4, 20


def planted(form: str, *, seed: int = 0) -> FeatureTable:
    """Genes of four groups, each with facts of its own and a few of others."""
    rng = np.random.default_rng(seed)
    n = GROUPS * SIZE
    group = np.repeat(np.arange(GROUPS), SIZE)
    width = n if form == GRAPH else GROUPS * 15
    of_feature = group if form == GRAPH else np.repeat(np.arange(GROUPS), 15)
    chance = np.where(group[:, None] == of_feature[None, :], 0.5, 0.03)
    facts = rng.random((n, width)) < chance
    if form == GRAPH:
        facts = np.triu(facts, 1)
        facts = facts | facts.T
    weights = facts.astype(np.float32)
    if form == PROFILES:
        weights = weights * 3 - 1 + rng.normal(size=weights.shape).astype(np.float32) / 10
        facts = weights > 1
    names = tuple(f"G{i}" for i in range(n))
    features = names if form == GRAPH else tuple(f"F{i}" for i in range(width))
    coverage = Coverage(n, n, n)
    return FeatureTable(
        names, features, sparse.csr_matrix(weights), sparse.csr_matrix(facts), form, coverage
    )


def share_of_own(vectors: np.ndarray) -> float:
    """Share of genes whose nearest other gene is of their own group."""
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -2)
    return float(np.mean(cosines.argmax(axis=1) // SIZE == np.arange(len(vectors)) // SIZE))


@pytest.mark.parametrize("form", [SETS, GRAPH, SIGNED, PROFILES])
@pytest.mark.parametrize("encode", [encode_by_svd, encode_by_walks])
def test_planted_groups_are_found(form, encode):
    vectors = encode(planted(form), 8, seed=0)
    assert vectors.shape == (GROUPS * SIZE, 8)
    # chance is 0.24; pairs of a target and a regulator are few words for a skip-gram here
    assert share_of_own(vectors) > (0.4 if (form, encode) == (SIGNED, encode_by_walks) else 0.8)


@pytest.mark.parametrize("encode", [encode_by_svd, encode_by_walks])
def test_the_same_seed_gives_the_same_bytes_and_vectors_have_length_one(encode):
    table = planted(SETS)
    first, second = encode(table, 8, seed=3), encode(table, 8, seed=3)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, rtol=1e-5)


def test_directions_are_those_of_numpy():
    table = planted(PROFILES)
    left, values, _ = np.linalg.svd(table.weights.toarray())
    expected = left[:, :3] * values[:3]
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = encode_by_svd(table, 3)
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-3)


def test_a_gene_of_which_everything_is_hidden_gets_zeros():
    table = planted(SETS)
    rows = np.zeros(table.members.shape, dtype=bool)
    rows[0] = True
    vectors = encode_by_svd(table.without(sparse.csr_matrix(rows)), 8)
    assert not vectors[0].any()
    assert vectors[1].any()


@pytest.mark.parametrize("form", [SETS, GRAPH, SIGNED])
def test_hidden_facts_of_planted_groups_are_told_and_random_vectors_tell_nothing(form):
    table = planted(form)
    found = reconstruct(table, lambda rest: encode_by_svd(rest, 8))
    assert found.auroc > 0.75
    assert found.low <= found.auroc <= found.high
    drawn = np.random.default_rng(1).normal(size=(len(table.genes), 32))
    guessed = reconstruct(planted(form, seed=5), lambda _: drawn)
    assert abs(guessed.auroc - 0.5) < 0.15


def test_nothing_that_was_hidden_reaches_the_encoder():
    table, seen = planted(GRAPH), []

    def remember(rest):
        seen.append(rest)
        return encode_by_svd(rest, 8)

    reconstruct(table, remember)
    (rest,) = seen
    assert rest.members.nnz == pytest.approx(0.9 * table.members.nnz, abs=2)
    assert (rest.weights != 0).nnz == rest.members.nnz
    assert (rest.members != rest.members.T).nnz == 0


def test_area_is_that_of_counting_pairs():
    rng = np.random.default_rng(0)
    right, wrong = rng.integers(0, 5, 30), rng.integers(0, 4, 20)
    pairs = np.sign(right[:, None] - wrong[None, :])
    assert area(right, wrong) == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())
