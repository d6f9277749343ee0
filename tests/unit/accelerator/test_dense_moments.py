"""CS-CORE on dense blocks against CS-CORE on non-zeros, on torch's own CPU device and on CUDA."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import sparse

from musegnn.accelerator import dense_moments, devices
from musegnn.accelerator.dense_moments import DenseMoments
from musegnn.errors import GraphError, InputError
from musegnn.graphs.cscore_estimator import CoExpression, cscore, estimate_from_moments
from tests.toy_counts import gamma_poisson, most_expressed, read_public

MATRICES = ("estimate", "statistic", "p_value")


def on_blocks(counts, depth, *, dtype="float64", block_cells=None) -> CoExpression:
    matrix = sparse.csr_matrix(counts)
    unit = float(np.median(depth)) if dtype == "float32" else 1.0
    moments = DenseMoments(matrix, depth / unit, dtype=dtype, block_cells=block_cells)
    return estimate_from_moments(moments, unit=unit)


def expect_close(result, expected, *, rtol, atol):
    assert result.n_iterations == expected.n_iterations
    assert result.converged == expected.converged
    for name in ("mean", "variance"):
        np.testing.assert_allclose(getattr(result, name), getattr(expected, name), rtol=rtol)
    for name in MATRICES:
        np.testing.assert_allclose(
            getattr(result, name), getattr(expected, name), rtol=rtol, atol=atol
        )


@pytest.mark.parametrize("block_cells", [None, 1, 7, 80])
def test_blocks_of_any_size_give_what_the_non_zeros_give(block_cells):
    counts, depth = gamma_poisson(80, 25, seed=3, module=5)
    counts[:, 4] = 0
    counts[:, 9] = 2  # varies less than noise
    result = on_blocks(counts, depth, block_cells=block_cells)
    expect_close(result, cscore(counts, depth), rtol=1e-6, atol=1e-9)


def test_public_cells_give_the_same_in_both_types(shared: Path):
    data = read_public(shared, "human_pbmc4k_10x")
    depth = np.asarray(data.X.sum(axis=1)).ravel()[:1500]
    counts = data.X[:1500][:, most_expressed(data, 300)]
    expected = cscore(counts, depth)
    expect_close(on_blocks(counts, depth, block_cells=400), expected, rtol=1e-6, atol=1e-8)
    single = on_blocks(counts, depth, dtype="float32", block_cells=400)
    for name in MATRICES:
        assert getattr(single, name).dtype == np.float32
    expect_close(single, expected, rtol=1e-3, atol=1e-4)


def test_cscore_hands_the_device_its_options(monkeypatch):
    counts, depth = gamma_poisson(60, 10, seed=5)
    monkeypatch.setattr(devices.torch.cuda, "is_available", lambda: True)
    seen = {}

    class Recorded(DenseMoments):
        def __init__(self, matrix, depth, *, device, **options):
            seen.update(options, device=device)
            super().__init__(matrix, depth, device="cpu", **options)

    monkeypatch.setattr("musegnn.accelerator.dense_moments.DenseMoments", Recorded)
    result = cscore(counts, depth, device="auto", dtype="float32", block_cells=9)
    assert seen == {"dtype": "float32", "block_cells": 9, "device": "cuda"}
    expect_close(result, cscore(counts, depth), rtol=1e-4, atol=1e-5)


def test_without_cuda_auto_is_the_cpu_and_cuda_is_refused(monkeypatch):
    monkeypatch.setattr(devices.torch.cuda, "is_available", lambda: False)
    counts, depth = gamma_poisson(60, 10, seed=5)
    plain, auto = cscore(counts, depth), cscore(counts, depth, device="auto")
    for name in MATRICES:
        assert getattr(plain, name).tobytes() == getattr(auto, name).tobytes()
    with pytest.raises(InputError, match=r"Expected a CUDA device .* found none .*Choose `device`"):
        cscore(counts, depth, device="cuda")


@pytest.mark.parametrize(
    ("free", "hint"),
    [
        (1_000_000, r"Set `block_cells` to 1,99\d or fewer"),
        (10**12, r"Set `block_cells` to 2,999 or fewer"),
        (1000, "Choose fewer genes or `device` 'cpu'"),
    ],
)
def test_memory_that_runs_out_is_explained_with_the_block_that_fits(monkeypatch, free, hint):
    counts, depth = gamma_poisson(3000, 10, seed=6)

    def run_out(*_args, **_options):
        raise torch.OutOfMemoryError

    moments = DenseMoments(sparse.csr_matrix(counts), depth)
    monkeypatch.setattr(dense_moments, "free_memory", lambda _: free)
    monkeypatch.setattr(dense_moments.torch, "zeros", run_out)
    # 10 genes in 5 arrays of 8 bytes are 400 bytes a cell
    with pytest.raises(GraphError, match=rf"blocks of 3,000 cells x 10 genes .* {hint}"):
        moments.products(np.ones(10), np.ones(10))


def test_a_block_without_cells_is_refused():
    counts, depth = gamma_poisson(20, 5, seed=7)
    with pytest.raises(InputError, match="Expected `block_cells` to be greater than 0, found 0"):
        DenseMoments(sparse.csr_matrix(counts), depth, block_cells=0)


def test_the_default_block_is_bounded(monkeypatch):
    counts, depth = gamma_poisson(500, 10, seed=8)
    monkeypatch.setattr(dense_moments, "BLOCK_BYTES", 40_000)
    assert DenseMoments(sparse.csr_matrix(counts), depth).block_cells == 100
    assert DenseMoments(sparse.csr_matrix(counts), depth, dtype="float32").block_cells == 200


def test_the_cpu_does_not_say_what_is_free():
    assert devices.free_memory(torch.device("cpu")) == 0


@pytest.mark.gpu
@pytest.mark.parametrize(
    ("dtype", "rtol", "atol"), [("float64", 1e-6, 1e-8), ("float32", 1e-3, 1e-4)]
)
def test_cuda_gives_what_the_cpu_gives(dtype, rtol, atol):
    counts, depth = gamma_poisson(2000, 200, seed=9, module=20)
    assert devices.find_device("auto") == "cuda"
    result = cscore(counts, depth, device="cuda", dtype=dtype, block_cells=300)
    expect_close(result, cscore(counts, depth), rtol=rtol, atol=atol)
