"""What trainings on gene graphs have in common: settings, ranges, measured time and memory."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from musegnn.runs.kind import Cost, Inputs, KindSettings

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, le=1e6)]
Weight = Annotated[float, Field(ge=0, le=1e6)]
Width = Annotated[int, Field(ge=1, le=1024)]
Heads = Annotated[int, Field(ge=1, le=64)]
Count = Annotated[int, Field(ge=1, le=100_000)]
# of a step in which one is told from the others, or normalised over them: alone it is no step
Together = Annotated[int, Field(ge=2, le=100_000)]
Precision = Literal["float32", "bfloat16"]
Epochs = Annotated[int, Field(ge=1, le=1_000_000)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]

# Values stand beside what they were measured at: genes of a dataset, or genes in context.
Curve = tuple[tuple[float, float], ...]
MAP_MEMORY: Curve = ((1000, 650), (8000, 1250), (32000, 2060))  # MiB of the process, all in all
PROCESS_MEMORY = 400.0  # MiB of the libraries that train
START_SECONDS = 10.0  # the libraries load, and the map of the result is compiled
MAP_SECONDS = 1.2e-3  # for each gene in context: neighbours, clusters and the map of the result
DISK_MIB, DISK_OF_A_GENE = 2.0, 0.6e-3  # of a result with vectors of 32 numbers, and its checkpoint


class TrainingSettings(KindSettings):
    """What every method has."""

    epochs: Epochs = Field(100, description="Rounds over all datasets")
    seed: Seed = Field(0, description="Seed of initial weights and of every draw")
    patience: int = Field(
        0, ge=0, le=100_000, description="Stop after so many validations without gain; 0: never"
    )
    validate_every: Count = Field(5, description="Epochs from one validation to the next")
    precision: Precision = Field(
        "float32", description="Number format of matrix products; bfloat16 is for GPUs"
    )


def training_cost(
    inputs: Inputs, *, epochs: int, measured: Curve, training_mib: float, width: int
) -> Cost:
    """Cost of a training and of the map of its result.

    Parameters
    ----------
    inputs
        Genes of each graph.
    epochs
        Rounds over all graphs.
    measured
        Seconds that an epoch takes for one graph of so many genes, on one thread of a 2-core
        machine; time is the sum over graphs.
    training_mib
        What training adds to the memory of the libraries, in MiB.
    width
        Numbers in the vector of a gene.
    """
    n_genes = sum(inputs.genes)
    return Cost(
        work_seconds=epochs * sum(interpolate(size, measured) for size in inputs.genes),
        other_seconds=START_SECONDS + MAP_SECONDS * n_genes,
        memory_mib=max(PROCESS_MEMORY + training_mib, interpolate(n_genes, MAP_MEMORY)),
        disk_mib=DISK_MIB + DISK_OF_A_GENE * n_genes * width / 32,
    )


def interpolate(size: float, curve: Curve) -> float:
    """Read a value off straight lines between logarithms, drawn on beyond their ends."""
    x, y = (np.log([point[axis] for point in curve]) for axis in range(2))
    at = math.log(max(size, 1))
    place = int(np.clip(np.searchsorted(x, at) - 1, 0, len(x) - 2))
    slope = (y[place + 1] - y[place]) / (x[place + 1] - x[place])
    return float(np.exp(y[place] + slope * (at - x[place])))
