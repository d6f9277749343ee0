"""Something simpler than training, to compare with: see `musegnn.baselines.registry`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from musegnn import keys
from musegnn.runs.kind import Kind, KindSettings
from musegnn.runs.kinds.training import Epochs, Seed, Width


class BaselineSettings(KindSettings):
    """Which baseline, and its few settings."""

    kind: ClassVar[str] = "baseline"
    baseline: str = Field("procrustes_pca", description="Name of the baseline", max_length=40)
    width: Width = Field(32, description="Numbers in the vector of a gene")
    seed: Seed = Field(0, description="Seed of every draw")
    epochs: Epochs | None = Field(None, description="Rounds of training; none: those of its own")


KIND = Kind(
    title="Baseline",
    summary="a simple rival or control that a training is compared with",
    settings=BaselineSettings,
    work="musegnn.worker.baseline:fit_to_graphs",
    reads_graphs=True,
    makes=(keys.EMBEDDING_FILE,),
)
