"""Residuals and features against their closed formulas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from musegnn.errors import InputError
from musegnn.graphs.residuals import (
    all_residuals,
    choose_variable_genes,
    pearson_residuals,
    principal_components,
)
from tests.toy_counts import gamma_poisson, most_expressed, read_public


def closed_residuals(counts: np.ndarray) -> np.ndarray:
    """(x - mu) / sqrt(mu + mu^2 / 100), clipped at the root of the number of cells."""
    x = counts.astype(float)
    mu = x.sum(axis=1, keepdims=True) * x.sum(axis=0, keepdims=True) / x.sum()
    limit = np.sqrt(len(x))
    return np.clip((x - mu) / np.sqrt(mu + mu**2 / 100), -limit, limit)


@pytest.fixture
def counts() -> np.ndarray:
    """Simulated counts with a module of eight genes."""
    return gamma_poisson(90, 50, seed=0, module=8)[0]


def test_residuals_are_those_of_the_closed_formula(counts: np.ndarray) -> None:
    counts[3, 4] = 4000  # far outside: clipped
    expected = closed_residuals(counts)
    assert expected[3, 4] == np.sqrt(90)
    found = pearson_residuals(sparse.csr_matrix(counts))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_residuals_of_real_cells_are_those_of_the_closed_formula(shared: Path) -> None:
    data = read_public(shared, "human_pbmc4k_10x")
    counts = data.X[:300, most_expressed(data, 200)]
    np.testing.assert_allclose(
        pearson_residuals(counts), closed_residuals(counts.toarray()), rtol=1e-3, atol=1e-4
    )


def test_counts_are_left_as_they_were(counts: np.ndarray) -> None:
    matrix = sparse.csr_matrix(counts, dtype=np.float32)
    pearson_residuals(matrix)
    choose_variable_genes(matrix, 10)
    assert np.array_equal(matrix.toarray(), counts)


def test_the_most_variable_genes_have_the_largest_variance_of_residuals(
    counts: np.ndarray,
) -> None:
    variance = closed_residuals(counts).var(axis=0)
    expected = np.sort(np.argsort(-variance)[:20])
    chosen = choose_variable_genes(sparse.csr_matrix(counts), 20)
    assert chosen.tolist() == expected.tolist()


def test_exactly_the_wanted_number_comes_back_also_when_genes_tie() -> None:
    column = np.random.default_rng(0).poisson(3, (40, 1))
    chosen = choose_variable_genes(sparse.csr_matrix(np.tile(column, (1, 9))), 4)
    assert chosen.tolist() == [0, 1, 2, 3]


def test_a_file_with_fewer_genes_than_wanted_keeps_them_all(counts: np.ndarray) -> None:
    assert choose_variable_genes(sparse.csr_matrix(counts), 50).tolist() == list(range(50))
    assert choose_variable_genes(sparse.csr_matrix(counts), 1000).tolist() == list(range(50))


@pytest.mark.parametrize("n_genes", [-1, 0, 2])
def test_too_few_wanted_genes_are_refused(counts: np.ndarray, n_genes: int) -> None:
    with pytest.raises(
        InputError, match=f"at least 3 genes for a graph, found `genes` = {n_genes}"
    ):
        choose_variable_genes(sparse.csr_matrix(counts), n_genes)


def test_the_published_features_are_the_residuals_of_every_cell(counts: np.ndarray) -> None:
    residuals = pearson_residuals(sparse.csr_matrix(counts))
    features = all_residuals(residuals)
    assert features.values.flags.c_contiguous
    assert np.array_equal(features.values, residuals.T)
    assert features.explained_variance == 1


def test_all_components_keep_the_inner_products_of_the_centred_residuals(
    counts: np.ndarray,
) -> None:
    genes = pearson_residuals(sparse.csr_matrix(counts)).T.astype(float)
    centred = genes - genes.mean(axis=0)
    features = principal_components(genes.T, n_components=128)
    assert features.values.shape == (50, 50)
    assert features.explained_variance == pytest.approx(1)
    np.testing.assert_allclose(
        features.values @ features.values.T, centred @ centred.T, rtol=1e-3, atol=1e-2
    )


def test_some_components_are_the_best_approximation_and_say_what_they_keep(
    counts: np.ndarray,
) -> None:
    genes = pearson_residuals(sparse.csr_matrix(counts)).T.astype(float)
    eigenvalues, vectors = np.linalg.eigh(np.cov(genes, rowvar=False) * (len(genes) - 1))
    eigenvalues, vectors = eigenvalues[::-1], vectors[:, ::-1]
    features = principal_components(genes.T, n_components=7)
    assert features.values.shape == (50, 7)
    assert features.explained_variance == pytest.approx(eigenvalues[:7].sum() / eigenvalues.sum())
    expected = (genes - genes.mean(axis=0)) @ vectors[:, :7]
    np.testing.assert_allclose(np.abs(features.values), np.abs(expected), rtol=1e-3, atol=1e-3)


def test_there_are_no_more_components_than_cells(counts: np.ndarray) -> None:
    features = principal_components(pearson_residuals(sparse.csr_matrix(counts[:6])))
    assert features.values.shape == (50, 6)
    assert np.isfinite(features.values).all()


def test_genes_that_are_all_alike_lose_nothing() -> None:
    features = principal_components(np.ones((30, 5)))
    assert not features.values.any()
    assert features.explained_variance == 1


def test_cells_without_a_count_among_the_chosen_genes_get_zero_residuals() -> None:
    counts = np.random.default_rng(5).poisson(1.0, (30, 8)).astype(np.float32)
    counts[[3, 17]] = 0
    residuals = pearson_residuals(sparse.csr_matrix(counts))
    assert np.isfinite(residuals).all()
    assert not residuals[[3, 17]].any()
    others = np.delete(np.arange(30), [3, 17])
    alone = pearson_residuals(sparse.csr_matrix(counts[others]))
    np.testing.assert_allclose(residuals[others], alone)
