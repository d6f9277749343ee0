"""Interpolation in depth against the function itself."""

from __future__ import annotations

import numpy as np
import pytest

from musegnn.graphs.depth_kernel import DepthKernel


@pytest.mark.parametrize("fold", [1.0, 3.0, 100.0, 1e5])
@pytest.mark.parametrize("power", [1, 2])
def test_interpolation_is_exact_to_rounding_over_any_range_of_depths(fold, power):
    rng = np.random.default_rng(0)
    depth = 500 * fold ** rng.random(300)
    excess = np.concatenate([[0.0], np.geomspace(1e-8, 1e2, 60)])
    kernel = DepthKernel.of(depth)
    exact = 1 / (1 + depth[:, None] * excess[None, :]) ** power
    found = kernel.basis @ kernel.evaluate(excess) ** power
    assert np.abs(found - exact).max() < 2e-13


def test_moments_sum_over_cells():
    depth = np.random.default_rng(1).lognormal(7, 0.5, 200)
    excess = np.array([0.0, 1e-4, 1e-2])
    kernel = DepthKernel.of(depth)
    for power in (1, 2):
        exact = (depth[:, None] ** power / (1 + depth[:, None] * excess)).sum(axis=0)
        assert np.allclose(kernel.moment(power) @ kernel.evaluate(excess), exact, rtol=1e-12)
    smooth = kernel.evaluate(excess).T @ kernel.second_moment @ kernel.evaluate(excess)
    factors = depth[:, None] / (1 + depth[:, None] * excess)
    assert np.allclose(smooth, factors.T @ factors, rtol=1e-12)


def test_equal_depths_need_one_node():
    assert DepthKernel.of(np.full(10, 1234.0)).nodes == pytest.approx([1234.0])
