"""Walks over a context, and messages between atoms by torch's scatter and by dgl.

Usage: `python -m benchmarks.molecule_messages [--walks N] [--molecules N] [--rounds N]`.
Walks are over the context of what ships. Messages are those of one convolution of the encoder,
forward and backward, on batches of shipped molecules: `scatter` adds them up by
`torch.Tensor.index_add_`, as the encoder does; `dgl` by its `copy_e_sum`, with the graph of a batch
made for each step, since batches are drawn anew, and `dgl_kept` with a graph that is there already.
The best of the rounds counts, in seconds. The last line is JSON; `largest_difference` is that of
the sums.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from musegnn.model import dgl_backend
from musegnn.molecules.context_build import build_context
from musegnn.molecules.context_graph import MOLECULE
from musegnn.molecules.context_walks import walk
from musegnn.molecules.encoder_inputs import read_inputs
from musegnn.targets.context_tables import read_at_hand

Sum = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def main() -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--walks", type=int, default=1_000_000)
    parser.add_argument("--molecules", type=int, default=3072)
    parser.add_argument("--width", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    told = measure(
        walks=given.walks, molecules=given.molecules, width=given.width, rounds=given.rounds
    )
    print(json.dumps(told))
    return 0


def measure(*, walks: int, molecules: int, width: int, rounds: int) -> dict[str, Any]:
    """Time walks, and a convolution's messages in each way.

    Parameters
    ----------
    walks
        How many.
    molecules, width
        Of a batch, and numbers in the state of an atom.
    rounds
        Times each is done; the fastest counts.
    """
    graph = build_context(read_at_hand(None).tables)
    _ = graph.adjacency
    starts = np.resize(graph.nodes_of(MOLECULE), walks)
    seconds = _best(lambda: walk(graph.adjacency, starts, np.random.default_rng(0)), rounds)
    told: dict[str, Any] = {"walks": walks, "walk_seconds": round(seconds, 4)}
    places = np.resize(np.arange(len(graph.smiles)), molecules)
    batch = read_inputs(graph.smiles).take(places).graphs
    ends = torch.from_numpy(batch.ends.astype(np.int64))
    n_atoms = len(batch.atoms)
    draw = torch.Generator().manual_seed(0)
    states = torch.randn(n_atoms, width, generator=draw, requires_grad=True)
    told |= {"molecules": molecules, "atoms": n_atoms, "bonds": ends.shape[1], "width": width}
    ways: dict[str, Sum] = {"scatter": _scatter}
    if dgl_backend.is_available():
        kept = dgl_backend.build_structure(ends, n_atoms)
        ways["dgl"] = lambda messages, to: _by_dgl(
            messages, dgl_backend.build_structure(to, n_atoms)
        )
        ways["dgl_kept"] = lambda messages, _: _by_dgl(messages, kept)
    sums = {}
    for name, add in ways.items():
        sums[name] = _step(states, ends, add)
        told[f"{name}_seconds"] = round(_best(lambda add=add: _step(states, ends, add), rounds), 5)  # type: ignore[misc]
    told["largest_difference"] = float(
        max((sums[name] - sums["scatter"]).abs().max() for name in sums)
    )
    return told


def _step(states: torch.Tensor, ends: torch.Tensor, add: Sum) -> torch.Tensor:
    """Send messages along bonds and back; return the sums."""
    heard = add(torch.relu(states[ends[0]]), ends)
    states.grad = None
    heard.square().sum().backward()
    return heard.detach()


def _scatter(messages: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
    """Add messages up as the encoder does."""
    n_atoms = int(ends.max()) + 1
    return torch.zeros(n_atoms, messages.shape[1]).index_add_(0, ends[1], messages)


def _by_dgl(messages: torch.Tensor, structure: Any) -> torch.Tensor:
    """Add messages up by dgl."""
    return torch.as_tensor(dgl_backend.load_dgl().ops.copy_e_sum(structure, messages))  # type: ignore[union-attr]


def _best(act: Callable[[], object], rounds: int) -> float:
    """Seconds of the fastest round."""
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        act()
        found.append(time.perf_counter() - started)
    return min(found)


if __name__ == "__main__":
    raise SystemExit(main())
