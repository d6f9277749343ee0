"""Say what would fit when the memory does not suffice."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from musegnn.errors import TrainingError
from musegnn.training.aligned import AlignedObjective
from musegnn.training.objective import Objective

_ALLOCATOR_WORDS = ("DefaultCPUAllocator", "can't allocate memory", "not enough memory")


@contextmanager
def explaining_memory(objective: Objective, device: torch.device) -> Iterator[None]:
    """Turn a lack of memory within the block into a sentence that says what would fit.

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
        msg = f"Expected one step to fit into the memory of {where}, found that it does not."
        raise TrainingError(msg, _advise(objective)) from error


def is_lack_of_memory(error: BaseException) -> bool:
    """True when an error of torch or Python says that there is not enough memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return any(word in str(error) for word in _ALLOCATOR_WORDS)


def find_fitting(now: int, try_step: Callable[[int], None]) -> int:
    """Halve the number of graphs in a step until one fits; 0 when not even one does.

    Parameters
    ----------
    now
        Number of graphs that does not fit.
    try_step
        Takes a step of so many graphs, and raises as a real one would.
    """
    while now > 1:
        now //= 2
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


def _advise(objective: Objective) -> str:
    """Hint with the number of graphs in a step that was tried and fits."""
    objective.optimiser.zero_grad(set_to_none=True)
    _release()
    if isinstance(objective, AlignedObjective):
        now = min(objective.config.graphs_per_step, len(objective.graphs))
        fitting = find_fitting(now, objective.try_step)
        if fitting:
            return f"Set `graphs_per_step` to {fitting} (now {now}): that was tried and fits."
    return "Train on graphs with fewer genes, or where there is more memory."


def _release() -> None:
    """Give memory back that nothing uses any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
