"""Work that the launchers are tested with; in a module, so that other processes can import it."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

from musegnn.errors import InputError


@dataclass(frozen=True)
class Place:
    """A folder that one job works in at a time."""

    folder: Path
    visits: tuple[int, ...] = ()


def square(number: int) -> int:
    return number * number


def refuse(_: int) -> int:
    msg = "Expected an even number, found an odd one."
    raise InputError(msg, "Choose another.")


def stumble(_: int) -> int:
    return 1 // 0


def die(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def leave(_: int) -> int:
    os._exit(7)


def sleep(folder: str) -> None:
    """Leave a mark, then sleep for long."""
    (Path(folder) / f"{os.getpid()}").touch()
    time.sleep(100)


def tell_threads(_: int) -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")}


def tell_process(_: int) -> int:
    return os.getpid()


def visit(place: Place) -> Place:
    """Fail when another job is there."""
    mark = place.folder / "taken"
    mark.touch(exist_ok=False)
    time.sleep(0.3)
    mark.unlink()
    return replace(place, visits=(*place.visits, os.getpid()))
