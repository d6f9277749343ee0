"""What a running training takes of the machine just now."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from musegnn.launchers.devices import list_gpus
from musegnn.launchers.processes import PROC, is_running
from musegnn.runs.record import RunRecord


@dataclass(frozen=True)
class Usage:
    """Load of a run and of its device.

    Parameters
    ----------
    cpu_seconds
        Processor time of its process so far; two looks give the cores that it keeps busy.
    memory_mib
        Memory of its process, in MiB.
    gpu
        Name of its GPU; "" on the CPU.
    gpu_used_mib, gpu_memory_mib
        Memory of the GPU that is taken, by whomever, and all of it, in MiB.
    gpu_busy_percent
        Share of the last second in which the GPU worked, 0 to 100.
    """

    cpu_seconds: float
    memory_mib: float
    gpu: str = ""
    gpu_used_mib: int = 0
    gpu_memory_mib: int = 0
    gpu_busy_percent: int = 0


def read_usage(record: RunRecord) -> Usage | None:
    """Look at the process of a run on this machine; None when it has none here."""
    if not record.process or not is_running(record.process, record.mark):
        return None
    folder = PROC / str(record.process)
    try:
        cpu, memory = _cpu_seconds(folder), _memory_mib(folder)
    except (OSError, ValueError, IndexError):
        return None
    label = record.device.partition(" of ")[0]
    gpu = next((gpu for gpu in list_gpus() if f"GPU {gpu.index}" == label), None)
    if gpu is None:
        return Usage(cpu, memory)
    return Usage(cpu, memory, gpu.name, gpu.used_mib, gpu.memory_mib, gpu.busy_percent)


def _cpu_seconds(folder: Path) -> float:
    """Processor time of a process, in user and system mode."""
    fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mib(folder: Path) -> float:
    """Resident memory of a process in MiB."""
    pages = int((folder / "statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
