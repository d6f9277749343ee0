"""What is trained on: shipped graphs, and made molecules and modalities of the published sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from musegnn.molecules.context_graph import (
    EXPRESSION,
    GENE,
    MOLECULE,
    MORPHOLOGY,
    ContextGraph,
    Edges,
    NodeBlock,
)
from musegnn.molecules.encoder_inputs import EncoderInputs, FeatureScale, read_inputs
from musegnn.runs.kinds.fusion import FusionSettings
from musegnn.runs.kinds.training import Precision
from musegnn.runs.presets import preset_settings
from musegnn.training.bottleneck import BottleneckObjective
from musegnn.training.fusion import FusionObjective
from musegnn.training.loop import make_objective
from musegnn.training.objective import Objective

ATLAS = Path(__file__).resolve().parents[2] / "data" / "atlas" / "graphs"
# pieces that make a structure in any order
PIECES = (
    *("C", "CC", "O", "N(C)", "C(=O)N", "S(=O)(=O)N", "C(F)(F)", "C(O)C"),
    *("c1ccc(cc1)", "c1cccc(c1)", "C1CCN(CC1)", "c1ncc(cn1)", "c1cc(sc1)"),
)
ENDS = ("C", "O", "F", "Cl", "C#N", "C(=O)O", "c1ccccc1", "c1ccncc1")


@dataclass(frozen=True)
class Sizes:
    """How much is trained on.

    Parameters
    ----------
    graphs
        Gene graphs.
    molecules, structures
        Molecules, and how many of them differ.
    profiles
        Nodes of each kind that a molecule may lead to.
    genes, modalities, width
        Of a fusion.
    epochs
        Epochs that are timed.
    is_tiny
        Toy graphs and small networks, for a look at whether all of it runs.
    """

    graphs: int = 82
    molecules: int = 24_576
    structures: int = 600
    profiles: int = 4_000
    genes: int = 19_400
    modalities: int = 8
    width: int = 128
    epochs: int = 3
    is_tiny: bool = False


FULL = Sizes()
TINY = Sizes(
    graphs=3,
    molecules=12,
    structures=6,
    profiles=4,
    genes=24,
    modalities=3,
    width=8,
    epochs=1,
    is_tiny=True,
)
_TINY_GENES: dict[str, dict[str, Any]] = {
    "paper": {"kernel": "dense"},
    "default": {"n_components": 8, "network.embedding_width": 4, "graphs_per_step": 2},
}
_TINY_MOLECULES = {"batch": 8, "width": 8, "code_width": 4, "hidden_width": 8}


def make_graphs(sizes: Sizes) -> list[GeneGraph]:
    """Graphs of the shipped atlas, again under other names where there are too few."""
    if sizes.is_tiny:
        from tests.toy_graphs import planted_graph  # noqa: PLC0415 - the rest needs no tests

        return [planted_graph(f"graph_{i}", seed=i) for i in range(sizes.graphs)]
    graphs = [read_gene_graph(path) for path in sorted(ATLAS.glob("*.h5ad"))[: sizes.graphs]]
    return [
        replace(graph, name=f"{graph.name}_{i}")
        for i, graph in enumerate(islice(cycle(graphs), sizes.graphs))
    ]


def gene_training(
    preset: str, precision: Precision, sizes: Sizes, device: torch.device
) -> tuple[Callable[[], Objective], dict[str, Any]]:
    """A training on gene graphs, and what it is of."""
    changes = _TINY_GENES[preset] if sizes.is_tiny else {}
    settings = preset_settings(preset, precision=precision, **changes)
    graphs = make_graphs(sizes)
    per_step = getattr(settings, "graphs_per_step", 1)
    about = {
        "graphs": len(graphs),
        "distinct_graphs": min(len(graphs), len(list(ATLAS.glob("*.h5ad")))),
        "genes": sum(graph.n_genes for graph in graphs),
        "mean_density": float(np.mean([graph.density for graph in graphs])),
        "steps": -(-len(graphs) // per_step),
    }
    return lambda: make_objective(graphs, settings, device), about


def molecule_training(
    preset: str, precision: Precision, sizes: Sizes, device: torch.device
) -> tuple[Callable[[], Objective], dict[str, Any]]:
    """A training on molecules in a context, and what it is of."""
    changes = _TINY_MOLECULES if sizes.is_tiny else {}
    settings = preset_settings(f"molecules_{preset}", precision=precision, **changes)
    context, inputs = make_context(sizes)
    scale = FeatureScale.of(inputs.descriptors)
    about = {
        "molecules": len(inputs),
        "atoms": len(inputs.graphs.atoms),
        "nodes": sum(len(block) for block in context.blocks),
        "edges": sum(len(part.first) for part in context.edges),
        "steps": -(-len(inputs) // settings.batch),
    }
    return lambda: BottleneckObjective(context, inputs, scale, settings, device), about


def fusion_training(
    sizes: Sizes, device: torch.device
) -> tuple[Callable[[], Objective], dict[str, Any]]:
    """A fusion by attention of made modalities, and what it is of."""
    rng = np.random.default_rng(0)
    shape = (sizes.genes, sizes.modalities, sizes.width)
    vectors = rng.normal(size=shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    present = rng.random(shape[:2]) < 0.7
    present[np.arange(sizes.genes), rng.integers(sizes.modalities, size=sizes.genes)] = True
    settings = FusionSettings(joining="attention", **({"batch": 8} if sizes.is_tiny else {}))
    about = {
        "genes": sizes.genes,
        "modalities": sizes.modalities,
        "steps": -(-sizes.genes // settings.batch),
    }
    return lambda: FusionObjective(vectors, present, settings, device), about


def make_context(sizes: Sizes) -> tuple[ContextGraph, EncoderInputs]:
    """Make molecules in a context with features as many as the published ones."""
    rng = np.random.default_rng(0)
    n, some = sizes.molecules, min(sizes.profiles, sizes.molecules)
    texts = make_structures(sizes.structures, rng)
    inputs = read_inputs(texts).take(np.arange(n) % len(texts))
    features = {MORPHOLOGY: 966, EXPRESSION: 978, GENE: 1111}
    blocks = [
        NodeBlock(
            MOLECULE,
            "made",
            tuple(f"molecule {i}" for i in range(n)),
            inputs.fingerprints.astype(np.float32),
        )
    ]
    edges, start = [], n
    for kind, width in features.items():
        rows = rng.random((some, 16 if sizes.is_tiny else width), dtype=np.float32)
        blocks.append(NodeBlock(kind, "made", tuple(f"{kind} {i}" for i in range(some)), rows))
        first = np.concatenate([rng.choice(n, some, replace=False), rng.integers(n, size=n)])
        second = start + np.concatenate([np.arange(some), rng.integers(some, size=n)])
        pairs = np.unique(np.stack([first, second]), axis=1).astype(np.int32)
        weight = rng.uniform(0.8, 1, pairs.shape[1]).astype(np.float32)
        edges.append(Edges(f"made {kind}", *pairs, weight))
        start += some
    smiles = tuple(texts[i % len(texts)] for i in range(n))
    return ContextGraph(tuple(blocks), tuple(edges), smiles), inputs


def make_structures(n: int, rng: np.random.Generator) -> list[str]:
    """Make different structures of the size of drugs."""
    found: dict[str, None] = {}
    while len(found) < n:
        pieces = rng.choice(PIECES, size=rng.integers(3, 8)).tolist()
        found["".join([*pieces, str(rng.choice(ENDS))])] = None
    return list(found)
