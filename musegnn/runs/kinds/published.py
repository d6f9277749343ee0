"""Training as published, the preset `paper`."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from musegnn import keys
from musegnn.runs.kind import Cost, Inputs, Kind, Strict
from musegnn.runs.kinds.training import (
    Count,
    Curve,
    Epochs,
    Heads,
    Positive,
    TrainingSettings,
    Weight,
    Width,
    training_cost,
)

# one thread of a 2-core machine (docs/model.md, "Speed"; docs/runs.md, "Estimates")
SECONDS: Curve = ((500, 0.061), (1000, 0.25), (2000, 1.35))
BASE_MEMORY, DATASET_MEMORY = 192.0, 43.0  # MiB at 1000 genes, and for each dataset
KernelName = Literal["auto", "dgl", "dense"]


class PublishedNetworkSettings(Strict):
    """Sizes of the published network; the defaults are the published ones."""

    dataset_width: Width = Field(32, description="Width of one head in the layer of a dataset")
    dataset_heads: Heads = Field(4, description="Heads of the layer of a dataset")
    shared_width: Width = Field(32, description="Width of one head in the shared layer")
    shared_heads: Heads = Field(2, description="Heads of the shared layer")
    embedding_width: Width = Field(32, description="Numbers in the vector of a gene")
    decoder_width: Width | None = Field(None, description="Width of the decoder; none: all genes")


class PublishedSettings(TrainingSettings):
    """The published method; the defaults are the published numbers."""

    kind: ClassVar[str] = "published"
    epochs: Epochs = Field(2000, description="Rounds over all datasets")
    encoder_learning_rate: Positive = Field(1e-4, description="Step size of the encoders")
    decoder_learning_rate: Positive = Field(1e-3, description="Step size of the decoders")
    similarity_weight: Weight = Field(1.0, description="Factor of the weighted similarity term")
    contrastive_weight: Weight = Field(0.01, description="Factor of the contrastive term")
    contrastive_genes: Count = Field(100, description="Most genes drawn for the contrastive term")
    temperature: Positive = Field(0.07, description="Temperature of the contrastive term")
    scale_features: bool = Field(False, description="Divide features by their root mean square")  # noqa: FBT003 - the default
    kernel: KernelName = Field("auto", description="How attention is computed")
    network: PublishedNetworkSettings = Field(default_factory=PublishedNetworkSettings)  # type: ignore[arg-type]


def estimate(settings: PublishedSettings, inputs: Inputs) -> Cost:
    """Cost of a training; memory grows with the square of the genes of every graph."""
    thousands = [size / 1000 for size in inputs.genes]
    return training_cost(
        inputs,
        epochs=settings.epochs,
        measured=SECONDS,
        training_mib=BASE_MEMORY * max(thousands) ** 2
        + DATASET_MEMORY * sum(thousand**2 for thousand in thousands),
        width=settings.network.embedding_width,
    )


KIND = Kind(
    title="Training as published",
    summary="MuSe-GNN as published, every number of the paper; takes much longer",
    settings=PublishedSettings,
    work="musegnn.worker.train:train_on_graphs",
    reads_graphs=True,
    objective="musegnn.training.published:PublishedObjective",
    first=("encoder_learning_rate", "network.embedding_width", "contrastive_weight", "patience"),
    makes=(keys.EMBEDDING_FILE,),
    estimate=estimate,
)
