"""Time both attention kernels against PyTorch Geometric's TransformerConv.

Usage: `python -m benchmarks.attention`. One layer, 1000 genes, 4 heads x 32, forward and backward;
prints JSON. Needs torch_geometric (requirements-test.txt).
"""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import torch
from scipy import sparse
from torch_geometric.nn import TransformerConv

from benchmarks.timing import compare
from musegnn.model import dgl_backend
from musegnn.model.attention import build_structure
from musegnn.model.layers import TransformerConvolution

GENES, WIDTH, HEADS, FEATURES = 1000, 32, 4, 128


def step(module: torch.nn.Module, features: torch.Tensor, argument: object) -> Callable[[], None]:
    """Return a call that runs forward and backward once."""

    def run() -> None:
        module.zero_grad(set_to_none=True)
        module(features, argument).square().sum().backward()

    return run


def measure(density: float) -> dict:
    """Compare both kernels with PyG at one density."""
    rng = np.random.default_rng(0)
    upper = np.triu(rng.random((GENES, GENES)) < density, 1)
    adjacency = sparse.csr_matrix(upper | upper.T)
    features = torch.randn(GENES, FEATURES, generator=torch.Generator().manual_seed(0))
    layer = TransformerConvolution(FEATURES, WIDTH, HEADS)
    reference = TransformerConv(FEATURES, WIDTH, heads=HEADS)
    edge_index = torch.as_tensor(np.stack(adjacency.nonzero()), dtype=torch.int64)
    peer = step(reference, features, edge_index)
    kernels = ("dense", "dgl") if dgl_backend.is_available() else ("dense",)
    return {
        kernel: compare(
            step(layer, features, build_structure(adjacency, torch.device("cpu"), kernel)),
            peer,
            rounds=5,
        )
        for kernel in kernels
    }


if __name__ == "__main__":
    result = {f"density {density:g}": measure(density) for density in (0.01, 0.03, 0.05, 0.2)}
    print(json.dumps({"peer": "torch_geometric TransformerConv", **result}, indent=1))
