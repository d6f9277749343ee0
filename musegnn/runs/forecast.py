"""How long a run will take and how much memory, told before it starts, from what was measured."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from musegnn.launchers.processes import PROC
from musegnn.runs.kind import Kind, find_kind
from musegnn.runs.record import RunRecord
from musegnn.runs.request import RunRequest, resolve_settings

SPREAD = 2.0  # either way, on a machine that no run has been timed on
KNOWN_SPREAD = 1.3  # either way, where finished runs tell how fast it is


@dataclass(frozen=True)
class Estimate:
    """Forecast for one run of a request.

    Parameters
    ----------
    seconds
        From the start to the result; all runs of the request take `n_runs` times that, one after
        the other. None while nothing is known of this kind of run.
    shortest, longest
        Range of `seconds` that is likely; None as well.
    memory_mib
        Largest memory of the process in MiB; None as well.
    free_memory_mib
        What this machine has left, in MiB; None where it does not tell.
    disk_mib
        Size of the run on disk in MiB, about; None as well.
    free_disk_mib
        What the disk of the runs has left, in MiB.
    n_runs, n_datasets, n_genes, epochs
        What was asked for; genes in context of all datasets; 0 epochs where there are none.
    source
        One sentence about what the numbers rest on.
    warnings
        What speaks against starting.
    """

    seconds: float | None
    shortest: float | None
    longest: float | None
    memory_mib: float | None
    free_memory_mib: float | None
    disk_mib: float | None
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
    kind = find_kind(settings.kind)
    inputs = request.inputs
    is_gpu = request.device == "cuda"
    done = [record for record in known if _is_like(record, kind, is_gpu=is_gpu)]
    free, free_disk = _free_memory(), shutil.disk_usage(_existing(root)).free / 2**20
    asked: dict[str, Any] = {
        "free_memory_mib": free,
        "free_disk_mib": free_disk,
        "n_runs": len(request.seeds),
        "n_datasets": len(request.graphs),
        "n_genes": sum(inputs.genes),
        "epochs": getattr(settings, "epochs", 0),
    }
    if kind.estimate is None:
        return Estimate(**_from_runs(done), **asked)
    cost = kind.estimate(settings, inputs)
    paces = find_paces(done, kind)
    seconds = cost.other_seconds + cost.work_seconds * (median(paces) if paces else 1.0)
    spread = KNOWN_SPREAD if len(paces) >= 3 else SPREAD
    disk = cost.disk_mib * len(request.seeds)
    return Estimate(
        seconds=seconds,
        shortest=seconds / spread,
        longest=seconds * spread,
        memory_mib=cost.memory_mib,
        disk_mib=cost.disk_mib,
        source=_source(len(paces), is_gpu=is_gpu),
        warnings=_warn(cost.memory_mib, free, disk, free_disk, is_gpu=is_gpu),
        **asked,
    )


def _is_like(record: RunRecord, kind: Kind, *, is_gpu: bool) -> bool:
    """True for a run of a kind that has finished, on a device of the same sort."""
    config = record.config
    if record.state != "finished" or config is None or config.kind != kind.name:
        return False
    return (config.device == "cuda") == is_gpu and record.seconds > 0


def _from_runs(done: Sequence[RunRecord]) -> dict[str, Any]:
    """What finished runs tell of a kind whose cost nobody has measured."""
    seconds = [record.seconds for record in done]
    if not seconds:
        nothing = dict.fromkeys(("seconds", "shortest", "longest", "memory_mib", "disk_mib"))
        return nothing | {"source": "Time and memory are not known before the first run."}
    return {
        "seconds": median(seconds),
        "shortest": min(seconds),
        "longest": max(seconds),
        "memory_mib": max(record.memory_mib for record in done),
        "disk_mib": None,
        "source": "From runs of this kind that have finished here, whatever they read.",
    }


def find_paces(done: Sequence[RunRecord], kind: Kind) -> list[float]:
    """How many times as long finished runs took as they would where the kind was measured."""
    paces = []
    for record in done:
        config = record.config
        if config is None or kind.estimate is None or record.seconds <= 1.0:
            continue
        expected = kind.estimate(config.settings, config.inputs).work_seconds
        if config.epochs:  # it may have stopped early
            expected *= record.epoch / config.epochs
        if expected > 0:
            paces.append(record.seconds / expected)
    return paces


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
