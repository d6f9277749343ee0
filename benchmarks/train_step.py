"""Time one training step of both presets against the published step in PyTorch Geometric.

Usage: `python -m benchmarks.train_step [--shared FOLDER] [--threads N] [--rounds N] [--json FILE]`.
Prints JSON lines; the last has `paper_speedup` and `default_speedup` (by the cost of one graph),
`loss_difference`, `gemm_share`, and `default_growth`: what a graph of 3000 genes costs in a step of
`default` in units of one of 1000, four graphs each, the median over rounds in which both are timed
in turn. Needs torch_geometric (requirements-test.txt).

Graphs: 1000 genes, preset `paper` (CS-CORE, p < 0.005), residuals of all cells as features, kept in
the temporary folder of the system. Two pairs, both with edges between 10 % and 40 % of all pairs of
genes: two sparser PBMC datasets, and two denser ones. The peer has the same weights, partner, draws
and loss terms and is made of PyTorch Geometric's layers and torch's own Adam. The step of the
preset `default` is timed on the same four datasets with graphs and features of that preset, three
copies of each, since it takes a group of twelve graphs. `gemm_share` counts matrix products and
attention, both dense, against the largest speed of a 3000 x 3000 product in the round.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode
from torch_geometric.nn import GraphNorm, TransformerConv

from benchmarks.scale import build_graphs, repeat
from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph, write_gene_graph
from musegnn.graphs.graph_pairs import GraphPair, draw_contrastive, relate_graphs
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.model.layers import GraphNormalisation, TransformerConvolution
from musegnn.model.network import CrossGraphTransformer, SharedEncoder
from musegnn.runs.presets import preset_settings
from musegnn.training.aligned import AlignedObjective
from musegnn.training.published import PublishedObjective

REPOSITORY = Path(__file__).resolve().parent.parent
PAIRS = {
    "sparse": (("human_pbmc3k_402", "blood"), ("human_pbmc_facs10x", "blood")),
    "dense": (
        ("human_breast_tumour_10x", "breast tumour"),
        ("mouse_pancreas_endocrinogenesis", "pancreas"),
    ),
}
COPIES = 3
GROWTH, GROWTH_GRAPHS = (1000, 3000), 4  # genes of a graph, graphs in a step
CPU = torch.device("cpu")


def load_graphs(shared: Path, preset: str, pair: str) -> list[GeneGraph]:
    """Build the graphs of a preset once and keep them in the temporary folder."""
    folder = Path(tempfile.gettempdir()) / "musegnn-train-step"
    graphs = []
    for name, tissue in PAIRS[pair]:
        path = folder / f"{name}.{preset}.h5ad"
        if not path.is_file():
            names = read_gene_names(shared / "knowledge")
            source = shared / "data" / "scrna" / f"{name}.h5ad"
            context = Context(name, name.split("_")[0], tissue, "scrna")
            graph = build_gene_graph(source, context, names=names, preset=preset)
            folder.mkdir(exist_ok=True)
            write_gene_graph(graph, path)
        graphs.append(read_gene_graph(path))
    return graphs


def peer_convolution(layer: TransformerConvolution) -> TransformerConv:
    """Make PyTorch Geometric's layer with the same weights."""
    width = layer.lin_query.in_features
    peer = TransformerConv(width, layer.out_width, heads=layer.heads)
    peer.load_state_dict(layer.state_dict())
    return peer


def peer_norm(layer: GraphNormalisation) -> GraphNorm:
    """Make PyTorch Geometric's normalisation with the same weights."""
    peer = GraphNorm(len(layer.weight))
    peer.load_state_dict(layer.state_dict())
    return peer


