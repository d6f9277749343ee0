"""Say what would fit when the memory does not suffice."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from musegnn.errors import TrainingError
from musegnn.training.objective import Divisible, Objective

_ALLOCATOR_WORDS = ("DefaultCPUAllocator", "can't allocate memory", "not enough memory")


@contextmanager
def explaining_memory(objective: Objective | None, device: torch.device) -> Iterator[None]:
    """Turn a lack of memory within the block into a sentence that says what would fit.

    Parameters
    ----------
    objective
        What is trained; None while it is made.
    device
        Where it computes.

    Raises
    ------
    TrainingError
        If the block needs more memory than there is.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_lack_of_memory(error):
            raise
        where = "the GPU" if device.type == "cuda" else "this machine"
        what = "the start of a training" if objective is None else "one step"
        msg = f"Expected {what} to fit into the memory of {where}, found that it does not."
        raise TrainingError(msg, _advise(objective)) from error


def is_lack_of_memory(error: BaseException) -> bool:
    """True when an error of torch or Python says that there is not enough memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return any(word in str(error) for word in _ALLOCATOR_WORDS)


def find_fitting(now: int, try_step: Callable[[int], None], *, least: int = 1) -> int:
    """Halve what a step takes until it fits; 0 when not even the least does.

    Parameters
    ----------
    now
        Number of graphs, molecules or genes that does not fit.
    try_step
        Takes a step of so many, and raises as a real one would.
    least
        The least that a step can take.
    """
    while now > least:
        now = max(now // 2, least)
        try:
            try_step(now)
        except (MemoryError, RuntimeError) as error:
            if not is_lack_of_memory(error):
                raise
            continue
        finally:
            _release()
        return now
    return 0


def _advise(objective: Objective | None) -> str:
    """Hint with the size of a step that was tried and fits."""
    if objective is not None:
        objective.optimiser.zero_grad(set_to_none=True)
    _release()
    if isinstance(objective, Divisible):
        now, setting = objective.step_size, objective.step_setting
        fitting = find_fitting(now, objective.try_step, least=objective.least_step)
        if fitting:
            return f"Set `{setting}` to {fitting} (now {now}): that was tried and fits."
    return "Train on less (graphs with fewer genes, a smaller network), or where memory is larger."


def _release() -> None:
    """Give memory back that nothing uses any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
