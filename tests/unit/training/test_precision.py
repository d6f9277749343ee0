"""Training with matrix products in bfloat16 against single precision."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from musegnn.model import dgl_backend
from musegnn.runs.presets import preset_settings
from musegnn.training.loop import make_objective, train
from tests.toy_graphs import planted_graph

CPU = torch.device("cpu")
PRODUCTS = ("mm", "bmm", "addmm", "attention")
CASES = [("paper", {"kernel": "dense"}), ("default", {})]


class Formats(TorchDispatchMode):
    """Number formats that each kind of matrix product was given."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, set[torch.dtype]] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Note the format of the arrays."""
        if any(word in str(func) for word in PRODUCTS):
            arrays = [t for t in tree_leaves(args) if isinstance(t, torch.Tensor)]
            formats = {t.dtype for t in arrays if t.is_floating_point()}
            self.seen.setdefault(str(func), set()).update(formats)
        return func(*args, **(kwargs or {}))


@pytest.fixture
def graphs():
    return [planted_graph(f"graph {i}", seed=i, n_modules=3) for i in range(3)]


def mean_cosine(first, second):
    """Mean cosine of the vectors of the same genes."""
    one, other = np.concatenate(first), np.concatenate(second)
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(((one * other).sum(axis=1) / lengths).mean())


@pytest.mark.parametrize(("preset", "changes"), CASES)
def test_products_run_in_the_format_that_was_asked_for(graphs, preset, changes):
    seen = {}
    for precision in ("float32", "bfloat16"):
        config = preset_settings(preset, precision=precision, **changes)
        objective = make_objective(graphs, config, CPU)
        with Formats() as formats:
            objective.run_epoch()
        seen[precision] = formats.seen
        assert {weight.dtype for weight in objective.network.parameters()} == {torch.float32}
    assert set().union(*seen["float32"].values()) == {torch.float32}
    # every linear layer and all attention; products of the losses stay as they are
    assert seen["bfloat16"]["aten.addmm.default"] == {torch.bfloat16}
    attention = [key for key in seen["bfloat16"] if "attention" in key and "backward" not in key]
    assert attention
    assert all(seen["bfloat16"][key] == {torch.bfloat16} for key in attention)


@pytest.mark.parametrize(("preset", "changes"), CASES)
def test_results_hardly_differ(graphs, preset, changes):
    def vectors(**more):
        config = preset_settings(preset, epochs=10, **changes, **more)
        return train(graphs, config, device="cpu").vectors

    usual, coarse = vectors(), vectors(precision="bfloat16")
    assert {rows.dtype for rows in coarse} == {np.dtype(np.float32)}
    assert not np.array_equal(coarse[0], usual[0])
    assert mean_cosine(usual, coarse) > 0.999
    for again, rows in zip(vectors(precision="bfloat16"), coarse, strict=True):
        np.testing.assert_array_equal(again, rows)


@pytest.mark.skipif(not dgl_backend.is_available(), reason="dgl cannot be imported here")
def test_sparse_attention_takes_coarse_numbers(graphs):
    def vectors(kernel):
        config = preset_settings("paper", epochs=2, kernel=kernel, precision="bfloat16")
        return train(graphs, config, device="cpu").vectors

    assert mean_cosine(vectors("dgl"), vectors("dense")) > 0.999
