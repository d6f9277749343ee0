"""A job, what comes of it, and what every launcher offers."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from musegnn.errors import MuseGNNError

# read by the numerical libraries when they are loaded
THREAD_VARIABLES = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS"),
)


@dataclass(frozen=True)
class Job:
    """One call that can be made in another process.

    Parameters
    ----------
    name
        Name for people, unique among jobs submitted together.
    work
        Function of a module, so that another process can import it.
    argument
        Its only argument: plain values and dataclasses of them.
    """

    name: str
    work: Callable[[Any], Any]
    argument: Any


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Parameters
    ----------
    value
        What the function returned; None when it failed.
    error
        One sentence about what went wrong; "" when nothing did.
    trace
        Where an error happened that nobody foresaw; "" otherwise.
    seconds
        Time the function took.
    """

    value: Any = None
    error: str = ""
    trace: str = ""
    seconds: float = 0.0


class Launcher(Protocol):
    """Runs jobs; one that fails, or whose process is killed, leaves the others alone."""

    def submit(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Run jobs and yield each with its outcome as they finish, in any order.

        Closing the iterator early ends what still runs.
        """

    def close(self) -> None:
        """End everything that was started."""


def perform(job: Job) -> Outcome:
    """Run a job here and catch what goes wrong."""
    started = time.monotonic()
    try:
        value = job.work(job.argument)
    except MuseGNNError as error:
        return Outcome(error=str(error), seconds=time.monotonic() - started)
    except Exception as error:  # noqa: BLE001 - one failed job must not stop the others
        detail = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
        sentence = f"Expected the job to finish, found an error nobody foresaw: {detail}."
        return Outcome(
            error=sentence, trace=traceback.format_exc(), seconds=time.monotonic() - started
        )
    return Outcome(value=value, seconds=time.monotonic() - started)
