"""How long a run will take and how much memory, told before it starts, from what was measured."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from musegnn.launchers.processes import PROC
from musegnn.runs.record import RunRecord
from musegnn.runs.request import RunRequest, Settings, resolve_settings
from musegnn.runs.settings_forms import AlignedSettings

# One thread of a 2-core machine (docs/model.md, "Speed"; docs/runs.md, "Estimates"); values stand
# beside what they were measured at: genes of a dataset, or genes in context of the result.
Curve = tuple[tuple[float, float], ...]
ALIGNED_SECONDS: Curve = ((500, 0.019), (1000, 0.071), (2000, 0.28), (4000, 1.58))
PUBLISHED_SECONDS: Curve = ((500, 0.061), (1000, 0.25), (2000, 1.35))
# MiB that training adds with twelve datasets of that size in one step
ALIGNED_MEMORY: Curve = ((500, 218), (1000, 389), (2000, 1189), (4000, 2742))
MAP_MEMORY: Curve = ((1000, 650), (8000, 1250), (32000, 2060))  # MiB of the process, all in all
MEASURED_STEP = 12
DATASET_MEMORY = 1.6  # MiB for each dataset of 1000 genes beyond a full step
PUBLISHED_BASE, PUBLISHED_MEMORY = 192.0, 43.0  # MiB at 1000 genes, and for each dataset
PROCESS_MEMORY = 400.0  # MiB of the libraries that train
START_SECONDS = 10.0  # the libraries load, and the map of the result is compiled
MAP_SECONDS = 1.2e-3  # for each gene in context: neighbours, clusters and the map of the result
DISK_MIB, DISK_OF_A_GENE = 2.0, 0.6e-3  # of a result with vectors of 32 numbers, and its checkpoint
SPREAD = 2.0  # either way, on a machine that no run has been timed on
KNOWN_SPREAD = 1.3  # either way, where finished runs tell how fast it is


@dataclass(frozen=True)
class Estimate:
    """Forecast for one run of a request.

    Parameters
    ----------
    seconds
        From the start to the result; all runs of the request take `n_runs` times that, one after
        the other.
    shortest, longest
        Range of `seconds` that is likely.
    memory_mib
        Largest memory of the process in MiB.
    free_memory_mib
        What this machine has left, in MiB; None where it does not tell.
    disk_mib
        Size of the run on disk in MiB, about.
    free_disk_mib
        What the disk of the runs has left, in MiB.
    n_runs, n_datasets, n_genes, epochs
        What was asked for; genes in context of all datasets.
    source
        One sentence about what the numbers rest on.
    warnings
        What speaks against starting.
    """

    seconds: float
    shortest: float
    longest: float
    memory_mib: float
    free_memory_mib: float | None
    disk_mib: float
    free_disk_mib: float
    n_runs: int
    n_datasets: int
    n_genes: int
    epochs: int
    source: str
    warnings: tuple[str, ...] = ()


def estimate(request: RunRequest, *, root: Path, known: Sequence[RunRecord] = ()) -> Estimate:
    """Forecast time and memory of a request.

    Parameters
    ----------
    request
        What is asked for; graphs without their hashes will do.
    root
        Folder of all runs, whose disk is looked at.
    known
        Runs of this machine, such as `list_runs` returns: where some have finished, the time their
        epochs took sets the pace, else the figures of another machine do.

    Raises
    ------
    InputError
        If the preset does not exist.
    """
    settings = resolve_settings(request)
    sizes = [graph.n_genes for graph in request.graphs]
    is_gpu = request.device == "cuda"
    paces = find_paces(known, method=settings.method, is_gpu=is_gpu)
    pace = median(paces) if paces else 1.0
    training = settings.epochs * epoch_seconds(settings, sizes) * pace
    mapping = MAP_SECONDS * sum(sizes)
    seconds = START_SECONDS + training + mapping
    spread = KNOWN_SPREAD if len(paces) >= 3 else SPREAD
    memory = memory_mib(settings, sizes)
    free = _free_memory()
    disk = DISK_MIB + DISK_OF_A_GENE * sum(sizes) * settings.network.embedding_width / 32
    free_disk = shutil.disk_usage(_existing(root)).free / 2**20
    return Estimate(
        seconds=seconds,
        shortest=seconds / spread,
        longest=seconds * spread,
        memory_mib=memory,
        free_memory_mib=free,
        disk_mib=disk,
        free_disk_mib=free_disk,
        n_runs=len(request.seeds),
        n_datasets=len(sizes),
        n_genes=sum(sizes),
        epochs=settings.epochs,
        source=_source(len(paces), is_gpu=is_gpu),
        warnings=_warn(memory, free, disk * len(request.seeds), free_disk, is_gpu=is_gpu),
    )


def epoch_seconds(settings: Settings, sizes: Sequence[int]) -> float:
    """Seconds of one epoch on one thread of the machine that was measured.

    Time is the sum over datasets; between the sizes that were measured it follows a power law.
    """
    measured = ALIGNED_SECONDS if isinstance(settings, AlignedSettings) else PUBLISHED_SECONDS
    return sum(interpolate(size, measured) for size in sizes)


def memory_mib(settings: Settings, sizes: Sequence[int]) -> float:
    """Largest memory of a run on the CPU, in MiB."""
    largest = max(sizes)
    if isinstance(settings, AlignedSettings):
        in_step = min(settings.graphs_per_step, len(sizes))
        beyond = sum(sorted(sizes)[: len(sizes) - in_step]) / 1000
        step = interpolate(largest, ALIGNED_MEMORY) * (0.5 + 0.5 * in_step / MEASURED_STEP)
        training = step + DATASET_MEMORY * beyond
    else:
        grown = sum((size / 1000) ** 2 for size in sizes)
        training = PUBLISHED_BASE * (largest / 1000) ** 2 + PUBLISHED_MEMORY * grown
    return max(PROCESS_MEMORY + training, interpolate(sum(sizes), MAP_MEMORY))


def find_paces(known: Sequence[RunRecord], *, method: str, is_gpu: bool) -> list[float]:
    """How many times as long epochs took in finished runs as on the machine that was measured."""
    paces = []
    for record in known:
        config = record.config
        if record.state != "finished" or config is None or not record.epoch:
            continue
        if config.settings.method != method or (config.device == "cuda") != is_gpu:
            continue
        expected = epoch_seconds(config.settings, [graph.n_genes for graph in config.graphs])
        if record.seconds > 1.0 and expected > 0:
            paces.append(record.seconds / record.epoch / expected)
    return paces


def interpolate(size: float, curve: Curve) -> float:
    """Read a value off straight lines between logarithms, drawn on beyond their ends."""
    x, y = (np.log([point[axis] for point in curve]) for axis in range(2))
    at = math.log(max(size, 1))
    place = int(np.clip(np.searchsorted(x, at) - 1, 0, len(x) - 2))
    slope = (y[place + 1] - y[place]) / (x[place + 1] - x[place])
    return float(np.exp(y[place] + slope * (at - x[place])))


def _source(n_known: int, *, is_gpu: bool) -> str:
    """Say what the numbers rest on."""
    if n_known:
        runs = "1 finished run" if n_known == 1 else f"{n_known} finished runs"
        return f"Time from {runs} here; memory from measurements on another machine."
    if is_gpu:
        return "From one thread of another machine's CPU: no run on this GPU has finished yet."
    return "From one thread of another machine: no run of this method has finished here yet."


def _warn(
    memory: float, free: float | None, disk: float, free_disk: float, *, is_gpu: bool
) -> tuple[str, ...]:
    """Say what speaks against starting."""
    warnings = []
    if free is not None and memory > free and not is_gpu:
        warnings.append(
            f"It may need {memory / 1024:.1f} GiB of memory, {free / 1024:.1f} GiB are free: "
            "choose fewer datasets in one step, or fewer genes."
        )
    if disk > free_disk:
        warnings.append(
            f"It may need {disk:.0f} MiB on the disk, {free_disk:.0f} MiB are free: "
            "empty the trash."
        )
    return tuple(warnings)


def _free_memory() -> float | None:
    """Memory that a new process can have, in MiB; None where the system does not tell."""
    try:
        lines = (PROC / "meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) / 1024 if found else None


def _existing(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    path = Path(path).absolute()
    while not path.exists():
        path = path.parent
    return path
