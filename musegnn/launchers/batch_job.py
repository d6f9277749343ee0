"""One program as a job of a Slurm cluster that goes on without whoever sent it.

States are read from `squeue` and `scontrol`: `sacct` answers only where accounting is kept.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from musegnn.errors import InputError, RunError
from musegnn.launchers.jobs import THREAD_VARIABLES
from musegnn.validation import check_choice

# what may be asked of the cluster, under the names that sbatch gives it
PARAMETERS = (
    *("partition", "time", "mem", "account", "qos", "constraint", "nodelist", "exclude"),
    *("gres", "gpus_per_node", "comment"),
)
# the whole script: what it runs comes as arguments, so no text of a user is ever read by a shell
SCRIPT = '#!/bin/sh\nexec "$@"\n'
MINUTES = 24 * 60
WARNING_SECONDS = 90  # before the time is over, so that a checkpoint can be written
JobState = Literal["waiting", "running", "ending"]
_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.,:_@*=\[\]()&|+/-]{0,199}")
_WAITING = {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT", "SUSPENDED"}
_ENDING = {"COMPLETING", "STAGE_OUT", "SIGNALING"}
_RUNNING = {"RUNNING", "RESIZING", "STOPPED"}


def check_available() -> None:
    """Raise `InputError` when commands of Slurm are missing."""
    missing = [name for name in ("sbatch", "squeue", "scancel") if shutil.which(name) is None]
    if missing:
        msg = f"Expected the commands of Slurm, found no {', '.join(missing)}."
        raise InputError(msg, "Use the executor `local`, or a login node of a cluster.")


def read_parameters(texts: Sequence[str]) -> dict[str, str | int]:
    """Read parameters such as `partition=long`; numbers become numbers, `time` is in minutes.

    Raises
    ------
    InputError
        If one is not of the form NAME=VALUE or its name is not in `PARAMETERS`.
    """
    parameters: dict[str, str | int] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not (sign and value):
            msg = f"Expected a parameter for Slurm such as partition=long, found {text!r}."
            raise InputError(msg, "Write it as NAME=VALUE.")
        name = name.strip().lstrip("-").replace("-", "_")
        check_choice(name, PARAMETERS, name="slurm")
        parameters[name] = int(value) if value.isdigit() else value
    return parameters


def check_parameters(parameters: Mapping[str, str | int]) -> None:
    """Raise `InputError` unless names are allowed and values are plain words or numbers."""
    for name, value in parameters.items():
        check_choice(name, PARAMETERS, name="slurm")
        if not _VALUE.fullmatch(str(value)):
            msg = f"Expected a plain value for the Slurm parameter {name}, found {value!r}."
            raise InputError(msg, "Use letters, digits and signs such as `:` and `=`.")


def send_job(
    command: Sequence[str],
    *,
    name: str,
    log: Path,
    parameters: Mapping[str, str | int],
    threads: int,
    warning: int | None = WARNING_SECONDS,
    variables: Mapping[str, str] | None = None,
) -> str:
    """Send a program to the cluster.

    Parameters
    ----------
    command
        Program and arguments.
    name
        Name of the job, by which it can be found again.
    log
        What it says is appended here; on a folder that all nodes see.
    parameters
        As `check_parameters` lets through; `time` is in minutes.
    threads
        Cores of the job, and threads of the numerical libraries.
    warning
        Seconds before its time is over at which the program is told by the signal USR1; None sends
        no signal.
    variables
        Further variables of its environment; plain words.

    Returns
    -------
    Number of the job.

    Raises
    ------
    InputError
        If there is no Slurm here, or it refuses the job.
    """
    check_available()
    check_parameters(parameters)
    settings = {"time": MINUTES, **parameters}
    set_there = {**dict.fromkeys(THREAD_VARIABLES, str(threads)), **(variables or {})}
    exported = ",".join(f"{variable}={value}" for variable, value in set_there.items())
    pattern = str(log).replace("%", "%%")  # in file names it stands for numbers of the job
    options = [
        *("--parsable", f"--job-name={name}", f"--output={pattern}", "--open-mode=append"),
        # a node that fails gives the job back to the queue; a run goes on from its checkpoint
        *("--requeue", f"--cpus-per-task={threads}"),
        *([] if warning is None else [f"--signal=B:USR1@{warning}"]),
        f"--export=ALL,{exported}",
        *(f"--{key.replace('_', '-')}={value}" for key, value in sorted(settings.items())),
    ]
    done = _ask(["sbatch", *options, "/dev/stdin", *command], given=SCRIPT)
    if done is None or done.returncode:
        said = "no answer" if done is None else done.stderr.strip().splitlines()[-1:] or ["nothing"]
        detail = said if isinstance(said, str) else said[0]
        msg = f"Expected Slurm to accept the job, found: {detail.rstrip('.')}."
        raise InputError(msg, "Check the parameters for Slurm.")
    return done.stdout.strip().partition(";")[0]


def job_states() -> dict[str, JobState] | None:
    """States of all own jobs that have not ended, by number; None when Slurm gives no answer."""
    if shutil.which("squeue") is None:
        return None
    done = _ask(["squeue", "--me", "--noheader", "--format=%A %T"])
    if done is None or done.returncode:
        return None
    states: dict[str, JobState] = {}
    for line in done.stdout.splitlines():
        job, _, state = line.strip().partition(" ")
        if state in _WAITING:
            states[job] = "waiting"
        elif state in _RUNNING:
            states[job] = "running"
        elif state in _ENDING:
            states[job] = "ending"
    return states


def end_state(job: str) -> str:
    """Name of the state a job ended in, such as TIMEOUT; "no state" when Slurm forgot it."""
    done = _ask(["scontrol", "show", "job", _checked(job)])
    state = None if done is None else re.search(r"JobState=(\w+)", done.stdout)
    return "no state" if state is None else state[1]


def signal_job(job: str, *, name: str) -> None:
    """Ask a running job of that name to end by itself; one of another name is left alone."""
    _ask(["scancel", "--batch", "--signal=TERM", f"--name={name}", _checked(job)])


def end_job(job: str, *, name: str = "") -> None:
    """End a job by force, or take it out of the queue; with a name only when it is its own."""
    _ask(["scancel", *([f"--name={name}"] if name else []), _checked(job)])


def requeue_job(job: str) -> bool:
    """Put a job back into the queue; True when Slurm agrees."""
    done = _ask(["scontrol", "requeue", _checked(job)])
    return done is not None and done.returncode == 0


def _checked(job: str) -> str:
    """Return the number of a job, which may come from a file that somebody edited."""
    if re.fullmatch(r"\d{1,12}", job):
        return job
    msg = f"Expected the number of a job, found {job[:40]!r}."
    raise RunError(msg, "launch.json of the run was changed by hand.")


def _ask(command: list[str], *, given: str = "") -> subprocess.CompletedProcess[str] | None:
    """Run a command of Slurm; None when it cannot be run or does not answer."""
    try:
        return subprocess.run(
            command, input=given, capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
