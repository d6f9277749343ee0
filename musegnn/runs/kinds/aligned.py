"""Training on features that were aligned before, the preset `default`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from musegnn import keys
from musegnn.runs.kind import Cost, Inputs, Kind, Strict
from musegnn.runs.kinds.training import (
    Count,
    Curve,
    Epochs,
    Heads,
    Positive,
    Share,
    TrainingSettings,
    Weight,
    Width,
    interpolate,
    training_cost,
)

# one thread of a 2-core machine (docs/model.md, "Speed"; docs/runs.md, "Estimates")
# beyond 2,000 genes a step goes by edges, and costs less than one over all pairs of 2,000
SECONDS: Curve = ((500, 0.019), (1000, 0.071), (2000, 0.28), (2001, 0.14), (3000, 0.195))
# MiB that training adds with twelve datasets of that size in one step
MEMORY: Curve = ((500, 218), (1000, 389), (2000, 1189), (2001, 620), (3000, 932))
MEASURED_STEP = 12
DATASET_MEMORY = 1.6  # MiB for each dataset of 1000 genes beyond a full step


class AlignedNetworkSettings(Strict):
    """Sizes of the network that corrects aligned features."""

    width: Width = Field(32, description="Width of one head")
    heads: Heads = Field(4, description="Heads of attention")
    embedding_width: Width = Field(32, description="Numbers in the vector of a gene")


class AlignedSettings(TrainingSettings):
    """Features aligned by Procrustes before training, all graphs of a group in one step."""

    kind: ClassVar[str] = "aligned"
    epochs: Epochs = Field(40, description="Rounds over all datasets")
    learning_rate: Positive = Field(3e-3, description="Step size of the optimiser")
    n_components: Width = Field(64, description="Leading features of each dataset that are aligned")
    company_weight: Weight = Field(0.6, description="Length of a gene's company; 0 leaves it out")
    abundance_weight: Weight = Field(0.4, description="Length of a gene's abundance; 0: left out")
    consensus_weight: Weight = Field(1.25, description="Length of what datasets agree on; 0: none")
    consensus_ridge: Positive = Field(0.7, description="Penalty of the map onto the consensus")
    consensus_power: Weight = Field(3.0, description="How much more agreed directions count")
    smoothing: Share = Field(0.0, description="Share of the neighbours in the aligned features")
    graphs_per_step: Count = Field(12, description="Datasets in one step; bounds the memory")
    hidden_edges: Share = Field(0.5, description="Share of edges hidden from attention")
    dropout: float = Field(0.4, ge=0, lt=1, description="Share of features and units left out")
    reconstruction_weight: Weight = Field(0.3, description="Factor of the reconstruction term")
    edge_weight: Weight = Field(5.0, description="Weight of an edge against a non-edge")
    tether_weight: Weight = Field(3.0, description="Factor that holds vectors to their start")
    contrastive_weight: Weight = Field(0.1, description="Factor of the contrastive term")
    temperature: Positive = Field(0.1, description="Temperature of the contrastive term")
    pairs_per_step: Count = Field(12, description="Most pairs of datasets compared in one step")
    network: AlignedNetworkSettings = Field(default_factory=AlignedNetworkSettings)  # type: ignore[arg-type]


def estimate(settings: AlignedSettings, inputs: Inputs) -> Cost:
    """Cost of a training; memory grows with the graphs of one step."""
    sizes = sorted(inputs.genes)
    in_step = min(settings.graphs_per_step, len(sizes))
    step = interpolate(sizes[-1], MEMORY) * (0.5 + 0.5 * in_step / MEASURED_STEP)
    beyond = DATASET_MEMORY * sum(sizes[: len(sizes) - in_step]) / 1000
    return training_cost(
        inputs,
        epochs=settings.epochs,
        measured=SECONDS,
        training_mib=step + beyond,
        width=settings.network.embedding_width,
    )


KIND = Kind(
    title="Training on aligned features",
    summary="features aligned before training, all datasets in one network",
    settings=AlignedSettings,
    work="musegnn.worker.train:train_on_graphs",
    reads_graphs=True,
    objective="musegnn.training.aligned:AlignedObjective",
    first=("learning_rate", "network.embedding_width", "graphs_per_step", "patience"),
    makes=(keys.EMBEDDING_FILE,),
    estimate=estimate,
)
