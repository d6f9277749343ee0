"""The only door to dgl: sparse graph attention, or a clear answer that dgl cannot serve here.

dgl 2.1.0 is the newest release on the package index. It was built for older versions of setuptools
and torch: `dgl.partition` wants `setuptools.extern`, which is gone, and `dgl.distributed` loads a
binary that exists for torch up to 2.2 only. Neither is needed for message passing, so both are
replaced by empty stand-ins before the import.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import types
from functools import cache
from typing import Any

import torch

logger = logging.getLogger(__name__)


@cache
def load_dgl() -> Any | None:
    """Import dgl once; return the module, or None after saying once why it cannot be used."""
    stubs = _stub_modules()
    added = [name for name in stubs if name not in sys.modules]
    sys.modules.update({name: stubs[name] for name in added})
    os.environ.setdefault("DGLBACKEND", "pytorch")
    try:
        dgl = importlib.import_module("dgl")
        _self_test(dgl)
    except Exception as error:  # noqa: BLE001 - a binary that does not fit can raise anything
        for name in added:
            sys.modules.pop(name, None)
        logger.warning(
            "dgl cannot be used here (%s: %s); dense attention takes its place.",
            type(error).__name__,
            error,
        )
        return None
    return dgl


def _stub_modules() -> dict[str, types.ModuleType]:
    """Stand-ins for what dgl imports but message passing never calls."""
    import packaging  # noqa: PLC0415 - needed for the stand-in only
    import packaging.version  # noqa: PLC0415

    extern = types.ModuleType("setuptools.extern")
    extern.packaging = packaging  # type: ignore[attr-defined]
    distributed = types.ModuleType("dgl.distributed")
    for name in ("DistGraph", "DistDataLoader"):
        setattr(distributed, name, type(name, (), {}))
    return {
        "setuptools.extern": extern,
        "setuptools.extern.packaging": packaging,
        "dgl.distributed": distributed,
    }


def _self_test(dgl: Any) -> None:
    """Pass one message, so that a broken binary is found at the start and not in training."""
    edge = torch.zeros(1, dtype=torch.int64)
    graph = dgl.graph((edge, edge), num_nodes=1)
    if float(dgl.ops.copy_u_sum(graph, torch.ones(1, 1))) != 1.0:
        msg = "message passing returned a wrong sum"
        raise RuntimeError(msg)


def is_available() -> bool:
    """Tell whether dgl can be used in this process."""
    return load_dgl() is not None


def _require_dgl() -> Any:
    """Return dgl; raise RuntimeError where it cannot be used."""
    dgl = load_dgl()
    if dgl is None:
        msg = "dgl is not available"
        raise RuntimeError(msg)
    return dgl


def build_structure(edge_index: torch.Tensor, num_nodes: int) -> Any:
    """Build a dgl graph.

    Parameters
    ----------
    edge_index
        `(2, E)` int64, source row first; messages go from source to target.
    num_nodes
        Number of genes G.

    Raises
    ------
    RuntimeError
        If dgl cannot be used; ask `is_available` first.
    """
    dgl = _require_dgl()
    return dgl.graph((edge_index[0], edge_index[1]), num_nodes=num_nodes)


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, structure: Any
) -> torch.Tensor:
    """Attend over the edges of a sparse graph.

    Parameters
    ----------
    query, key, value
        `(G, H, D)` each.
    structure
        Graph from `build_structure`.

    Returns
    -------
    `(G, H, D)`; rows of genes without neighbours are 0.
    """
    dgl = _require_dgl()
    with structure.local_scope():
        scale = query.shape[-1] ** -0.5
        score = dgl.ops.u_dot_v(structure, key, query * scale)  # (E, H, 1)
        weight = dgl.nn.functional.edge_softmax(structure, score)  # (E, H, 1)
        return dgl.ops.u_mul_e_sum(structure, value, weight)  # (G, H, D)
