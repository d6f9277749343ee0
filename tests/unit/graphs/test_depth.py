"""What depth alone gives, and tests that hold with few cells."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from musegnn.errors import GraphError
from musegnn.graphs import depth_share as module
from musegnn.graphs.cscore_estimator import cscore
from musegnn.graphs.depth_share import depth_share, shuffled_in_strata
from musegnn.graphs.studentised import studentised_cscore
from tests.toy_counts import gamma_poisson


@pytest.mark.parametrize("n_cells", [7, 10, 57, 200])
@pytest.mark.parametrize("at_once", [3, 10_000])
def test_each_gene_keeps_its_counts_in_each_stratum(
    n_cells: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAIRS_AT_ONCE", at_once)
    counts, depth = gamma_poisson(n_cells, 12, seed=0, mean=1.0)
    depth[: n_cells // 2] = depth[0]  # ties
    found = shuffled_in_strata(sparse.csr_matrix(counts), depth, seed=1).toarray()
    order = np.argsort(depth, kind="stable")
    n_strata = max(n_cells // 10, 1)
    for stratum in range(n_strata):
        last = n_cells if stratum == n_strata - 1 else 10 * (stratum + 1)
        rows = order[10 * stratum : last]
        np.testing.assert_array_equal(np.sort(found[rows], axis=0), np.sort(counts[rows], axis=0))
    assert (found != counts).any()
    again = shuffled_in_strata(sparse.csr_matrix(counts), depth, seed=1).toarray()
    np.testing.assert_array_equal(found, again)


def test_exchange_reaches_every_cell_alike() -> None:
    counts = sparse.csr_matrix(np.eye(10, 1))  # one count in one of ten cells
    places = [shuffled_in_strata(counts, np.ones(10), seed=i).indptr.argmax() for i in range(600)]
    assert np.bincount(places, minlength=11)[1:].min() > 30  # 60 expected


def _strong(counts: sparse.csr_matrix, depth: np.ndarray) -> sparse.csr_matrix:
    strong = cscore(counts, depth).statistic > 3
    np.fill_diagonal(strong, val=False)
    return sparse.csr_matrix(strong)


def test_edges_of_depth_come_back_and_those_of_a_module_do_not() -> None:
    module_counts, depth = gamma_poisson(600, 20, seed=2, module=8)
    counts = sparse.csr_matrix(module_counts)
    found = depth_share(counts, depth, _strong(counts, depth), _strong)
    assert found is not None
    assert found.share < 0.1
    rng = np.random.default_rng(0)
    steep = 4 * (depth / depth.mean())[:, None] ** np.repeat([2.0, 0.3], 10)
    by_depth = sparse.csr_matrix(rng.poisson(steep).astype(float))
    found = depth_share(by_depth, depth, _strong(by_depth, depth), _strong)
    assert found is not None
    assert found.share > 0.7
    assert found.share > found.chance


def test_without_edges_or_cells_there_is_no_share() -> None:
    counts, depth = gamma_poisson(60, 5, seed=0)
    none = sparse.csr_matrix((5, 5), dtype=bool)
    assert depth_share(sparse.csr_matrix(counts), depth, none, _strong) is None
    edge = sparse.csr_matrix(np.ones((5, 5), dtype=bool))
    assert depth_share(sparse.csr_matrix(counts[:30]), depth[:30], edge, _strong) is None


def _overdispersed(n_cells: int, n_genes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    depth = rng.lognormal(np.log(2000), 0.4, n_cells)
    rate = rng.gamma(0.15, 1 / 0.15, (n_cells, n_genes)) * 1e-3
    return rng.poisson(depth[:, None] * rate).astype(float), depth


def test_far_tail_holds_where_few_cells_vary_much() -> None:
    far = {"plain": 0, "t": 0}
    near, n = 0, 0
    for seed in range(6):
        counts, depth = _overdispersed(150, 150, seed)
        stored, pairs = sparse.csr_matrix(counts), np.triu_indices(150, 1)
        t = studentised_cscore(stored, depth).p_value[pairs]
        far["plain"] += int((cscore(stored, depth).p_value[pairs] < 5e-6).sum())
        far["t"] += int((t < 5e-6).sum())
        near += int((t < 0.05).sum())
        n += len(t)
    assert far["plain"] > 20  # 0.3 expected
    assert far["t"] <= 5
    assert near / n < 0.06


def test_only_what_goes_with_depth_is_taken_out() -> None:
    module_counts, depth = gamma_poisson(600, 20, seed=2, module=8)
    found = studentised_cscore(sparse.csr_matrix(module_counts), depth, without_depth=True)
    inside = found.statistic[:8, :8][np.triu_indices(8, 1)]
    assert np.median(inside) > 4
    rng = np.random.default_rng(0)
    steep = 4 * (depth / depth.mean())[:, None] ** np.repeat([2.0, 0.3], 10)
    by_depth = sparse.csr_matrix(rng.poisson(steep).astype(float))
    same = np.triu_indices(10, 1)
    assert np.median(cscore(by_depth, depth).statistic[:10, :10][same]) > 3
    left = studentised_cscore(by_depth, depth, without_depth=True).statistic[:10, :10][same]
    assert abs(np.median(left)) < 1


def test_cells_of_one_depth_have_nothing_to_take_out() -> None:
    counts, _ = gamma_poisson(100, 10, seed=1)
    found = studentised_cscore(sparse.csr_matrix(counts), np.ones(100), without_depth=True)
    assert np.isfinite(found.statistic).all()


def test_too_few_cells_are_told() -> None:
    counts, depth = gamma_poisson(11, 5, seed=0)
    with pytest.raises(GraphError, match="at least 12 cells for this estimator, found 11"):
        studentised_cscore(sparse.csr_matrix(counts), depth)
