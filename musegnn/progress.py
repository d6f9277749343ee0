"""Progress of long work: a bar on a terminal, plain lines elsewhere, both with the time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from tqdm import tqdm


class Progress(Protocol):
    """What long work calls while it runs."""

    def start(self, label: str, total: int) -> None:
        """Begin a piece of work of `total` steps."""

    def advance(self, detail: str = "") -> None:
        """Count one step done; `detail` is a short text such as the current loss."""

    def finish(self) -> None:
        """End the piece of work."""

    def say(self, text: str) -> None:
        """Report one line that stays, such as a warning or a count."""


class Silent:
    """Progress that reports nothing, for tests and library calls."""

    def start(self, label: str, total: int) -> None:
        """Ignore."""

    def advance(self, detail: str = "") -> None:
        """Ignore."""

    def finish(self) -> None:
        """Ignore."""

    def say(self, text: str) -> None:
        """Ignore."""


class TerminalBar:
    """Progress drawn as one moving line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: tqdm | None = None

    def start(self, label: str, total: int) -> None:
        """Draw an empty bar."""
        self._bar = tqdm(total=total, desc=label, file=self._stream, dynamic_ncols=True)

    def advance(self, detail: str = "") -> None:
        """Move the bar by one step."""
        if self._bar is not None:
            self._bar.set_postfix_str(detail, refresh=False)
            self._bar.update()

    def finish(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def say(self, text: str) -> None:
        """Write a line above the bar."""
        tqdm.write(text, file=self._stream)


class PlainLines:
    """Progress as lines of text, at most one every few seconds, for logs and pipes.

    Parameters
    ----------
    stream
        Where the lines go.
    interval
        Least time between two lines, in seconds.
    clock
        Source of the time in seconds; replaced in tests.
    """

    def __init__(
        self, stream: TextIO, *, interval: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._interval = interval
        self._clock = clock
        self._label, self._total, self._done = "", 0, 0
        self._started = self._last_line = 0.0

    def start(self, label: str, total: int) -> None:
        """Begin counting."""
        self._label, self._total, self._done = label, total, 0
        self._started = self._last_line = self._clock()

    def advance(self, detail: str = "") -> None:
        """Count a step and print a line when enough time has passed or the work is done."""
        self._done += 1
        now = self._clock()
        if self._done < self._total and now - self._last_line < self._interval:
            return
        self._last_line = now
        elapsed = now - self._started
        left = elapsed / self._done * (self._total - self._done)
        suffix = f", {detail}" if detail else ""
        self.say(f"{self._label}: {self._done}/{self._total}, {left:.0f} s left{suffix}")

    def finish(self) -> None:
        """Nothing to close."""

    def say(self, text: str) -> None:
        """Print one line at once."""
        print(text, file=self._stream, flush=True)


def console_progress(stream: TextIO | None = None) -> Progress:
    """Return the progress that suits the console: a bar on a terminal, plain lines else."""
    stream = sys.stderr if stream is None else stream
    return TerminalBar(stream) if stream.isatty() else PlainLines(stream)


def peak_memory() -> float:
    """Largest memory of this process so far, in MiB."""
    import resource  # noqa: PLC0415 - there is none on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