class PeerSharedEncoder(nn.Module):
    """The layers that datasets of one label share."""

    def __init__(self, shared: SharedEncoder) -> None:
        super().__init__()
        self.convolution = peer_convolution(shared.convolution)
        self.norm = peer_norm(shared.normalisation)
        self.output = peer_convolution(shared.output)
        self.residual = peer_convolution(shared.residual)

    def forward(self, first: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
        """Encode the output of the first layer."""
        second = functional.mish(self.norm(self.convolution(first, edges)))
        return self.output(second, edges) + self.residual(first, edges)


class PeerNetwork(nn.Module):
    """The published network from layers of PyTorch Geometric."""

    def __init__(self, graphs: list[GeneGraph], network: CrossGraphTransformer) -> None:
        super().__init__()
        encoders = network.dataset_encoders
        self.first = nn.ModuleList(peer_convolution(e.convolution) for e in encoders)
        self.norm = nn.ModuleList(peer_norm(e.normalisation) for e in encoders)
        self.shared = nn.ModuleList(PeerSharedEncoder(e) for e in network.shared_encoders)
        self.label = [network.labels.index(graph.label) for graph in graphs]
        self.decoders = nn.ModuleList(copy.deepcopy(d.layers) for d in network.decoders)

    def encode(self, i: int, features: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
        """Encode graph number `i`."""
        first = functional.mish(self.norm[i](self.first[i](features, edges)))
        return self.shared[self.label[i]](first, edges)


class PeerTraining:
    """The published step written down plainly on `PeerNetwork`."""

    def __init__(self, graphs: list[GeneGraph], objective: PublishedObjective) -> None:
        self.graphs, self.config = graphs, objective.config
        self.rng = np.random.default_rng(self.config.seed)
        self.network = PeerNetwork(graphs, objective.network)
        self.features = [torch.as_tensor(graph.features) for graph in graphs]
        # PyTorch Geometric sends from the first row to the second; the graphs are symmetric
        self.edges = [torch.as_tensor(graph.edge_index) for graph in graphs]
        self.adjacency = [torch.as_tensor(g.adjacency.toarray()).float() for g in graphs]
        self.pairs = {(0, 1): relate_graphs(*graphs), (1, 0): relate_graphs(*graphs[::-1])}
        encoders = [w for n, w in self.network.named_parameters() if not n.startswith("decoders")]
        self.optimiser = torch.optim.Adam(
            [
                {"params": encoders, "lr": self.config.encoder_learning_rate},
                {
                    "params": self.network.decoders.parameters(),
                    "lr": self.config.decoder_learning_rate,
                },
            ]
        )

    def run_epoch(self) -> float:
        """Take one step for each graph; return the mean loss."""
        losses = []
        for i in range(len(self.graphs)):
            j = int((i + self.rng.integers(1, len(self.graphs))) % len(self.graphs))
            loss = self.loss(i, j)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            self.optimiser.step()
            losses.append(loss.detach())
        return float(torch.stack(losses).mean())

    def loss(self, i: int, j: int) -> torch.Tensor:
        """Sum the three terms of graph `i` with partner `j`."""
        own = self.network.encode(i, self.features[i], self.edges[i])
        other = self.network.encode(j, self.features[j], self.edges[j])
        n, pair = len(own), self.pairs[i, j]
        logits = self.network.decoders[i](own @ own.T)
        different = ~torch.eye(n, dtype=torch.bool)
        reconstruction = functional.binary_cross_entropy_with_logits(
            logits[different], self.adjacency[i][different]
        )
        cosine = functional.cosine_similarity(own[pair.common], other[pair.partner_common])
        similarity = -(torch.as_tensor(pair.overlap) * cosine).mean()
        contrastive = self.contrast(own, other, pair, i, j)
        return (
            reconstruction
            + self.config.similarity_weight * similarity
            + self.config.contrastive_weight * contrastive
        )

    def contrast(
        self, own: torch.Tensor, other: torch.Tensor, pair: GraphPair, i: int, j: int
    ) -> torch.Tensor:
        """NT-Xent over genes that only one of the two graphs has."""
        limit = self.config.contrastive_genes
        a, b = draw_contrastive(self.graphs[i], pair.differing, limit, self.rng)
        c, d = draw_contrastive(self.graphs[j], pair.partner_differing, limit, self.rng)
        rows = torch.cat([own[a], other[c], own[b], other[d]])
        unit = functional.normalize(rows, dim=1)
        scores = (unit @ unit.T / self.config.temperature).fill_diagonal_(-torch.inf)
        return functional.cross_entropy(scores, torch.arange(len(unit)).roll(len(unit) // 2))


def measure_peak(size: int = 3000) -> float:
    """Multiply two large float32 matrices; floating point operations in a second."""
    one, two = torch.randn(size, size), torch.randn(size, size)
    started = time.perf_counter()
    one @ two
    return 2 * size**3 / (time.perf_counter() - started)


def count_flops(objective: PublishedObjective) -> int:
    """Operations of matrix products and attention in one epoch."""
    attention = torch.ops.aten
    counted = {
        attention._scaled_dot_product_flash_attention_for_cpu: count_attention(4),
        attention._scaled_dot_product_flash_attention_for_cpu_backward: count_attention(10),
    }
    with FlopCounterMode(display=False, custom_mapping=counted) as counter:
        objective.run_epoch()
    return counter.get_total_flops()


def count_attention(operations: int) -> Callable[..., int]:
    """Count so many operations for each head, pair of genes and feature."""

    def count(*shapes: Any, out_shape: Any = None, **_: Any) -> int:
        batch, heads, n_genes, width = next(s for s in shapes if len(s) == 4)
        return operations * batch * heads * n_genes**2 * width

    return count


def default_objective(graphs: list[GeneGraph]) -> AlignedObjective:
    """Objective of the preset `default` on a full group of graphs."""
    copies = [replace(g, name=f"{g.name}_{i}") for i in range(COPIES) for g in graphs]
    config = preset_settings("default", graphs_per_step=len(copies))
    return AlignedObjective(copies, config, CPU)


def time_in_turn(
    trainings: Mapping[str, PublishedObjective | AlignedObjective | PeerTraining], rounds: int
) -> list[dict[str, float]]:
    """Seconds of one graph in each training, and the peak of the machine, in each round."""
    times = []
    for number in range(rounds):
        row = {"peak": max(measure_peak() for _ in range(3))}
        for name, training in trainings.items():
            started = time.perf_counter()
            training.run_epoch()
            row[name] = (time.perf_counter() - started) / len(training.graphs)
        times.append(row)
        print(json.dumps({"round": number, **row}), flush=True)
    return times


def measure_growth(shared: Path, rounds: int, threads: int) -> dict[str, float]:
    """Time the step of `default` on graphs of both sizes in turn."""
    paths = {n_genes: build_graphs(shared, n_genes) for n_genes in GROWTH}
    torch.set_num_threads(threads)  # building graphs changes it
    config = preset_settings("default", graphs_per_step=GROWTH_GRAPHS)
    trainings = {
        str(n_genes): AlignedObjective(repeat(own, GROWTH_GRAPHS), config, CPU)
        for n_genes, own in paths.items()
    }
    for training in trainings.values():
        training.run_epoch()
    times = time_in_turn(trainings, rounds)
    small, large = (np.array([row[str(n_genes)] for row in times]) for n_genes in GROWTH)
    return {
        "default_growth": float(np.median(large / small)),
        **{
            f"default_ms_{name}": 1e3 * float(np.median(own))
            for name, own in zip(GROWTH, (small, large), strict=True)
        },
    }


def measure(shared: Path, rounds: int, threads: int) -> dict[str, float]:
    """Compare losses, then time all trainings in turn."""
    graphs = {pair: load_graphs(shared, "paper", pair) for pair in PAIRS}
    own = [graph for pair in PAIRS for graph in load_graphs(shared, "default", pair)]
    torch.set_num_threads(threads)  # building graphs changes it
    config = preset_settings("paper")
    trainings: dict[str, PublishedObjective | AlignedObjective | PeerTraining] = {}
    difference, flops = 0.0, 0
    for pair, members in graphs.items():
        ours = PublishedObjective(members, config, CPU)
        peer = PeerTraining(members, ours)
        for _ in range(3):
            apart = abs(float(ours.run_epoch()["loss"]) - peer.run_epoch())
            difference = max(difference, apart)
        flops += count_flops(ours) // len(members)
        trainings |= {f"paper_{pair}": ours, f"peer_{pair}": peer}
    trainings["default"] = default_objective(own)
    trainings["default"].run_epoch()
    times = time_in_turn(trainings, rounds)
    densities = [graph.density for members in graphs.values() for graph in members]
    return {
        **summarise(times, flops / len(PAIRS)),
        **measure_growth(shared, rounds, threads),
        "loss_difference": difference,
        "rounds": rounds,
        "threads": torch.get_num_threads(),
        "density_min": min(densities),
        "density_max": max(densities),
    }


def summarise(times: list[dict[str, float]], flops: float) -> dict[str, float]:
    """Medians over rounds of the ratios within a round."""
    table = {name: np.array([row[name] for row in times]) for name in times[0]}
    paper = np.mean([table[f"paper_{pair}"] for pair in PAIRS], axis=0)
    peer = np.mean([table[f"peer_{pair}"] for pair in PAIRS], axis=0)
    values = {
        "paper_speedup": peer / paper,
        **{f"paper_speedup_{p}": table[f"peer_{p}"] / table[f"paper_{p}"] for p in PAIRS},
        "default_speedup": peer / table["default"],
        "gemm_share": flops / paper / table["peak"],
        "paper_ms": 1e3 * paper,
        "default_ms": 1e3 * table["default"],
        "peer_ms": 1e3 * peer,
        "peak_gflops": table["peak"] / 1e9,
    }
    medians = {name: float(np.median(value)) for name, value in values.items()}
    return {**medians, "gflop_per_step": flops / 1e9}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    usual = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=usual)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    result = measure(options.shared, options.rounds, options.threads)
    print(json.dumps(result))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
