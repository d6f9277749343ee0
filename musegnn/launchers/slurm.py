"""Jobs on a Slurm cluster, waited for: each is a program that leaves its outcome in a file."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from musegnn.errors import MuseGNNError
from musegnn.launchers.batch_job import (
    check_available,
    end_job,
    end_state,
    job_states,
    send_job,
)
from musegnn.launchers.jobs import Job, Outcome
from musegnn.launchers.on_node import read_outcome, write_job

MINUTES = 120
MOST_AT_ONCE = 1000  # a cluster's default
PATIENCE = 30.0  # seconds for cancelled jobs to end


class SlurmLauncher:
    """Runs jobs as jobs of a Slurm cluster, one task and one core each.

    Parameters
    ----------
    folder
        Folder for job files and logs that all nodes see; removed by `close` unless a job left
        nothing but a log.
    at_once
        How many jobs may wait or run there at the same time.
    parameters
        As returned by `musegnn.launchers.batch_job.read_parameters`.
    seconds_between_looks
        Time between two looks at the queue.
    seconds_for_results
        Time that a result may take to appear on the shared folder after its job has ended.

    Raises
    ------
    InputError
        If Slurm is missing here.
    """

    def __init__(
        self,
        folder: Path,
        *,
        at_once: int | None = None,
        parameters: Mapping[str, str | int] | None = None,
        seconds_between_looks: float = 5.0,
        seconds_for_results: float = 15.0,
    ) -> None:
        check_available()
        self._folder = Path(folder).resolve()
        self._at_once = at_once or MOST_AT_ONCE
        self._parameters = {"time": MINUTES, **(parameters or {})}
        self._between_looks = seconds_between_looks
        self._for_results = seconds_for_results
        self._keeps_logs = False

    def submit(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Run jobs and yield each with its outcome as they finish; see `Launcher.submit`."""
        waiting = list(reversed(jobs))
        sent: dict[str, tuple[Job, Path]] = {}  # by the number of the cluster
        gone_since: dict[str, float] = {}
        next_look = 0.0
        try:
            while waiting or sent:
                while waiting and len(sent) < self._at_once:
                    number, job, file = self._send(waiting.pop())
                    sent[number] = job, file
                for number, (job, file) in list(sent.items()):
                    outcome = read_outcome(job, file)
                    if outcome is not None:
                        del sent[number]
                        yield job, outcome
                now = time.monotonic()
                if now >= next_look:
                    next_look = now + self._between_looks
                    states = job_states()
                    if states is not None:  # one put back after a node failed is there again
                        gone_since = {n: gone_since.get(n, now) for n in sent if n not in states}
                for number, since in gone_since.items():
                    if number in sent and now - since >= self._for_results:
                        job, file = sent.pop(number)
                        self._keeps_logs = True
                        yield job, _explain_loss(number, _log(file))
                if sent:
                    time.sleep(min(0.5, self._between_looks))
        finally:
            _cancel(sent)

    def close(self) -> None:
        """Remove the job files, unless a log is all that is left of a job."""
        if not self._keeps_logs:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _send(self, job: Job) -> tuple[str, Job, Path]:
        """Send one job; return its number, itself and the file of its argument."""
        file = self._folder / f"{uuid.uuid4().hex[:12]}.json"
        number = send_job(
            write_job(job, file),
            name=f"musegnn-{job.name}",
            log=_log(file),
            parameters=self._parameters,
            threads=1,
            warning=None,
        )
        return number, job, file


def _log(file: Path) -> Path:
    """Where a job says what it does."""
    return file.with_suffix(".log")


def _cancel(numbers: Mapping[str, object]) -> None:
    """Cancel jobs and wait until they have ended."""
    for number in numbers:
        end_job(number)
    deadline = time.monotonic() + PATIENCE
    while numbers and time.monotonic() < deadline:
        states = job_states()
        if states is not None and not set(states) & set(numbers):
            return
        time.sleep(0.5)


def _explain_loss(number: str, log: Path) -> Outcome:
    """Say how a job ended that left no result."""
    state = end_state(number)
    hint = {
        "TIMEOUT": "Give more minutes with `--slurm time=MINUTES`.",
        "OUT_OF_MEMORY": "Give more memory with `--slurm mem=16GB`.",
    }.get(state, f"Its log is {log}.")
    error = MuseGNNError(f"Expected job {number} to leave a result, found {state}.", hint)
    return Outcome(error=str(error))
