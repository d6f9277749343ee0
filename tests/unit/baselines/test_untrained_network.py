"""The network before its first step."""

from __future__ import annotations

import numpy as np
import torch

from musegnn.baselines.graph_convolution import torch_generator
from musegnn.baselines.registry import fit_baseline
from musegnn.baselines.untrained_network import _draw_weights
from tests.toy_graphs import planted_graph


def test_weights_have_the_spread_that_torch_gives_them() -> None:
    layer, drawn = torch.nn.Linear(400, 300), torch.nn.Linear(400, 300)
    _draw_weights(torch.nn.Sequential(drawn), torch_generator(0, "x"))
    assert not torch.equal(layer.weight, drawn.weight)
    for own, other in zip(drawn.parameters(), layer.parameters(), strict=True):
        assert own.abs().max() <= 400**-0.5
        torch.testing.assert_close(own.std(), other.std(), rtol=0.1, atol=0)


def test_graphs_of_one_label_share_their_second_layer() -> None:
    graphs = [planted_graph("a"), planted_graph("b"), planted_graph("c", tissue="liver")]
    first, second, other = fit_baseline("untrained", graphs)
    # same data everywhere: what differs are the weights
    assert not np.allclose(first, second)
    assert not np.allclose(first, other)


def test_the_size_of_the_features_does_not_matter() -> None:
    graph = planted_graph("a")
    larger = planted_graph("a")
    larger.features[:] *= 8
    pair = fit_baseline("untrained", [graph]), fit_baseline("untrained", [larger])
    assert np.allclose(pair[0][0], pair[1][0], atol=1e-5)
