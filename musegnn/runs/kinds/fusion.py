"""Fusion of what several modalities know of a gene into one vector."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import Field

from musegnn import keys
from musegnn.runs.kind import Cost, FileNeed, Inputs, Kind, KindSettings
from musegnn.runs.kinds.training import Epochs, Positive, Seed, Together, Weight, Width

MODALITIES: Final = "modalities"  # role of its file
ATTENTION_FILE: Final = "modality_weights.parquet"


class FusionSettings(KindSettings):
    """How vectors of modalities are fused."""

    kind: ClassVar[str] = "fusion"
    joining: Literal["svd", "attention"] = Field(
        "svd",
        description="svd: leading directions of all modalities side by side, at once; attention: a "
        "network that is trained",
    )
    epochs: Epochs = Field(30, description="Rounds over all genes, of attention")
    seed: Seed = Field(0, description="Seed of initial weights and of every draw")
    learning_rate: Positive = Field(2e-3, description="Step size of the optimiser")
    batch: Together = Field(512, description="Genes in one step")
    hidden_width: Width = Field(128, description="Numbers in the projection of a modality")
    fused_width: Width = Field(128, description="Numbers in the fused vector of a gene")
    context_width: Width = Field(
        64, description="Leading numbers of a modality that its context in the result keeps"
    )
    modality_dropout: float = Field(
        0.4, ge=0, lt=1, description="Chance that a modality is hidden and has to be predicted"
    )
    seen_weight: Weight = Field(0.5, description="Weight of predicting what was not hidden")
    agreement_weight: Weight = Field(
        0.2, description="Factor of the agreement between halves of the modalities"
    )
    temperature: Positive = Field(0.1, description="Temperature of the agreement")


# one thread of a 2-core machine, 19,400 genes in 8 modalities of 128 numbers (docs/fusion.md)
_SECONDS: Final = 4e-4  # of an epoch, for each gene
_BYTES_OF_A_ROW: Final = 400  # of the packed file of modalities, for each gene in one of them


def estimate(settings: FusionSettings, inputs: Inputs) -> Cost:
    """Cost of a fusion, by the size of the file of modalities."""
    rows = sum(inputs.sizes) / _BYTES_OF_A_ROW
    genes = rows / 5.7  # a gene is in about so many modalities
    return Cost(
        work_seconds=(settings.epochs if settings.joining == "attention" else 1) * genes * _SECONDS,
        other_seconds=20 + 4e-3 * genes,
        memory_mib=900 + 2e-2 * rows,
        disk_mib=5 + 5e-4 * rows,
    )


KIND = Kind(
    title="Fusion of knowledge",
    summary="one vector a gene from what several modalities know of it",
    settings=FusionSettings,
    work="musegnn.worker.fuse:fuse",
    files=(FileNeed(MODALITIES, "an embedding set with a context for each modality"),),
    objective="musegnn.training.fusion:FusionObjective",
    first=("joining", "learning_rate", "fused_width", "modality_dropout", "agreement_weight"),
    makes=(keys.EMBEDDING_FILE, ATTENTION_FILE),
    estimate=estimate,
)
