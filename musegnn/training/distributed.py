"""Several processes that train one network: each takes its share of the steps."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import distributed, nn

from musegnn.errors import InputError, TrainingError

T = TypeVar("T")
PATIENCE = "MUSEGNN_PROCESS_TIMEOUT"  # seconds that a process waits for the others
USUAL_PATIENCE = 1800.0  # validation and writing happen in one process while the others wait


@dataclass(frozen=True)
class Team:
    """The processes of one training; a team of one does nothing but its own work.

    Parameters
    ----------
    rank
        Number of this process from 0; process 0 writes and speaks.
    size
        Number of processes N.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """True for the process that writes files and reports."""
        return self.rank == 0

    def deal(self, work: Sequence[T]) -> list[T | None]:
        """Deal pieces of work out in turn.

        Returns
        -------
        One piece for each optimiser step, the same number in every process; None in a last step
        that has fewer pieces than processes.
        """
        steps = [work[at : at + self.size] for at in range(0, len(work), self.size)]
        return [step[self.rank] if self.rank < len(step) else None for step in steps]

    def average_gradients(self, network: nn.Module, *, is_present: bool) -> None:
        """Replace gradients by their mean over the processes that took part in the step.

        Weights without a gradient in every process keep none, so that decoders of other graphs are
        neither sent nor moved.
        """
        if self.size == 1:
            return
        weights = list(network.parameters())
        own = [float(is_present), *(float(weight.grad is not None) for weight in weights)]
        n_present, *counts = self.add(torch.tensor(own, device=weights[0].device)).tolist()
        used = [weight for weight, count in zip(weights, counts, strict=True) if count]
        gradients = [w.grad if w.grad is not None else torch.zeros_like(w) for w in used]
        mean = self.add(torch.cat([gradient.flatten() for gradient in gradients])) / n_present
        parts = mean.split([weight.numel() for weight in used])
        for weight, part in zip(used, parts, strict=True):
            weight.grad = part.view_as(weight)

    def add(self, values: torch.Tensor) -> torch.Tensor:
        """Sum a tensor over all processes, in place."""
        if self.size > 1:
            with _losing_others(self.size):
                distributed.all_reduce(values)
        return values

    def take_from_first(self, values: torch.Tensor) -> torch.Tensor:
        """Replace a tensor by that of process 0, in place."""
        if self.size > 1:
            with _losing_others(self.size):
                distributed.broadcast(values, src=0)
        return values

    def agree(self, value: float, device: torch.device) -> float:
        """Return what process 0 says, so that no two processes decide differently."""
        return float(self.take_from_first(torch.tensor(value, dtype=torch.float64, device=device)))

    def wait(self) -> None:
        """Return once every process has come this far."""
        if self.size > 1:
            with _losing_others(self.size):
                distributed.barrier()


ALONE = Team()


@contextmanager
def join_team(device: torch.device) -> Iterator[Team]:
    """Meet the other processes that a launcher has started, torchrun or `--processes`.

    Without a launcher the team is this process alone.

    Raises
    ------
    InputError
        If there are more processes than GPUs to train on.
    TrainingError
        If the others cannot be reached.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    rank = int(os.environ["RANK"])
    if device.type == "cuda":
        _take_gpu(int(os.environ.get("LOCAL_RANK", str(rank))))
    patience = timedelta(seconds=float(os.environ.get(PATIENCE, USUAL_PATIENCE)))
    backend = "nccl" if device.type == "cuda" else "gloo"
    with _losing_others(size):
        distributed.init_process_group(backend, rank=rank, world_size=size, timeout=patience)
    try:
        yield Team(rank, size)
    finally:
        distributed.destroy_process_group()


def _take_gpu(number: int) -> None:
    """Choose the GPU of this process; raise `InputError` when there is none left."""
    if number >= torch.cuda.device_count():
        msg = f"Expected a GPU for each process, found {torch.cuda.device_count()}."
        raise InputError(msg, "Start fewer processes, or use `--device cpu`.")
    torch.cuda.set_device(number)


@contextmanager
def _losing_others(size: int) -> Iterator[None]:
    """Turn a broken connection into a sentence."""
    try:
        yield
    except RuntimeError as error:
        msg = (
            f"Expected {size} training processes that answer, found that one does not "
            f"({str(error).splitlines()[0][:200]})."
        )
        raise TrainingError(
            msg, "See what that process said, and take the run up with `--resume`."
        ) from error
