"""Many structures, part by part, in as many processes as may be taken."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, TypeVar

PART: Final = 250  # structures that a process reads at a time
_FEW: Final = 4  # parts that are read sooner than other processes begin
Given = TypeVar("Given")
Read = TypeVar("Read")


def in_parts(
    read: Callable[[list[Given]], Read],
    structures: Sequence[Given],
    *,
    processes: int = 1,
    size: int = PART,
) -> Generator[Read]:
    """Yield what is read of each part, in the order of the structures.

    Parameters
    ----------
    read
        A function of a module, which other processes find by its name.
    structures
        Any number.
    processes
        How many read at once; a few parts are read in this one.
    size
        Structures of a part.
    """
    parts = [list(structures[at : at + size]) for at in range(0, len(structures), size)]
    if processes < 2 or len(parts) <= _FEW:
        yield from map(read, parts)
        return
    # a fork would copy locks of threads that torch or a server holds
    with ProcessPoolExecutor(min(processes, len(parts)), get_context("spawn")) as pool:
        yield from pool.map(read, parts)
