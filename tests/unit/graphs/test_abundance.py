"""Abundance as a direction, in closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from musegnn import keys
from musegnn.graphs.abundance import abundance_features
from tests.toy_graphs import planted_graph


def test_four_genes_stand_at_eighths_of_a_quarter_circle():
    graph = planted_graph("a", module_size=2)
    graph = replace(graph, genes=graph.genes.assign(**{keys.MEAN: [5.0, 0.1, 90.0, 5.0]}))
    degrees = np.array([0.5, 0.125, 0.875, 0.5]) * 90  # the two at 5.0 share ranks 2 and 3
    expected = np.column_stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    np.testing.assert_allclose(abundance_features([graph])[0], expected)
