"""Reliability of genes against sets, and on counts whose genes were shuffled."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.stats import hypergeom

from musegnn.graphs.gene_reliability import (
    COLUMNS,
    LEVELS,
    WIDTH,
    count_shared_neighbours,
    gene_reliability,
)
from musegnn.graphs.reproducibility import split_cells
from musegnn.graphs.residuals import pearson_residuals, principal_components


def features_of(counts: np.ndarray) -> np.ndarray:
    """Principal components of the residuals of counts."""
    found = principal_components(pearson_residuals(sparse.csr_matrix(counts)))
    return found.values


def nearest(values: np.ndarray, gene: int, k: int) -> set[int]:
    """Nearest genes of one, by a loop."""
    width = values[:, :WIDTH]
    cosine = [
        -np.inf if other == gene else row @ width[gene] / np.linalg.norm(row)
        for other, row in enumerate(width)
    ]
    return set(sorted(range(len(values)), key=lambda other: (-cosine[other], other))[:k])


def test_shared_neighbours_are_those_of_sets_at_every_level():
    rng = np.random.default_rng(0)
    first = rng.normal(size=(600, 40))
    second = first + rng.normal(size=first.shape)
    counts = count_shared_neighbours(first, second)
    for gene in (0, 1, 511, 512, 599):
        for k in LEVELS:
            expected = len(nearest(first, gene, k) & nearest(second, gene, k))
            assert counts[k][gene] == expected
    found = gene_reliability(first, second)
    np.testing.assert_allclose(found["reliability_20"], counts[20] / 20)
    assert tuple(found) == COLUMNS


def test_a_gene_without_any_signal_in_a_half_shares_nothing():
    rng = np.random.default_rng(1)
    first = rng.normal(size=(60, 8))
    second = first.copy()
    second[3] = 0
    found = gene_reliability(first, second)["reliability_20"]
    assert found[3] == 0
    assert np.delete(found, 3).mean() > 0.9


def test_levels_at_which_every_gene_would_be_a_neighbour_are_not_measured():
    values = np.random.default_rng(2).normal(size=(21, 5))
    found = gene_reliability(values, values)
    assert np.isnan(found["reliability_20"]).all()
    assert (found["reliability_10"] == 1).all()
    assert all(len(column) == 1 for column in gene_reliability(values[:1], values[:1]).values())


def test_shuffled_counts_share_what_chance_gives_and_a_module_shares_more():
    rng = np.random.default_rng(3)
    n_cells, n_genes = 300, 200
    programme = rng.gamma(1.0, 1.0, n_cells)
    rates = rng.gamma(2.0, 1.0, n_genes)
    means = np.outer(np.ones(n_cells), rates)
    means[:, :30] *= programme[:, None]
    counts = rng.poisson(means)

    def measure(matrix: np.ndarray) -> np.ndarray:
        halves = split_cells(n_cells, seed=0)
        parts = [features_of(matrix[half]) for half in halves]
        return gene_reliability(*parts)["reliability_20"]

    real = measure(counts)
    assert real[:30].mean() > 0.5
    shuffled = measure(np.column_stack([rng.permutation(column) for column in counts.T]))
    assert abs(shuffled.mean() - 20 / (n_genes - 1)) < 0.02
    p = hypergeom.sf(np.round(20 * shuffled) - 1, n_genes - 1, 20, 20)
    assert (p < 0.01).mean() < 0.04
