"""What becomes of the memory of a device: after a cancel, and where it does not suffice."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from benchmarks.gpu.made import (
    ATLAS,
    Sizes,
    fusion_training,
    gene_training,
    make_graphs,
    molecule_training,
)
from musegnn import runs
from musegnn.errors import TrainingError
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.runs.presets import preset_settings
from musegnn.training.memory import explaining_memory, find_fitting
from musegnn.training.objective import Objective

BACK = 64.0  # MiB that may be missing for memory to count as given back
PATIENCE = 120.0  # seconds for a run to train, or to end


def measure_cancel(sizes: Sizes, device: torch.device) -> dict[str, Any]:
    """Start a run on the device, stop it while it trains, and wait for its memory.

    Returns
    -------
    `held_mib` while it trained, `stop_s` until the run is over, `back_s` until its memory is back.
    """
    with tempfile.TemporaryDirectory() as kept:
        folder, root = _graphs_folder(sizes, Path(kept)), Path(kept) / "runs"
        before = memory_in_use("", device)
        changes = {"n_components": 8, "network.embedding_width": 4} if sizes.is_tiny else {}
        request = runs.make_request(
            graphs=runs.list_graphs(folder),
            name="cancelled",
            settings=preset_settings("default", epochs=1_000_000, **changes),
            device=device.type,
            threads=1,
            live_map_every=0,
        )
        (record,) = runs.submit(request, root=root)

        def look() -> runs.RunRecord:
            return runs.read_record(root, record.run_id)

        def held() -> float:
            return memory_in_use(record.run_id, device) - before

        try:
            _wait_for(lambda: look().epoch >= 2 or not look().is_active)
            training = held()
            started = time.monotonic()
            runs.cancel(root, record.run_id)
            _wait_for(lambda: not look().is_active)
            stopped = time.monotonic() - started
            _wait_for(lambda: held() < BACK)
            back = time.monotonic() - started
        finally:
            if look().can_cancel:
                runs.cancel(root, record.run_id)
            # the folder goes when nobody writes into it any more
            _wait_for(lambda: not _processes_of(str(root)))
        return {"held_mib": training, "stop_s": stopped, "back_s": back, "state": look().state}


def measure_lack(sizes: Sizes, device: torch.device) -> dict[str, Any]:
    """Give each method too little memory, and take its advice.

    On a GPU the allocator is bounded between what a step and half of it need; elsewhere a stand-in
    refuses what is larger than half a step.

    Returns
    -------
    For each method `now`, `told`, and `fits`: whether an epoch with what was told went through
    where one with `now` did not.
    """
    made = {
        "default": lambda size: gene_training("default", "float32", sizes, device)[0],
        "molecules": lambda size: molecule_training("paper", "float32", sizes, device)[0],
        "fusion": lambda size: fusion_training(sizes, device)[0],
    }
    return {name: _take_advice(make(0)(), device) for name, make in made.items()}


def _take_advice(objective: Any, device: torch.device) -> dict[str, Any]:
    """Run an epoch that does not fit, read what would, and try that."""
    now = objective.step_size
    with bounded(objective, device, between=(now // 2, now)) as bound:
        try:
            with explaining_memory(bound, device):
                bound.run_epoch()
        except TrainingError as error:
            told = error.hint
        else:
            return {"now": now, "told": "nothing: it fits", "fits": False}
        number = find_fitting(now, bound.try_step, least=objective.least_step)
        return {"now": now, "told": told, "fits": 0 < number < now and f" {number} " in told}


class Refusing:
    """Stands for a device without room for more than a part of a step."""

    def __init__(self, objective: Any, most: int) -> None:
        self._objective, self._most = objective, most
        self.rng, self.generator = objective.rng, objective.generator
        self.network, self.optimiser = objective.network, objective.optimiser
        self.step_setting, self.least_step = objective.step_setting, objective.least_step

    @property
    def step_size(self) -> int:
        """As without a bound."""
        return int(self._objective.step_size)

    def run_epoch(self) -> dict[str, torch.Tensor]:
        """Refuse a step that is too large, else run."""
        self._check(self.step_size)
        return dict(self._objective.run_epoch())

    def try_step(self, size: int) -> None:
        """Refuse a step that is too large, else try."""
        self._check(size)
        self._objective.try_step(size)

    def encode(self, numbers: Sequence[int] | None = None) -> list[np.ndarray]:
        """As without a bound."""
        return list(self._objective.encode(numbers))

    def _check(self, size: int) -> None:
        """Raise what a device raises."""
        if size > self._most:
            msg = f"out of memory (stand-in: at most {self._most})"
            raise torch.OutOfMemoryError(msg)


@contextmanager
def bounded(
    objective: Any, device: torch.device, *, between: tuple[int, int]
) -> Iterator[Objective]:
    """Bound the memory so that the smaller of two steps fits and the larger does not."""
    small, large = between
    if device.type != "cuda":
        yield Refusing(objective, small)
        return
    needs = [_need(objective, size, device) for size in (small, large)]
    whole = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.set_per_process_memory_fraction(sum(needs) / 2 / whole, device)
    try:
        yield objective
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)


def _need(objective: Any, size: int, device: torch.device) -> int:
    """Bytes that the allocator holds at most in a step of some size."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    objective.try_step(size)
    return int(torch.cuda.max_memory_reserved(device))


def _graphs_folder(sizes: Sizes, kept: Path) -> Path:
    """Folder of graphs for a run."""
    if not sizes.is_tiny:
        return ATLAS
    folder = kept / "graphs"
    folder.mkdir()
    for graph in make_graphs(sizes):
        write_gene_graph(graph, folder / f"{graph.name}.h5ad")
    return folder


def memory_in_use(run_id: str, device: torch.device) -> float:
    """MiB in use on a GPU by everybody, else of the processes of a run."""
    if device.type == "cuda":
        free, whole = torch.cuda.mem_get_info(device)
        return (whole - free) / 2**20
    return sum(_processes_of(run_id)) / 2**20 if run_id else 0.0


def _processes_of(mark: str) -> list[int]:
    """Bytes of each other process whose command names a run or a folder."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "memory_info"]):
        info = process.info
        is_one = any(mark in word for word in info["cmdline"] or ())
        if is_one and info["pid"] != os.getpid() and info["memory_info"]:
            found.append(info["memory_info"].rss)
    return found


def _wait_for(is_so: Callable[[], bool]) -> None:
    """Look ten times a second until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            msg = f"waited {PATIENCE:.0f} s in vain"
            raise TimeoutError(msg)
        time.sleep(0.1)
