"""A build that runs beside the page: it can be watched, and stopped between two steps."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from musegnn.errors import MuseGNNError
from musegnn.progress import Progress

_LOGGER = logging.getLogger(__name__)
Result = TypeVar("Result")


class BuildCancelled(MuseGNNError):  # noqa: N818 - no error: the user wants it
    """Raised inside the work at the first report after it was cancelled."""


@dataclass(frozen=True)
class JobState:
    """What a page shows of running work.

    Parameters
    ----------
    step
        The step that runs now.
    done, total
        Number of steps done, and of all steps.
    seconds
        Time since the start.
    is_cancelled
        True when it was asked to stop and the running step has not ended yet.
    """

    step: str
    done: int
    total: int
    seconds: float
    is_cancelled: bool

    @property
    def share(self) -> float:
        """Share of steps done, 0 to 1."""
        return min(self.done / max(self.total, 1), 1.0)


@dataclass(frozen=True)
class Outcome(Generic[Result]):
    """How work ended: with a result, with an error, or cancelled.

    Parameters
    ----------
    result
        What the work returned, None unless it came to its end.
    error
        What it raised.
    is_cancelled
        True when it was stopped by the user; there is no result then.
    """

    result: Result | None = None
    error: Exception | None = None
    is_cancelled: bool = False


class BuildJob(Generic[Result]):
    """Work in a thread of its own that reports its steps and looks at a flag each time.

    The page is not drawn by that thread, so no press of a button can break it off half-way: it
    stops at a report, and what it made so far is dropped. It implements
    `musegnn.progress.Progress` for the work.

    Parameters
    ----------
    work
        Takes the progress to report to, returns the result.
    steps
        Names of the steps in their order; each `advance` ends one.
    clock
        Source of the time in seconds; replaced in tests.
    """

    def __init__(
        self,
        work: Callable[[Progress], Result],
        steps: Sequence[str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._work = work
        self._steps = tuple(steps)
        self._clock = clock
        self._started = clock()
        self._done = 0
        self._cancelled = threading.Event()
        self._outcome: Outcome[Result] | None = None
        # a daemon, so that a server that is stopped does not wait for it
        self._thread = threading.Thread(target=self._run, name="gene graph", daemon=True)

    def launch(self) -> None:
        """Start the work."""
        self._started = self._clock()
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to stop; it does at its next report."""
        self._cancelled.set()

    def wait(self, seconds: float) -> None:
        """Wait until the work has ended, at most so long."""
        self._thread.join(seconds)

    @property
    def outcome(self) -> Outcome[Result] | None:
        """How the work ended; None while it runs."""
        return self._outcome

    def state(self) -> JobState:
        """Return what to show now."""
        done = self._done
        return JobState(
            step=self._steps[min(done, len(self._steps) - 1)],
            done=done,
            total=len(self._steps),
            seconds=self._clock() - self._started,
            is_cancelled=self._cancelled.is_set(),
        )

    def start(self, label: str, total: int) -> None:
        """Look at the flag; names and number of the steps are known already."""
        self._stop_if_cancelled()

    def advance(self, detail: str = "") -> None:
        """Count a step and look at the flag."""
        self._done += 1
        self._stop_if_cancelled()

    def finish(self) -> None:
        """Look at the flag."""
        self._stop_if_cancelled()

    def say(self, text: str) -> None:
        """Look at the flag; the report holds the lines."""
        self._stop_if_cancelled()

    def _stop_if_cancelled(self) -> None:
        """Raise when the work shall stop."""
        if self._cancelled.is_set():
            msg = "Cancelled by the user."
            raise BuildCancelled(msg)

    def _run(self) -> None:
        """Do the work and keep how it ended; nothing may leave a thread."""
        try:
            result = self._work(self)
            self._stop_if_cancelled()
            self._outcome = Outcome(result=result)
        except BuildCancelled:
            self._outcome = Outcome(is_cancelled=True)
        except MuseGNNError as error:
            self._outcome = Outcome(error=error)
        except Exception as error:
            _LOGGER.exception("Unexpected error in a build")
            self._outcome = Outcome(error=error)
