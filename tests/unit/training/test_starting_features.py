"""Starting vectors against step-by-step formulations, and what each part does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from musegnn import keys
from musegnn.runs.presets import preset_settings
from musegnn.training.starting_features import (
    FEATURE_NORM,
    leading_directions,
    starting_features,
)
from tests.toy_graphs import planted_graph

RNG = np.random.default_rng(0)
ALONE = {"company_weight": 0.0, "abundance_weight": 0.0, "consensus_weight": 0.0}


@pytest.fixture
def graphs():
    return [
        planted_graph("first", seed=1),
        planted_graph("second", seed=2, module_size=15),
        planted_graph("third", seed=3, prefix="X"),
    ]


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_leading_directions_are_those_of_a_singular_value_decomposition():
    rows = RNG.normal(size=(50, 8))
    found = leading_directions(rows, 3)
    expected = np.linalg.svd(rows, full_matrices=False)[2][:3].T
    np.testing.assert_allclose(np.abs((found * expected).sum(axis=0)), 1, atol=1e-10)


def test_with_all_weights_zero_cosines_are_those_of_each_graphs_own_components(graphs):
    config = preset_settings("default", **ALONE)
    for graph, rows in zip(graphs, starting_features(graphs, config), strict=True):
        assert (rows.shape, rows.dtype) == ((graph.n_genes, 32), np.float32)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), FEATURE_NORM, rtol=1e-5)
        own = unit(graph.features[:, :64].astype(np.float64))
        left, size, _ = np.linalg.svd(own, full_matrices=False)
        expected = unit(left[:, :32] * size[:32])
        np.testing.assert_allclose(unit(rows) @ unit(rows).T, expected @ expected.T, atol=1e-5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company_weight", 0.0),
        ("abundance_weight", 0.0),
        ("consensus_weight", 0.0),
        ("consensus_ridge", 5.0),
        ("consensus_power", 1.0),
        ("smoothing", 0.5),
        ("n_components", 8),
    ],
)
def test_every_setting_of_the_start_is_read(graphs, field, value):
    graphs = [with_abundance(graph) for graph in graphs]
    before = starting_features(graphs, preset_settings("default"))
    after = starting_features(graphs, preset_settings("default", **{field: value}))
    assert np.abs(unit(before[0]) @ unit(before[0]).T - unit(after[0]) @ unit(after[0]).T).max() > (
        1e-3
    )


def with_abundance(graph):
    mean = np.random.default_rng(graph.n_genes).gamma(1, size=graph.n_genes)
    return replace(graph, genes=graph.genes.assign(**{keys.MEAN: mean}))


def test_smoothing_moves_rows_towards_their_neighbours(graphs):
    plain = starting_features(graphs, preset_settings("default", smoothing=0.0))
    smooth = starting_features(graphs, preset_settings("default", smoothing=0.5))

    def agreement(features):
        return np.mean(
            [
                (unit(f) @ unit(f).T)[graph.adjacency.toarray()].mean()
                for f, graph in zip(features, graphs, strict=True)
            ]
        )

    assert agreement(smooth) > agreement(plain) + 0.05


def test_a_narrow_graph_gets_columns_of_zeros(graphs):
    narrow = [replace(graph, features=graph.features[:, :4]) for graph in graphs]
    config = preset_settings("default", **ALONE)
    assert all(rows.shape[1] == 32 for rows in starting_features(narrow, config))
