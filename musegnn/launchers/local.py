"""Jobs in processes of this machine.

The pool of the standard library gives up all its jobs when one of its processes is killed, and does
not tell whose fault it was. Here every process has a pipe of its own: when one ends, its job is
known, and a new process takes its place.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait

from musegnn.launchers.jobs import THREAD_VARIABLES, Job, Outcome, perform
from musegnn.validation import check_positive

PATIENCE = 5.0  # seconds for a process to end by itself


def count_cores() -> int:
    """Number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class LocalLauncher:
    """Runs jobs in a fixed number of processes.

    Parameters
    ----------
    at_once
        Number of processes.
    threads
        Threads of the numerical libraries in each process.
    """

    def __init__(self, at_once: int, *, threads: int = 1) -> None:
        check_positive(at_once, name="jobs")
        self._at_once = at_once
        self._threads = threads
        self._idle: list[_Worker] = []

    def submit(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Run jobs and yield each with its outcome as they finish; see `Launcher.submit`."""
        waiting = list(reversed(jobs))
        busy: dict[Connection, _Worker] = {}
        try:
            while waiting or busy:
                while waiting and len(busy) < self._at_once:
                    worker = self._idle.pop() if self._idle else _Worker(self._threads)
                    busy[worker.connection] = worker
                    worker.start(waiting.pop())
                ready = wait(list(busy))
                for connection in [c for c in busy if c in ready]:
                    worker = busy.pop(connection)
                    job, outcome = worker.collect()
                    if worker.is_alive:
                        self._idle.append(worker)
                    yield job, outcome
        finally:
            for worker in busy.values():
                worker.end()

    def close(self) -> None:
        """End the processes."""
        while self._idle:
            self._idle.pop().end()


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, far = context.Pipe()
        self._process = context.Process(target=_serve, args=(far,), daemon=True)
        self._job: Job | None = None
        self._started = 0.0
        with _one_environment(threads), _no_interrupt():
            self._process.start()
        far.close()  # else the end of the process would not show on the pipe
        self.is_alive = True

    def start(self, job: Job) -> None:
        """Hand over a job."""
        self._job, self._started = job, time.monotonic()
        try:
            self.connection.send(job)
        except OSError:  # it was killed while idle: `collect` finds out
            return

    def collect(self) -> tuple[Job, Outcome]:
        """Return the job and its outcome, which is a failure when the process ended."""
        job = self._job
        if job is None:
            msg = "no job was started"
            raise RuntimeError(msg)
        try:
            return job, self.connection.recv()
        except (EOFError, OSError):
            self.end()
            error = f"Expected the job to finish, found its process {self._how_it_ended()}"
            return job, Outcome(error=error, seconds=time.monotonic() - self._started)

    def end(self) -> None:
        """End the process, at once when it is at work."""
        self.is_alive = False
        self.connection.close()  # an idle process ends by this
        self._process.join(0.1)
        self._process.terminate()
        self._process.join(PATIENCE)
        self._process.kill()
        self._process.join()

    def _how_it_ended(self) -> str:
        """Say what the exit code means."""
        code = self._process.exitcode or 0
        if code >= 0:
            return f"ended with exit code {code}."
        name = signal.Signals(-code).name
        hint = " Often this means too little memory: run fewer at once." if code == -9 else ""
        return f"killed by {name}.{hint}"


def _serve(connection: Connection) -> None:
    """Perform jobs until the other side hangs up."""
    while True:
        try:
            job = connection.recv()
        except (EOFError, OSError):
            return
        outcome = perform(job)
        try:
            connection.send(outcome)
        except OSError:
            return


@contextmanager
def _one_environment(threads: int) -> Iterator[None]:
    """Set the number of threads for a process that starts in the block."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Let a process that starts in the block never see Ctrl-C: who started it ends it.

    A terminal sends Ctrl-C to all processes. It is held back here, not lost.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # it would let the signal through when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
