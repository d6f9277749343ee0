"""Both attention kernels against each other, a naive loop and PyTorch Geometric."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import sparse

from musegnn.errors import InputError
from musegnn.model import attention, dgl_backend
from musegnn.model.layers import GraphNormalisation, TransformerConvolution

needs_dgl = pytest.mark.skipif(not dgl_backend.is_available(), reason="dgl cannot be imported here")
ROOT = Path(__file__).resolve().parents[3]
CPU = torch.device("cpu")


def random_adjacency(n_genes: int, density: float, *, seed: int = 0) -> sparse.csr_matrix:
    """Symmetric random graph whose last two genes have no neighbour."""
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.random((n_genes, n_genes)) < density, 1)
    upper[:, -2:] = False
    return sparse.csr_matrix(upper | upper.T)


def naive_attention(query, key, value, adjacency):
    """Softmax over neighbours, one gene and one head at a time."""
    out = torch.zeros_like(query)
    for gene in range(query.shape[0]):
        neighbours = adjacency[gene].indices
        if len(neighbours) == 0:
            continue
        for head in range(query.shape[1]):
            score = key[neighbours, head] @ query[gene, head] / query.shape[-1] ** 0.5
            out[gene, head] = torch.softmax(score, 0) @ value[neighbours, head]
    return out


def run(kernel: str, adjacency: sparse.csr_matrix, *, seed: int = 0):
    """Output and gradients of attention with one kernel."""
    generator = torch.Generator().manual_seed(seed)
    tensors = [
        torch.randn(adjacency.shape[0], 3, 8, generator=generator).requires_grad_()
        for _ in range(3)
    ]
    structure = attention.build_structure(adjacency, CPU, kernel)
    out = attention.attend(*tensors, structure)
    probe = torch.randn(out.shape, generator=generator)
    (out * probe).sum().backward()
    return out.detach(), [tensor.grad for tensor in tensors], [t.detach() for t in tensors]


@needs_dgl
@pytest.mark.parametrize("density", [0.02, 0.3])
def test_both_kernels_give_the_same_output_and_gradients(density):
    adjacency = random_adjacency(60, density)
    dense, dense_gradients, _ = run("dense", adjacency)
    message_passing, sparse_gradients, _ = run("dgl", adjacency)
    assert torch.allclose(dense, message_passing, atol=1e-5)
    for left, right in zip(dense_gradients, sparse_gradients, strict=True):
        assert torch.allclose(left, right, atol=1e-5)


@pytest.mark.parametrize("kernel", ["dense", pytest.param("dgl", marks=needs_dgl)])
def test_kernel_equals_a_loop_over_neighbours(kernel):
    adjacency = random_adjacency(30, 0.2)
    out, _, tensors = run(kernel, adjacency)
    assert torch.allclose(out, naive_attention(*tensors, adjacency), atol=1e-5)


@pytest.mark.parametrize("kernel", ["dense", pytest.param("dgl", marks=needs_dgl)])
def test_genes_without_neighbours_stay_finite_and_get_zero(kernel):
    adjacency = random_adjacency(20, 0.3)
    out, gradients, _ = run(kernel, adjacency)
    assert torch.equal(out[-2:], torch.zeros_like(out[-2:]))
    assert all(torch.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.parametrize("kernel", ["dense", pytest.param("dgl", marks=needs_dgl)])
@pytest.mark.parametrize("heads", [1, 4])
def test_layer_equals_transformer_conv_of_pyg_with_the_same_weights(kernel, heads):
    from torch_geometric.nn import TransformerConv

    adjacency = random_adjacency(50, 0.1)
    torch.manual_seed(1)
    reference = TransformerConv(12, 7, heads=heads)
    layer = TransformerConvolution(12, 7, heads)
    layer.load_state_dict(reference.state_dict())
    features = torch.randn(50, 12)
    rows, columns = adjacency.nonzero()
    edge_index = torch.as_tensor(np.stack([columns, rows]), dtype=torch.int64)

    outputs, gradients = [], []
    structure = attention.build_structure(adjacency, CPU, kernel)
    for module, argument in ((reference, edge_index), (layer, structure)):
        inputs = features.clone().requires_grad_()
        out = module(inputs, argument)
        out.square().sum().backward()
        outputs.append(out.detach())
        gradients.append([inputs.grad, *(parameter.grad for parameter in module.parameters())])
    assert torch.allclose(outputs[0], outputs[1], atol=1e-5)
    named = dict(reference.named_parameters())
    for name, parameter in layer.named_parameters():
        assert torch.allclose(parameter.grad, named[name].grad, atol=1e-3, rtol=1e-5), name
    assert torch.allclose(gradients[0][0], gradients[1][0], atol=1e-4, rtol=1e-5)


def test_graph_normalisation_equals_pyg():
    from torch_geometric.nn import GraphNorm

    torch.manual_seed(2)
    reference, layer = GraphNorm(6), GraphNormalisation(6)
    for parameter in reference.parameters():
        torch.nn.init.normal_(parameter)
    layer.load_state_dict(reference.state_dict())
    features = torch.randn(40, 6)
    assert torch.allclose(layer(features), reference(features), atol=1e-5)


def test_a_padded_batch_gives_what_each_graph_gives_alone():
    small, large = random_adjacency(20, 0.3, seed=1), random_adjacency(33, 0.2, seed=2)
    torch.manual_seed(3)
    query, key, value = (torch.randn(2, 33, 2, 4) for _ in range(3))
    padded = torch.zeros(2, 33, 33, dtype=torch.bool)
    padded[0, :20, :20] = torch.as_tensor(small.toarray())
    padded[1] = torch.as_tensor(large.toarray())
    batch = attention.attend(query, key, value, attention.dense_structure(padded))
    for i, (adjacency, n) in enumerate(((small, 20), (large, 33))):
        alone = attention.attend(
            query[i, :n],
            key[i, :n],
            value[i, :n],
            attention.build_structure(adjacency, CPU, "dense"),
        )
        assert torch.allclose(batch[i, :n], alone, atol=1e-6)
    assert torch.equal(batch[0, 20:], torch.zeros_like(batch[0, 20:]))


@needs_dgl
@pytest.mark.parametrize(
    ("density", "option", "expected"),
    [
        (0.02, "auto", "dgl"),
        (0.2, "auto", "dense"),
        (0.02, "dense", "dense"),
        (0.5, "dgl", "dgl"),
    ],
)
def test_kernel_is_chosen_by_density_and_option(density, option, expected):
    assert attention.choose_kernel(density, CPU, option) == expected


def test_a_gpu_always_takes_the_dense_kernel():
    assert attention.choose_kernel(0.001, torch.device("cuda"), "auto") == "dense"
    with pytest.raises(InputError, match="Expected dgl to be usable on cuda"):
        attention.choose_kernel(0.001, torch.device("cuda"), "dgl")


def test_without_dgl_the_dense_kernel_serves_and_the_reason_is_said_once(monkeypatch, caplog):
    dgl_backend.load_dgl.cache_clear()
    monkeypatch.setattr(
        dgl_backend.importlib,
        "import_module",
        lambda name: (_ for _ in ()).throw(ImportError("no such library")),
    )
    try:
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                assert attention.choose_kernel(0.01, CPU, "auto") == "dense"
        messages = [record.message for record in caplog.records if "dgl" in record.message]
        assert messages == [
            "dgl cannot be used here (ImportError: no such library); "
            "dense attention takes its place."
        ]
        with pytest.raises(InputError, match="Use the kernel `auto` or `dense`"):
            attention.choose_kernel(0.01, CPU, "dgl")
    finally:
        dgl_backend.load_dgl.cache_clear()


def test_a_machine_without_dgl_trains_all_the_same():
    """A fresh interpreter in which `import dgl` fails must still encode a sparse graph."""
    code = (
        "import sys; sys.modules['dgl'] = None\n"
        "import torch\n"
        "from scipy import sparse\n"
        "from musegnn.model.attention import build_structure\n"
        "from musegnn.model.layers import TransformerConvolution\n"
        "adjacency = sparse.csr_array(sparse.eye_array(30, k=1, dtype=bool))\n"
        "structure = build_structure(adjacency, torch.device('cpu'))\n"
        "print(type(structure).__name__)\n"
        "out = TransformerConvolution(4, 2)(torch.ones(30, 4), structure)\n"
        "print(out.isfinite().all().item())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["DenseStructure", "True"]
    assert done.stderr.count("dgl cannot be used here") == 1
