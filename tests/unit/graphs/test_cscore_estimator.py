"""CS-CORE against its formulas, written out without any of the product's shortcuts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse, stats

from musegnn.errors import GraphError, InputError
from musegnn.graphs import sparse_products
from musegnn.graphs.cscore_estimator import CoExpression, cscore
from tests.toy_counts import gamma_poisson, most_expressed, read_public

MATRICES = ("estimate", "statistic", "p_value")


def naive_cscore(x: np.ndarray, s: np.ndarray) -> dict[str, np.ndarray]:
    """CS-CORE as published: everything dense, one gene after the other."""
    x, s = x.astype(float), s.astype(float)[:, None]
    mu = (s * x).sum(0) / (s**2).sum()
    sigma2 = (s**2 * ((x - s * mu) ** 2 - s * mu)).sum(0) / (s**4).sum()
    theta = mu**2 / sigma2
    rounds = 0
    while rounds < 11:
        rounds += 1
        before = np.where(theta < 0, np.inf, theta)
        middle = np.median(theta[theta > 0])
        w = s * mu + s**2 * mu**2 / middle
        mu = (s * x / w).sum(0) / (s**2 / w).sum(0)
        h = (s**2 * mu**2 / middle + s * mu) ** 2
        sigma2 = (s**2 * ((x - s * mu) ** 2 - s * mu) / h).sum(0) / (s**4 / h).sum(0)
        theta = mu**2 / sigma2
        both = (theta > 0) & (before > 0)
        with np.errstate(divide="ignore"):
            if np.abs(np.log(theta[both] / before[both])).max() <= 0.05:
                break
    w = s * mu + s**2 * mu**2 / np.median(theta[theta > 0])
    v = s * mu + s**2 * sigma2
    r = x - s * mu
    n_genes = x.shape[1]
    estimate, statistic = np.zeros((n_genes, n_genes)), np.zeros((n_genes, n_genes))
    for j in range(n_genes):
        for k in range(n_genes):
            if sigma2[j] <= 0 or sigma2[k] <= 0:
                continue
            pair = w[:, j] * w[:, k]
            covariance = (s[:, 0] ** 2 * r[:, j] * r[:, k] / pair).sum()
            covariance /= (s[:, 0] ** 4 / pair).sum()
            estimate[j, k] = covariance / np.sqrt(sigma2[j] * sigma2[k])
            pair = v[:, j] * v[:, k]
            statistic[j, k] = (s[:, 0] ** 2 * r[:, j] * r[:, k] / pair).sum()
            statistic[j, k] /= np.sqrt((s[:, 0] ** 4 / pair).sum())
    p_value = 2 * stats.norm.sf(np.abs(statistic))
    estimate = np.clip(estimate, -1, 1)
    np.fill_diagonal(estimate, 1)
    return {
        "estimate": estimate,
        "statistic": statistic,
        "p_value": p_value,
        "mean": mu,
        "variance": sigma2,
        "rounds": np.array(rounds),
    }


def expect_equal(result: CoExpression, expected: dict[str, np.ndarray]) -> None:
    """Compare all arrays to one part in a million."""
    assert result.n_iterations == expected["rounds"]
    np.testing.assert_allclose(result.mean, expected["mean"], rtol=1e-6)
    np.testing.assert_allclose(result.variance, expected["variance"], rtol=1e-6)
    for name in MATRICES:
        np.testing.assert_allclose(getattr(result, name), expected[name], rtol=1e-6, atol=1e-6)


def test_real_cells_give_what_the_formulas_give(shared: Path) -> None:
    data = read_public(shared, "human_pbmc4k_10x")
    cells = np.sort(np.random.default_rng(0).choice(data.n_obs, 600, replace=False))
    depth = np.asarray(data.X.sum(axis=1)).ravel()[cells]  # over all genes of the file
    counts = data.X[cells][:, most_expressed(data, 500)]
    expect_equal(cscore(counts, depth), naive_cscore(counts.toarray(), depth))


def test_genes_that_turn_from_no_overdispersion_to_some_keep_the_rounds_going() -> None:
    counts, depth = gamma_poisson(400, 12, seed=190, mean=2.0)
    noise = np.random.default_rng(190).poisson(depth[:, None] * 2.0 / 2000, (400, 4))
    counts[:, :4] = noise  # Poisson: the variance estimate lies about zero
    expected = naive_cscore(counts, depth)
    # with genes of negative theta left out of the comparison two rounds would be enough
    assert expected["rounds"] == 4
    assert (expected["variance"] < 0).sum() == 2
    expect_equal(cscore(counts, depth), expected)


def test_sparse_and_dense_counts_of_any_type_give_the_same() -> None:
    counts, depth = gamma_poisson(50, 20, seed=1)
    results = [
        cscore(matrix, depth)
        for matrix in (
            counts,
            counts.astype(np.float32),
            sparse.csr_matrix(counts),
            sparse.csc_matrix(counts.astype(np.float32)),
            sparse.coo_matrix(counts),
        )
    ]
    for name in MATRICES:
        for other in results[1:]:
            np.testing.assert_allclose(
                getattr(other, name), getattr(results[0], name), rtol=1e-12, atol=1e-12
            )


def test_integer_depths_do_not_overflow() -> None:
    counts, depth = gamma_poisson(50, 10, seed=2)
    deep = depth * 100  # (2e5)^4 is beyond 64-bit integers
    whole = cscore(counts, deep.astype(np.int64))
    assert np.array_equal(whole.statistic, cscore(counts, deep).statistic)


def test_permuting_genes_permutes_the_result() -> None:
    counts, depth = gamma_poisson(80, 25, seed=3, module=5)
    order = np.random.default_rng(0).permutation(25)
    plain, permuted = cscore(counts, depth), cscore(counts[:, order], depth)
    for name in MATRICES:
        np.testing.assert_allclose(
            getattr(permuted, name),
            getattr(plain, name)[np.ix_(order, order)],
            rtol=1e-9,
            atol=1e-9,
        )


def test_permuting_cells_changes_nothing() -> None:
    counts, depth = gamma_poisson(80, 25, seed=3, module=5)
    order = np.random.default_rng(0).permutation(80)
    plain, permuted = cscore(counts, depth), cscore(counts[order], depth[order])
    for name in MATRICES:
        np.testing.assert_allclose(
            getattr(permuted, name), getattr(plain, name), rtol=1e-9, atol=1e-9
        )


def test_genes_that_vary_less_than_noise_or_have_no_counts_are_uncorrelated_and_finite() -> None:
    counts, depth = gamma_poisson(100, 12, seed=4)
    counts[:, 3] = 2  # constant: less variance than Poisson
    counts[:, 7] = 0
    result = cscore(counts, depth)
    assert result.variance[3] < 0
    others = np.flatnonzero(~np.isin(np.arange(12), [3, 7]))
    for gene in (3, 7):
        assert not result.estimate[gene, others].any()
        assert not result.estimate[others, gene].any()
        assert not result.statistic[gene].any()
        assert (result.p_value[gene] == 1).all()
    for name in (*MATRICES, "mean", "variance"):
        assert np.isfinite(getattr(result, name)).all()
    assert np.abs(result.statistic[np.ix_(others, others)]).min() > 0


def test_a_gene_without_counts_leaves_the_other_genes_as_they_are() -> None:
    counts, depth = gamma_poisson(100, 10, seed=5)
    with_empty = np.column_stack([counts, np.zeros(100)])
    plain, longer = cscore(counts, depth), cscore(with_empty, depth)
    for name in MATRICES:
        np.testing.assert_allclose(getattr(longer, name)[:10, :10], getattr(plain, name))


def test_matrices_are_symmetric_with_a_diagonal_of_one_and_values_in_range() -> None:
    counts, depth = gamma_poisson(60, 20, seed=6, module=6)
    result = cscore(counts, depth)
    for name in MATRICES:
        np.testing.assert_allclose(getattr(result, name), getattr(result, name).T, atol=1e-12)
    assert (np.diag(result.estimate) == 1).all()
    assert np.abs(result.estimate).max() <= 1
    assert 0 <= result.p_value.min() <= result.p_value.max() <= 1


def test_independent_genes_are_called_significant_about_as_often_as_stated() -> None:
    rates = []
    for seed in range(3):
        counts, depth = gamma_poisson(1000, 100, seed=seed)
        p_value = cscore(counts, depth).p_value[np.triu_indices(100, 1)]
        rates.append((p_value < 0.005).mean())
        assert 0.03 < (p_value < 0.05).mean() < 0.07
    assert 0.002 < np.mean(rates) < 0.01


def test_a_planted_module_is_found_and_nothing_else() -> None:
    counts, depth = gamma_poisson(400, 60, seed=7, module=10)
    result = cscore(counts, depth)
    module_pair = np.zeros((60, 60), dtype=bool)
    module_pair[:10, :10] = True
    upper = np.triu(np.ones((60, 60), dtype=bool), 1)
    significant = result.p_value < 0.005
    assert significant[module_pair & upper].mean() > 0.95
    assert significant[~module_pair & upper].mean() < 0.02
    # each gene of the module has half of its variance in common with the others
    assert np.median(result.estimate[module_pair & upper]) == pytest.approx(0.5, abs=0.1)
    assert np.median(result.estimate[~module_pair & upper]) == pytest.approx(0, abs=0.03)


def test_depth_alone_makes_no_correlation() -> None:
    counts, depth = gamma_poisson(500, 40, seed=8)
    result = cscore(counts, depth)
    upper = np.triu_indices(40, 1)
    assert abs(result.estimate[upper].mean()) < 0.02
    assert np.corrcoef(counts.T)[upper].mean() > 0.1  # what a plain correlation would say


@pytest.mark.parametrize("cells_in_a_block", [1, 7, 50])
def test_the_size_of_the_blocks_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, cells_in_a_block: int
) -> None:
    counts, depth = gamma_poisson(61, 20, seed=9)
    whole = cscore(sparse.csr_matrix(counts), depth)
    # dense blocks are taken above a share of non-zeros; here always
    monkeypatch.setattr(sparse_products, "DENSE_SHARE", 0.0)
    monkeypatch.setattr(sparse_products, "BLOCK_ELEMENTS", cells_in_a_block * 20)
    blocks = cscore(sparse.csr_matrix(counts), depth)
    assert blocks.n_iterations == whole.n_iterations
    for name in MATRICES:
        np.testing.assert_allclose(
            getattr(blocks, name), getattr(whole, name), rtol=1e-9, atol=1e-9
        )


def test_another_hash_seed_of_python_gives_the_same_bytes() -> None:
    code = (
        "import hashlib\n"
        "from musegnn.graphs.cscore_estimator import cscore\n"
        "from tests.toy_counts import gamma_poisson\n"
        "result = cscore(*gamma_poisson(200, 80, seed=0, module=9))\n"
        "parts = (result.estimate, result.statistic, result.p_value)\n"
        "print(hashlib.sha256(b''.join(part.tobytes() for part in parts)).hexdigest())\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 64


@pytest.mark.parametrize(
    ("counts", "depth", "message"),
    [
        (np.ones((4, 2)), np.ones(3), "Expected one depth for each of the 4 cells, found 3"),
        (np.ones(4), np.ones(4), "Give counts as cells x genes"),
        (np.ones((2, 5)), np.ones(2), "Expected at least 3 cells .* found 2"),
        (np.ones((4, 0)), np.ones(4), "Expected at least one gene, found none"),
        (np.full((4, 2), -1), np.ones(4), "Expected finite, non-negative counts"),
        (np.full((4, 2), np.nan), np.ones(4), "Expected finite, non-negative counts"),
        (np.full((4, 2), np.inf), np.ones(4), "Expected finite, non-negative counts"),
        (np.ones((4, 2)), np.array([1, 2, 0, 1]), "Expected depths greater than 0, found 0 "),
        (np.ones((4, 2)), np.array([1, 2, -3, 1]), "Expected depths greater than 0, found -3 "),
        (np.ones((4, 2)), np.array([1, 2, np.nan, 1]), "Expected depths greater than 0"),
    ],
)
def test_input_that_cannot_be_used_is_refused(
    counts: np.ndarray, depth: np.ndarray, message: str
) -> None:
    with pytest.raises(GraphError, match=message):
        cscore(counts, depth)
    if counts.ndim == 2:
        with pytest.raises(GraphError, match=message):
            cscore(sparse.csr_matrix(counts), depth)


def test_single_precision_stays_near_double_precision(shared: Path) -> None:
    data = read_public(shared, "human_pbmc4k_10x")
    depth = np.asarray(data.X.sum(axis=1)).ravel()
    for genes in (most_expressed(data, 300), most_expressed(data, 2000)[1500:]):  # dense, sparse
        counts = data.X[:, genes]
        double, single = cscore(counts, depth), cscore(counts, depth, dtype="float32")
        assert single.n_iterations == double.n_iterations
        np.testing.assert_allclose(single.mean, double.mean, rtol=1e-6)
        for name in MATRICES:
            assert getattr(single, name).dtype == np.float32
            np.testing.assert_allclose(getattr(single, name), getattr(double, name), atol=1e-4)


def test_single_precision_takes_deep_and_shallow_cells() -> None:
    counts, depth = gamma_poisson(300, 20, seed=11, module=5)
    for unit in (1e-3, 1e9):
        single = cscore(counts, depth * unit, dtype="float32")
        for name in MATRICES:
            expected = getattr(cscore(counts, depth), name)
            np.testing.assert_allclose(getattr(single, name), expected, atol=1e-4)


def test_single_precision_gives_the_same_bytes_twice() -> None:
    counts, depth = gamma_poisson(200, 300, seed=12)
    first, second = (cscore(counts, depth, dtype="float32", threads=1) for _ in range(2))
    for name in MATRICES:
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "float16"}, "Expected `dtype` to be one of float64, float32; found 'float16'"),
        ({"device": "gpu"}, "Expected `device` to be one of cpu, cuda, auto; found 'gpu'"),
    ],
)
def test_options_that_do_not_exist_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        cscore(*gamma_poisson(20, 5, seed=0), **options)
