"""SPARK-X against its formulas, on simulated patterns and on the olfactory bulb."""

from __future__ import annotations

import anndata
import numpy as np
import pytest
from scipy import sparse, stats

from musegnn.errors import GraphError
from musegnn.graphs.spatial_variation import KERNELS, combine_cauchy, sparkx


def naive_statistics(y, places):
    """T of each kernel and its p-value for one gene, straight from the formulas."""
    c = places - places.mean(0)
    quantiles = [np.quantile(np.abs(c), q, axis=0) for q in (0.2, 0.4, 0.6, 0.8, 1.0)]
    views = [
        c,
        *(np.exp(-(c**2) / (2 * length**2)) for length in quantiles),
        *(np.cos(2 * np.pi * c / length) for length in quantiles),
    ]
    n = len(y)
    scale = 1 - n * y.mean() ** 2 / (y @ y)
    found = []
    for view in views:
        x = view - view.mean(0)
        t = n * y @ x @ np.linalg.inv(x.T @ x) @ x.T @ y / (y @ y)
        found.append((t, stats.chi2.sf(t / scale, df=2)))
    return np.array(found)


@pytest.fixture
def tissue():
    """Poisson counts of 300 spots at random places; gene 0 follows a gradient, 1 a ring."""
    rng = np.random.default_rng(0)
    places = rng.uniform(0, 10, (300, 2))
    radius = np.linalg.norm(places - 5, axis=1)
    rate = np.ones((300, 40))
    rate[:, 0] = 0.2 + 0.4 * places[:, 0]
    rate[:, 1] = 0.2 + 3 * (radius < 2.5)
    return rng.poisson(rate).astype(float), places


def test_statistics_and_p_values_equal_the_formulas_gene_by_gene(tissue):
    counts, places = tissue
    table = sparkx(sparse.csr_matrix(counts), places)
    for gene in range(counts.shape[1]):
        naive = naive_statistics(counts[:, gene], places)
        found = table.loc[gene, [f"statistic_{name}" for name in KERNELS]].to_numpy(float)
        np.testing.assert_allclose(found, naive[:, 0], rtol=1e-8, atol=1e-8)
        joined = 0.5 - np.arctan(np.tan((0.5 - naive[:, 1]) * np.pi).mean()) / np.pi
        if joined > 1e-10:  # below, this plain form of the Cauchy rule runs out of digits
            assert table.p_value[gene] == pytest.approx(joined, rel=1e-6)


def test_statistics_equal_the_formulas_on_the_olfactory_bulb(shared):
    data = anndata.read_h5ad(shared / "data/spatial/mouse_olfactory_bulb_rep11.h5ad")
    table = sparkx(data.X, data.obsm["spatial"])
    dense, places = data.X.toarray().astype(float), np.asarray(data.obsm["spatial"], float)
    for gene in np.flatnonzero(dense.sum(0) > 0)[::150]:
        naive = naive_statistics(dense[:, gene], places)[:, 0]
        found = table.iloc[gene, 2:].to_numpy(float)
        np.testing.assert_allclose(found, naive, rtol=1e-8, atol=1e-8)


def test_known_patterned_genes_of_the_olfactory_bulb_rank_in_the_top_five_percent(shared):
    data = anndata.read_h5ad(shared / "data/spatial/mouse_olfactory_bulb_rep11.h5ad")
    share = sparkx(data.X, data.obsm["spatial"]).p_value.rank(pct=True)
    share.index = data.var_names
    for gene in ("Penk", "Camk2a", "Fabp7", "Pcp4", "Meis2"):
        assert share[gene] < 0.05, gene


def test_patterns_are_found_and_noise_is_not(tissue):
    table = sparkx(*tissue)
    assert (table.p_adjusted[:2] < 1e-4).all()
    assert (table.p_adjusted[2:] < 0.05).sum() <= 1


def test_shuffled_places_give_five_percent_at_five_percent():
    rng = np.random.default_rng(1)
    places = rng.uniform(0, 1, (250, 2))
    counts = rng.poisson(rng.gamma(2.0, 1.0, (250, 3000)))
    rates = [(sparkx(counts, places[rng.permutation(250)]).p_value < 0.05).mean() for _ in range(5)]
    assert 0.04 < np.mean(rates) < 0.06


def test_order_of_spots_unit_and_place_of_the_origin_change_nothing(tissue):
    counts, places = tissue
    order = np.random.default_rng(2).permutation(len(places))
    moved = sparkx(counts[order], 1e3 * places[order] + 7e4)
    np.testing.assert_allclose(moved.p_value, sparkx(counts, places).p_value, rtol=1e-6)


def test_sparse_and_dense_counts_give_the_same(tissue):
    counts, places = tissue
    assert sparkx(sparse.csc_matrix(counts), places).equals(sparkx(counts, places))


def test_genes_without_variation_get_a_p_value_of_one(tissue):
    counts, places = tissue
    counts[:, 5], counts[:, 6] = 0, 3
    table = sparkx(counts, places)
    assert table.p_value[[5, 6]].tolist() == [1.0, 1.0]
    assert np.isfinite(table.to_numpy()).all()


def test_a_regular_array_whose_cosines_vanish_stays_finite():
    grid = np.stack(np.meshgrid([0.0, 1.0], np.arange(10.0)), axis=-1).reshape(-1, 2)
    counts = np.random.default_rng(3).poisson(2, (20, 8))
    table = sparkx(counts, grid)
    assert np.isfinite(table.to_numpy()).all()
    assert ((table.p_value >= 0) & (table.p_value <= 1)).all()


def test_the_cauchy_rule_keeps_tiny_p_values_apart():
    tiny = combine_cauchy(np.array([[1e-200, 1e-40, 0.3], [0.5, 0.5, 0.3]]))
    assert tiny[0] == pytest.approx(2e-200, rel=1e-6)
    assert tiny[1] == pytest.approx(2e-40, rel=1e-6)
    assert tiny[2] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("places", "message"),
    [
        (np.zeros((5, 3)), "Expected two coordinates for each of the 5 spots"),
        (np.full((5, 2), np.nan), "Expected finite coordinates"),
        (np.c_[np.arange(5.0), np.arange(5.0)], "spread in two directions"),
    ],
)
def test_coordinates_that_cannot_be_used_are_refused(places, message):
    with pytest.raises(GraphError, match=message):
        sparkx(np.ones((5, 2)), places)


def test_too_few_spots_and_negative_values_are_refused():
    with pytest.raises(GraphError, match="Expected at least 4 spots, found 3"):
        sparkx(np.ones((3, 2)), np.eye(3)[:, :2])
    with pytest.raises(GraphError, match="negative or missing values"):
        sparkx(-np.ones((5, 2)), np.random.default_rng(0).random((5, 2)))
