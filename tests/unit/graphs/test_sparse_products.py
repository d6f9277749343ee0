"""Products of sparse rows against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from musegnn.graphs import sparse_products


@pytest.mark.parametrize("density", [0.0, 0.05, 0.6])
def test_gram_equals_the_dense_product(density):
    matrix = sparse.random(70, 30, density=density, format="csr", random_state=0)
    dense = matrix.toarray()
    assert np.allclose(sparse_products.gram(matrix), dense.T @ dense, atol=1e-12)


def test_both_ways_agree(monkeypatch):
    matrix = sparse.random(70, 30, density=0.1, format="csr", random_state=1)
    by_pairs = sparse_products.gram(matrix)
    monkeypatch.setattr(sparse_products, "DENSE_SHARE", 0.0)
    assert np.allclose(sparse_products.gram(matrix), by_pairs, atol=1e-12)
