"""Vectors of molecules that know what molecules do to a cell, through a bottleneck."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import Field

from musegnn.runs.kind import Cost, FileNeed, Inputs, Kind, KindSettings
from musegnn.runs.kinds.training import (
    Epochs,
    Positive,
    Precision,
    Seed,
    Share,
    Together,
    Weight,
    Width,
)

CONTEXT: Final = "context"  # role of its file
ENCODER_FILE: Final = "encoder.safetensors"
MOLECULES_FILE: Final = "molecules.h5ad"


class MoleculeSettings(KindSettings):
    """How molecules are encoded, and what their codes have to tell."""

    kind: ClassVar[str] = "molecules"
    epochs: Epochs = Field(30, description="Rounds over all molecules")
    seed: Seed = Field(0, description="Seed of initial weights and of every draw")
    learning_rate: Positive = Field(1e-3, description="Step size of the optimiser")
    weight_decay: Share = Field(1e-5, description="Decay of the weights")
    batch: Together = Field(256, description="Molecules in one step")
    layers: int = Field(2, ge=1, le=12, description="Rounds of messages between atoms")
    width: Width = Field(64, description="Numbers in the state of an atom")
    code_width: Width = Field(64, description="Numbers in the vector of a molecule")
    hidden_width: int = Field(
        256, ge=1, le=4096, description="Numbers in the middle of each decoder and of the branch"
    )
    reads_fingerprints: bool = Field(
        default=True, description="Fingerprint and descriptors are read beside the graph of atoms"
    )
    decodes: Literal["sample", "mean"] = Field(
        "sample",
        description="sample: decoders read a draw from the code, so that the bottleneck binds; "
        "mean: they read its mean, as in the published code",
    )
    beta: Weight = Field(
        1e-4, description="Price of what a code keeps of a molecule, in nats; 0 keeps everything"
    )
    masked_share: float = Field(
        0.15, ge=0, lt=1, description="Share of atoms whose element is hidden and has to be told"
    )
    masked_weight: Weight = Field(0.1, description="Factor of telling hidden elements")
    context_weight: Weight = Field(
        1.0, description="Factor of what the walk visits; the molecule's own structure has 1"
    )
    walk_length: int = Field(4, ge=0, le=20, description="Steps of a walk over the context")
    walks: int = Field(2, ge=1, le=64, description="Walks from each molecule in an epoch")
    dropout: float = Field(0.1, ge=0, lt=1, description="Share of numbers that is dropped")
    precision: Precision = Field(
        "float32", description="Number format of matrix products; bfloat16 is for GPUs"
    )


# a rough guess from short runs on one thread of a 2-core machine: an epoch, for each molecule and
# layer of 64
_SECONDS: Final = 6e-4
_READING: Final = 7e-3  # seconds of a structure: graph, fingerprint, descriptors
BYTES_OF_A_MOLECULE: Final = 350  # of the packed file of a context


def estimate(settings: MoleculeSettings, inputs: Inputs) -> Cost:
    """Cost of a training, by the size of the file of the context."""
    molecules = sum(inputs.sizes) / BYTES_OF_A_MOLECULE
    of_layer = (settings.width / 64) ** 1.5 * settings.layers / 2
    of_decoders = settings.walks / 2 * settings.hidden_width / 256
    each = _SECONDS * (of_layer + of_decoders)
    return Cost(
        work_seconds=settings.epochs * molecules * each,
        other_seconds=30 + (_READING + 4e-3) * molecules,
        memory_mib=900 + 2e-2 * molecules + settings.batch * settings.width * settings.layers / 20,
        disk_mib=10 + 1e-3 * molecules,
    )


KIND = Kind(
    title="Molecules in a cell context",
    summary="vectors of molecules that tell what molecules do to a cell",
    settings=MoleculeSettings,
    work="musegnn.worker.molecules:train_molecules",
    files=(FileNeed(CONTEXT, "a context graph of molecules (.npz)"),),
    objective="musegnn.training.bottleneck:BottleneckObjective",
    first=("beta", "code_width", "layers", "learning_rate", "walks"),
    makes=(MOLECULES_FILE, ENCODER_FILE),
    estimate=estimate,
)
