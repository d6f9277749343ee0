"""Controls of CS-CORE: against NumPy and SciPy, and on planted modules."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse, stats

from musegnn.errors import GraphError, InputError
from musegnn.graphs.estimators import (
    ESTIMATORS,
    Computation,
    metacell_correlation,
    pearson_of_residuals,
)
from musegnn.graphs.residuals import pearson_residuals
from tests.toy_counts import gamma_poisson


def test_pearson_equals_numpy_and_fishers_z():
    values = np.random.default_rng(0).normal(size=(50, 6))
    result = pearson_of_residuals(values)
    np.testing.assert_allclose(result.estimate, np.corrcoef(values.T), atol=1e-12)
    z = np.arctanh(np.corrcoef(values.T)[0, 1]) * np.sqrt(47)
    assert result.statistic[0, 1] == pytest.approx(z)
    assert result.p_value[0, 1] == pytest.approx(2 * stats.norm.sf(abs(z)))


def test_genes_without_variation_get_no_correlation():
    values = np.random.default_rng(1).normal(size=(20, 4))
    values[:, 2] = 3
    result = pearson_of_residuals(values)
    assert result.estimate[2].tolist() == [0, 0, 1, 0]
    assert result.p_value[2, :2].tolist() == [1, 1]
    assert np.isfinite(result.statistic).all()


@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_every_estimator_ranks_pairs_of_a_planted_module_first(name):
    counts, depth = gamma_poisson(600, 40, seed=2, module=8)
    matrix = sparse.csr_matrix(counts.astype(np.float32))
    result = ESTIMATORS[name].estimate(matrix, depth, pearson_residuals(matrix))
    upper = np.triu_indices(40, 1)
    inside = (upper[0] < 8) & (upper[1] < 8)
    statistic = result.statistic[upper]
    assert np.median(statistic[inside]) > np.quantile(statistic[~inside], 0.95)
    assert (result.estimate >= -1).all()
    assert (result.estimate <= 1).all()


def test_metacells_are_the_same_for_the_same_seed():
    counts, depth = gamma_poisson(300, 20, seed=3, module=5)
    matrix = sparse.csr_matrix(counts.astype(np.float32))
    residuals = pearson_residuals(matrix)
    one, two = (metacell_correlation(matrix, depth, residuals) for _ in range(2))
    assert np.array_equal(one.statistic, two.statistic)


def test_too_few_observations_are_refused():
    with pytest.raises(GraphError, match="Expected at least 4 observations"):
        pearson_of_residuals(np.ones((3, 4)))
    counts = sparse.csr_matrix(np.ones((5, 4), dtype=np.float32))
    with pytest.raises(GraphError, match="Expected at least 10 cells for metacells, found 5"):
        metacell_correlation(counts, np.full(5, 4.0), np.zeros((5, 4)))


def test_every_estimator_says_what_it_is():
    for name, estimator in ESTIMATORS.items():
        assert estimator.name == name
        assert estimator.summary
        assert estimator.reference


def test_type_threads_and_device_reach_the_estimator_that_knows_them():
    counts, depth = gamma_poisson(60, 12, seed=4)
    matrix = sparse.csr_matrix(counts.astype(np.float32))
    residuals = pearson_residuals(matrix)
    cscore, pearson = ESTIMATORS["cscore"], ESTIMATORS["pearson"]
    plain = cscore.estimate(matrix, depth, residuals)
    assert cscore.run(matrix, depth, residuals, Computation(threads=1)).statistic.tobytes() == (
        plain.statistic.tobytes()
    )
    single = cscore.run(matrix, depth, residuals, Computation(dtype="float32", device="auto"))
    assert single.statistic.dtype == np.float32
    assert pearson.run(matrix, depth, residuals, Computation(threads=1)).n_iterations == 0
    with pytest.raises(InputError, match=r"float64 and `device` cpu for the estimator `pearson`"):
        pearson.run(matrix, depth, residuals, Computation(dtype="float32"))
