"""Low-rank cosine against scikit-learn and loops over ranks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import cosine_similarity

from musegnn.errors import InputError
from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.low_rank_cosine import cosine_of_components, low_rank_cosine, mutual_rank
from musegnn.graphs.residuals import pearson_residuals
from musegnn.io.gene_names import GeneNames
from tests.toy_counts import gamma_poisson, write_counts


@pytest.fixture(scope="module")
def simulated() -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
    counts, depth = gamma_poisson(200, 40, seed=3, module=8)
    matrix = sparse.csr_matrix(counts)
    return matrix, depth, pearson_residuals(matrix)


def test_cosine_of_components_is_that_of_principal_component_scores(simulated):
    residuals = simulated[2].astype(float)
    scores = PCA(n_components=5, svd_solver="full").fit_transform(residuals.T)
    centred = residuals - residuals.mean(axis=1, keepdims=True)
    centred -= centred.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(
        cosine_of_components(centred, 5), cosine_similarity(scores), atol=1e-8
    )


def test_mutual_rank_is_the_geometric_mean_of_two_positions_in_sorted_lists():
    rng = np.random.default_rng(0)
    score = rng.normal(size=(12, 12))
    score = score + score.T
    found = mutual_rank(score)
    for i in range(12):
        for j in range(12):
            if i == j:
                continue
            position = [
                sorted((k for k in range(12) if k != a), key=lambda k, a=a: -score[a, k]).index(b)
                + 1
                for a, b in ((i, j), (j, i))
            ]
            assert np.exp(found[i, j]) == pytest.approx(np.sqrt(position[0] * position[1]))


def test_genes_of_a_planted_module_are_closest_to_each_other(simulated):
    result = low_rank_cosine(*simulated)
    np.testing.assert_array_equal(result.statistic, result.statistic.T)
    inside = result.statistic[:8, :8][np.triu_indices(8, 1)]
    across = result.statistic[:8, 8:]
    assert np.median(inside) > np.quantile(across, 0.95)
    assert (result.p_value == 1).all()
    np.testing.assert_array_equal(np.diag(result.estimate), 1)


def test_a_gene_without_variation_is_related_to_nothing(simulated):
    counts, depth, _ = simulated
    silent = counts.tolil()
    silent[:, 2] = 0
    silent = sparse.csr_matrix(silent)
    result = low_rank_cosine(silent, depth, pearson_residuals(silent))
    assert (np.delete(result.estimate[2], 2) == 0).all()
    assert (result.statistic[2] == 0).all()


def test_a_rule_by_p_value_is_refused_with_a_way_out(tmp_path):
    counts, _ = gamma_poisson(60, 12, seed=1)
    path = write_counts(tmp_path / "a.h5ad", counts.astype(np.float32), list("ABCDEFGHIJKL"))
    context = Context("a", "human", "blood", "scrna")
    with pytest.raises(InputError, match="preset `default`"):
        build_gene_graph(path, context, names=GeneNames(), preset="paper", estimator="lowrank")
    graph = build_gene_graph(path, context, names=GeneNames(), estimator="lowrank")
    assert graph.n_edges > 0
    assert graph.provenance["estimator"] == "lowrank"
