"""Graph attention with two kernels that give the same numbers: dgl (sparse) and SDPA (dense)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from scipy import sparse
from torch.nn import functional

from musegnn.errors import InputError
from musegnn.model import dgl_backend
from musegnn.runs.kinds.published import KernelName

# On two CPU cores one pass over 1000 genes takes 3.5 ms (dgl) against 12 ms (dense) at 1 % density,
# 13 against 12 ms at 5 %; on a GPU the dense kernel is always faster.
SPARSE_DENSITY = 0.04


@dataclass(frozen=True)
class DenseStructure:
    """Neighbourhoods as an additive mask.

    Parameters
    ----------
    bias
        `(..., 1, G, G)` float: 0 where column is a neighbour of row, minus infinity elsewhere; rows
        without neighbours are all 0 so that their softmax stays finite.
    has_neighbour
        `(..., 1, G, 1)` float, 0 for rows without neighbours, whose output is set to 0.
    """

    bias: torch.Tensor
    has_neighbour: torch.Tensor


@dataclass(frozen=True)
class SparseStructure:
    """Neighbourhoods as a dgl graph."""

    graph: Any


Structure = DenseStructure | SparseStructure


def choose_kernel(
    density: float, device: torch.device, option: KernelName = "auto"
) -> Literal["dgl", "dense"]:
    """Choose the kernel for a graph.

    Parameters
    ----------
    density
        Share of all gene pairs that are edges, 0 to 1.
    device
        Where the pass runs.
    option
        "auto" decides by density and device; "dgl" and "dense" insist.

    Raises
    ------
    InputError
        If dgl is insisted on but cannot be used.
    """
    if option == "dense":
        return "dense"
    if option == "dgl":
        if device.type != "cpu" or not dgl_backend.is_available():
            msg = f"Expected dgl to be usable on {device.type}, found that it is not."
            raise InputError(msg, "Use the kernel `auto` or `dense`.")
        return "dgl"
    sparse_enough = density < SPARSE_DENSITY and device.type == "cpu"
    return "dgl" if sparse_enough and dgl_backend.is_available() else "dense"


def build_structure(
    adjacency: sparse.csr_matrix, device: torch.device, option: KernelName = "auto"
) -> Structure:
    """Prepare the adjacency `(G, G)` of one graph for the kernel that suits it."""
    n_genes = adjacency.shape[0]
    density = adjacency.nnz / max(n_genes * (n_genes - 1), 1)
    if choose_kernel(density, device, option) == "dgl":
        coordinates = adjacency.tocoo()
        rows = torch.as_tensor(coordinates.row, dtype=torch.int64)
        columns = torch.as_tensor(coordinates.col, dtype=torch.int64)
        # the adjacency row attends to its columns: messages go from column to row
        return SparseStructure(dgl_backend.build_structure(torch.stack([columns, rows]), n_genes))
    return dense_structure(torch.as_tensor(adjacency.toarray(), dtype=torch.bool, device=device))


def dense_structure(adjacency: torch.Tensor) -> DenseStructure:
    """Turn a boolean adjacency `(..., G, G)` into an additive mask."""
    has_neighbour = adjacency.any(dim=-1, keepdim=True)
    allowed = adjacency | ~has_neighbour
    bias = torch.zeros(allowed.shape, device=adjacency.device)
    bias.masked_fill_(~allowed, float("-inf"))
    return DenseStructure(bias.unsqueeze(-3), has_neighbour.float().unsqueeze(-3))


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, structure: Structure
) -> torch.Tensor:
    """Scaled dot-product attention of every gene over its neighbours.

    Parameters
    ----------
    query, key, value
        `(G, H, D)`, or `(B, G, H, D)` for a batch of graphs.
    structure
        Neighbourhoods; for a batch, padded genes have no neighbours, and a sparse structure has the
        graphs side by side, G genes each.

    Returns
    -------
    Same shape as `query`; rows without neighbours are 0.
    """
    if isinstance(structure, SparseStructure):
        # dgl has no kernel for bfloat16
        wide = torch.promote_types(query.dtype, torch.float32)
        query_rows, key_rows, value_rows = (
            part.to(wide).reshape(-1, *part.shape[-2:]) for part in (query, key, value)
        )
        attended = dgl_backend.attend(query_rows, key_rows, value_rows, structure.graph)
        return attended.reshape(query.shape)
    # torch fuses the kernel on the CPU only for a batch, so a single graph becomes a batch of one
    out = functional.scaled_dot_product_attention(
        _as_batch(query).transpose(1, 2),  # (B, H, G, D)
        _as_batch(key).transpose(1, 2),
        _as_batch(value).transpose(1, 2),
        attn_mask=_as_batch(structure.bias).to(query.dtype),  # (B, 1, G, G)
    )
    joined = out.transpose(1, 2).reshape(query.shape)  # (..., G, H, D)
    return joined * structure.has_neighbour.to(out.dtype).transpose(-3, -2)


def _as_batch(values: torch.Tensor) -> torch.Tensor:
    """Return `(B, ...)` of four dimensions, B = 1 for a single graph."""
    return values.reshape(-1, *values.shape[-3:])
