"""Jobs on a Slurm cluster, through submitit.

States are read from `squeue` and `scontrol`: submitit asks `sacct`, which a cluster without
accounting does not have.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from musegnn.errors import InputError, MuseGNNError
from musegnn.launchers.jobs import THREAD_VARIABLES, Job, Outcome, perform
from musegnn.validation import check_choice

# what may be asked of the cluster, under the names that sbatch gives it
PARAMETERS = (
    *("partition", "time", "mem", "account", "qos", "constraint", "nodelist", "exclude"),
    *("gres", "gpus_per_node", "comment"),
)
MINUTES = 120  # submitit's own default of 5 is too short for a large job
LARGEST_ARRAY = 1000  # a cluster's default
PATIENCE = 30.0  # seconds for cancelled jobs to end


def read_parameters(texts: Sequence[str]) -> dict[str, str | int]:
    """Read parameters such as `partition=long`; numbers become numbers, `time` is in minutes.

    Raises
    ------
    InputError
        If one is not of the form NAME=VALUE or its name is not in `PARAMETERS`.
    """
    found: dict[str, str | int] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not (sign and value):
            msg = f"Expected a parameter for Slurm such as partition=long, found {text!r}."
            raise InputError(msg, "Write it as NAME=VALUE.")
        name = name.strip().lstrip("-").replace("-", "_")
        check_choice(name, PARAMETERS, name="slurm")
        found[name] = int(value) if value.isdigit() else value
    return found


class SlurmLauncher:
    """Runs jobs as arrays of Slurm jobs, one task and one core each.

    Parameters
    ----------
    folder
        Folder for job files and logs that all nodes see; removed by `close` unless a job left
        nothing but a log.
    at_once
        How many jobs may run at the same time; None leaves it to the cluster.
    parameters
        As returned by `read_parameters`.
    seconds_between_looks
        Time between two looks at the queue.
    seconds_for_results
        Time that a result may take to appear on the shared folder after its job has ended.

    Raises
    ------
    InputError
        If submitit or Slurm is missing here.
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
        self._at_once = at_once or LARGEST_ARRAY
        self._parameters = dict(parameters or {})
        self._between_looks = seconds_between_looks
        self._for_results = seconds_for_results
        # unique, so that exactly these jobs are listed and cancelled
        self._name = f"musegnn-{uuid.uuid4().hex[:8]}"
        self._keeps_logs = False

    def submit(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Run jobs and yield each with its outcome as they finish; see `Launcher.submit`."""
        waiting: list[tuple[Job, Any]] = []
        try:
            for start in range(0, len(jobs), LARGEST_ARRAY):
                waiting += self._send(jobs[start : start + LARGEST_ARRAY])
            yield from self._collect(waiting)
        finally:
            if jobs and list_queue(self._name) != frozenset():
                self._cancel()

    def close(self) -> None:
        """Remove the job files, unless a log is all that is left of a job."""
        if not self._keeps_logs:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _send(self, jobs: Sequence[Job]) -> list[tuple[Job, Any]]:
        """Submit one array."""
        import submitit  # noqa: PLC0415 - only a cluster needs it

        executor = submitit.SlurmExecutor(self._folder)
        settings = {"time": MINUTES, **self._parameters}
        try:
            executor.update_parameters(
                job_name=self._name,
                cpus_per_task=1,
                array_parallelism=self._at_once,
                # before Python starts: the numerical libraries read it when they are loaded
                setup=[f"export {name}=1" for name in THREAD_VARIABLES],
                **settings,
            )
            handles = executor.map_array(_perform_on_node, jobs)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            detail = next((x for x in reversed(str(error).splitlines()) if x.strip()), "no reason")
            msg = f"Expected Slurm to accept the jobs, found: {detail.strip()}"
            raise InputError(msg, "Check the parameters given with `--slurm`.") from error
        return list(zip(jobs, handles, strict=True))

    def _collect(self, waiting: list[tuple[Job, Any]]) -> Iterator[tuple[Job, Outcome]]:
        """Yield outcomes until none is missing."""
        gone_since: dict[str, float] = {}
        next_look = 0.0
        while waiting:
            done = [pair for pair in waiting if _has_result(pair[1])]
            waiting = [pair for pair in waiting if pair not in done]
            for job, handle in done:
                yield job, _read_result(handle)
            now = time.monotonic()
            if now >= next_look:
                next_look = now + self._between_looks
                queue = list_queue(self._name)
                for _, handle in waiting:
                    if queue is not None and handle.job_id not in queue:
                        gone_since.setdefault(handle.job_id, now)
                    elif queue is not None:  # put back into the queue after a node failed
                        gone_since.pop(handle.job_id, None)
            lost = [
                pair
                for pair in waiting
                if now - gone_since.get(pair[1].job_id, now) >= self._for_results > 0
            ]
            waiting = [pair for pair in waiting if pair not in lost]
            for job, handle in lost:
                self._keeps_logs = True
                yield job, _explain_loss(handle)
            if waiting:
                time.sleep(min(0.5, self._between_looks))

    def _cancel(self) -> None:
        """Cancel all jobs of this launcher and wait until they have ended."""
        _ask("scancel", "--me", f"--name={self._name}")
        deadline = time.monotonic() + PATIENCE
        while list_queue(self._name) and time.monotonic() < deadline:
            time.sleep(0.5)


def check_available() -> None:
    """Raise `InputError` when submitit or the commands of Slurm are missing."""
    if importlib.util.find_spec("submitit") is None:
        msg = "Expected the package submitit for `--executor slurm`, found none."
        raise InputError(msg, "Install it with `pip install submitit`, or leave the option out.")
    missing = [name for name in ("sbatch", "squeue", "scancel") if shutil.which(name) is None]
    if missing:
        msg = f"Expected the commands of Slurm, found no {', '.join(missing)}."
        raise InputError(msg, "Run it on a login node of the cluster, or use `--executor local`.")


def list_queue(name: str) -> frozenset[str] | None:
    """Return the ids of the jobs of that name that wait or run; None when Slurm gives no answer."""
    answer = _ask("squeue", "--me", f"--name={name}", "--array", "--noheader", "--format=%i")
    return None if answer is None else frozenset(answer.split())


def _ask(*command: str) -> str | None:
    """Run a command of Slurm; None when it fails, as it does while the controller restarts."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _perform_on_node(job: Job) -> Outcome:
    """Perform a job on a node of the cluster."""
    # submitit ignores this signal, and a cancelled job would go on until it is killed
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return perform(job)


def _has_result(handle: Any) -> bool:
    """True when the result of a job stands on the shared folder."""
    return handle.paths.result_pickle.exists()


def _read_result(handle: Any) -> Outcome:
    """Return the outcome that a job left."""
    try:
        return handle.result()
    except Exception as error:  # noqa: BLE001 - submitit raises what happened around the job
        lines = [line for line in str(error).splitlines() if line.strip(" -")]
        detail = next((line for line in reversed(lines) if "Error" in line), "no reason")
        sentence = f"Expected the job to finish, found: {detail.strip().rstrip('.')}."
        return Outcome(error=sentence, trace=str(error))


def _explain_loss(handle: Any) -> Outcome:
    """Say how a job ended that left no result."""
    answer = _ask("scontrol", "show", "job", handle.job_id) or ""
    state = re.search(r"JobState=(\w+)", answer)
    found = state.group(1) if state else "no state"
    hint = {
        "TIMEOUT": "Give more minutes with `--slurm time=MINUTES`.",
        "OUT_OF_MEMORY": "Give more memory with `--slurm mem=16GB`.",
    }.get(found, f"Its log is {handle.paths.stderr}.")
    error = MuseGNNError(f"Expected job {handle.job_id} to leave a result, found {found}.", hint)
    return Outcome(error=str(error))
