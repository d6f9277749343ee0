"""What is known of one run, put together from the small files of its folder."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from musegnn import keys
from musegnn.access.visitor import LOCAL
from musegnn.errors import RunError
from musegnn.launchers.batch_job import JobState
from musegnn.launchers.processes import boot_id, monotonic, this_machine
from musegnn.runs import files
from musegnn.runs.config import RunConfig, read_run_config
from musegnn.runs.identifiers import RUN_ID, folder_of, time_of
from musegnn.runs.launches import badge_of, find_process
from musegnn.runs.owning import check_visible, read_owner
from musegnn.runs.result import look_at_result
from musegnn.runs.states import ACTIVE, RESUMABLE, Evidence, State, derive_state


@dataclass(frozen=True)
class RunRecord:
    """One run as lists and pages show it.

    Parameters
    ----------
    run_id, folder
        Id, and the folder of that name.
    name
        Name for people.
    state
        See `musegnn.runs.states`.
    message, hint
        What it does, or what went wrong and what to do.
    config
        Its configuration; None when that cannot be used.
    kind, preset, seed, config_hash
        Of the configuration; read off the id when there is none. The hash has 64 digits, or the
        six of the id.
    device
        Where it computes: `CPU`, `GPU 0`, with the host when that is another.
    executor
        What started it: "local", "slurm" or "inprocess".
    attempt
        How many times it was started or asked to start.
    epoch, epochs
        Epochs done, and of all.
    step, steps, stage
        The same of work without epochs: steps of the piece of work it is at, and its name.
    loss, best, best_name, best_epoch
        Last loss; best value, what it is ("loss", smaller is better, or "validation AUROC", larger
        is better), and in which epoch it was reached. None before the first epoch.
    seconds, seconds_left
        Time in training, and estimate of what is left; None when not known.
    memory_mib
        Largest memory so far in MiB, of the device on a GPU.
    created, started, ended
        When it was asked for, when the last attempt began, when it ended; None when not known.
        What was ended by force or is lost said no last word: there it is the wish to stop it, or
        its last sign of life.
    heartbeat_age
        Seconds since it gave a sign of life; None when it gave none.
    queue_place
        Place in the queue from 1; 0 when it does not wait.
    process, mark
        Number and start of its process on this machine; 0 and "" when there is none here.
    badge
        What its launch put into the environment of that process; "" for one that nobody launched.
    owner, owner_name
        Id and name of whose it is.
    made_by
        Name of who made it elsewhere, as its file says; "" when it was made here.
    job, is_job_there
        Number of its job on a cluster, "" without one, and whether the cluster still has it.
    """

    run_id: str
    folder: Path
    name: str
    state: State
    message: str = ""
    hint: str = ""
    config: RunConfig | None = field(default=None, repr=False)
    kind: str = ""
    preset: str = ""
    seed: int = 0
    config_hash: str = ""
    device: str = ""
    executor: str = ""
    attempt: int = 1
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    stage: str = ""
    loss: float | None = None
    best: float | None = None
    best_name: str = ""
    best_epoch: int = 0
    seconds: float = 0.0
    seconds_left: float | None = None
    memory_mib: float = 0.0
    created: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    heartbeat_age: float | None = None
    queue_place: int = 0
    process: int = 0
    mark: str = ""
    badge: str = ""
    owner: str = LOCAL.id
    owner_name: str = LOCAL.name
    made_by: str = ""
    job: str = ""
    is_job_there: bool = False

    @property
    def method(self) -> str:
        """The kind, by the name that tables and scripts know it by."""
        return self.kind

    @property
    def counted(self) -> tuple[int, int]:
        """Epochs done, and of all; of work without epochs the steps."""
        return (self.epoch, self.epochs) if self.epochs else (self.step, self.steps)

    @property
    def progress(self) -> float:
        """Share of the epochs or steps done, 0 to 1; 1 only when the run is finished."""
        done, of_all = self.counted
        if self.state == "finished":
            return 1.0
        return min(done / of_all, 0.999) if of_all else 0.0

    @property
    def is_active(self) -> bool:
        """True while it waits or goes on, so that looking again is worth while."""
        return self.state in ACTIVE

    @property
    def can_cancel(self) -> bool:
        """True while there is something to stop."""
        return self.is_active or self._is_silent

    @property
    def can_resume(self) -> bool:
        """True when it ended without a result and its configuration is sound."""
        return self.state in RESUMABLE and self.config is not None and not self._is_silent

    @property
    def can_delete(self) -> bool:
        """True when no process can be at work on it."""
        return not self.is_active and not self._is_silent

    @property
    def _is_silent(self) -> bool:
        """True when it counts as lost, but a process or a job of it is there."""
        return self.state == "lost" and (self.process > 0 or self.is_job_there)

    @property
    def can_open(self) -> bool:
        """True when its result can be opened as a map: when there is an embedding in it."""
        embedding = self.folder / files.RESULT / keys.EMBEDDING_FILE
        return self.state == "finished" and embedding.is_file()


def read_record(
    root: Path, run_id: str, *, jobs: Mapping[str, JobState] | None = None
) -> RunRecord:
    """Read what is known of a run.

    Parameters
    ----------
    root
        Folder of all runs.
    run_id
        Id of the run.
    jobs
        As `musegnn.launchers.batch_job.job_states` returns; None when the cluster was not asked, or
        gives no answer.

    Raises
    ------
    RunError
        If there is no such run, or whoever acts may not see it. Files that were damaged or changed
        by hand raise nothing: the state and the message tell.
    """
    folder = folder_of(root, run_id)
    check_visible(folder)
    record = record_of(folder, jobs=jobs)
    folder_of(root, run_id)  # what was moved away while it was read looks like a broken run
    return record


def record_of(folder: Path, *, jobs: Mapping[str, JobState] | None = None) -> RunRecord:
    """Read what is known of the run in a folder; see `read_record`."""
    config, config_problem = _read_config(folder)
    request, launch = (files.read_json(folder / name) for name in (files.REQUEST, files.LAUNCH))
    attempt = max(files.whole_number(request, "attempt", 1), 1)
    launched = files.whole_number(launch, "attempt")
    status = files.read_json(folder / files.STATUS)
    is_old = files.whole_number(status, "attempt") < launched  # said in an attempt before
    status_now = None if is_old else status
    process, pid, mark = find_process(folder, launch, status_now)
    heartbeat = _age(status_now, "heartbeat")
    job = files.text(launch, "job", longest=20) if launched else ""
    job_state = _job_state(job, jobs)
    if job_state is not None:  # the cluster knows better than a number that may be of an old node
        process, pid, mark = "unknown", 0, ""
    seen = Evidence(
        requested=attempt,
        launched=launched,
        config_problem=config_problem,
        launch_problem=files.text(launch, "problem"),
        launch_age=_age(launch, "launched"),
        process=process,
        is_born=pid > 0 or bool(job),
        job=job_state,
        reported=files.text(status_now, "state", longest=20),
        heartbeat_age=heartbeat,
        is_stop_asked=is_stop_asked(folder, attempt),
        result=look_at_result(folder),
        has_checkpoint=(folder / files.CHECKPOINT).is_file(),
    )
    state, reason = derive_state(seen)
    said = files.text(status_now, "message")
    ended_by = files.text(launch, "ended_by", longest=200)
    message, hint = _explain(folder, state, reason, said=said, ended_by=ended_by, attempt=attempt)
    is_over = state not in ACTIVE
    owner = read_owner(folder)
    return RunRecord(
        run_id=folder.name,
        folder=folder,
        name=_name(folder, config),
        state=state,
        message=message,
        hint=hint,
        attempt=attempt,
        device=_device(config, launch),
        executor=files.text(request, "executor", longest=20) or (config.executor if config else ""),
        heartbeat_age=None if is_over and state != "lost" else heartbeat,
        process=pid if process == "alive" else 0,
        mark=mark if process == "alive" else "",
        badge=badge_of(folder, launch) if process == "alive" else "",
        owner=owner.id,
        owner_name=owner.name,
        made_by=owner.made_by,
        job=job,
        is_job_there=job_state in {"waiting", "running", "ending"},
        started=files.moment(status, "started_time"),
        ended=_ended(folder, status, attempt) if is_over else None,
        **_from_config(folder, config),
        **_from_status(status, config, is_active=state in {"running", "stopping"}),
    )


def _ended(folder: Path, status: dict[str, Any] | None, attempt: int) -> datetime | None:
    """When a run that is over ended, as far as its folder shows."""
    told = files.moment(status, "ended_time"), files.moment(status, "heartbeat_time")
    if files.whole_number(status, "attempt") >= attempt and told[0] is not None:
        return told[0]
    cancelled = files.read_json(folder / files.CANCEL) if is_stop_asked(folder, attempt) else None
    return files.moment(cancelled, "cancelled_time") or told[0] or told[1]


def is_stop_asked(folder: Path, attempt: int) -> bool:
    """True when this attempt of a run was asked to stop."""
    if not (folder / files.CANCEL).exists():
        return False
    # a file of that name that cannot be read still is a wish to stop
    cancel = files.read_json(folder / files.CANCEL)
    return cancel is None or files.whole_number(cancel, "attempt", attempt) >= attempt


def _read_config(folder: Path) -> tuple[RunConfig | None, str]:
    """Return the configuration, or why there is none."""
    try:
        return read_run_config(folder), ""
    except RunError as error:
        return None, str(error)


def _from_config(folder: Path, config: RunConfig | None) -> dict[str, Any]:
    """Fields that the configuration tells, or the id where it cannot be used."""
    if config is not None:
        return {
            "config": config,
            "kind": config.kind,
            "preset": config.preset,
            "seed": config.seed,
            "config_hash": config.config_hash,
            "created": config.created,
        }
    found = RUN_ID.fullmatch(folder.name)
    if found is None:
        return {}
    return {
        "kind": found["kind"],
        "seed": int(found["seed"]),
        "config_hash": found["hash"],
        "created": time_of(folder.name),
    }


def _from_status(
    status: dict[str, Any] | None, config: RunConfig | None, *, is_active: bool
) -> dict[str, Any]:
    """Fields that the run itself told last, be it in an attempt before."""
    return {
        "epoch": files.whole_number(status, "epoch"),
        "epochs": config.epochs if config else files.whole_number(status, "epochs"),
        "step": files.whole_number(status, "step"),
        "steps": files.whole_number(status, "steps"),
        "stage": files.text(status, "stage", longest=100),
        "loss": files.number(status, "loss"),
        "best": files.number(status, "best"),
        "best_name": files.text(status, "best_name", longest=40),
        "best_epoch": files.whole_number(status, "best_epoch"),
        "seconds": files.number(status, "seconds") or 0.0,
        "seconds_left": files.number(status, "seconds_left") if is_active else None,
        "memory_mib": files.number(status, "memory_mib") or 0.0,
    }


def _age(values: dict[str, Any] | None, key: str) -> float | None:
    """Seconds since a moment that a file tells.

    On the same start of the same machine its steady clock decides, so that a clock that is set
    anew makes nobody old; elsewhere the calendar has to do.
    """
    steady = files.number(values, f"{key}_steady")
    machine = files.text(values, "machine", longest=300).split("/")
    if steady is not None and boot_id() and len(machine) == 3 and machine[1] == boot_id():
        return max(0.0, monotonic() - steady)
    moment = files.number(values, f"{key}_time")
    return None if moment is None else abs(time.time() - moment)


def _job_state(job: str, jobs: Mapping[str, JobState] | None) -> Any:
    """State of a job on the cluster; None without one, or when the cluster gives no answer."""
    if not job or jobs is None:
        return None
    return jobs.get(job, "gone")


def _explain(
    folder: Path, state: State, reason: str, *, said: str, ended_by: str, attempt: int
) -> tuple[str, str]:
    """Sentence about what a run does or what went wrong, and what to do."""
    if state == "failed":
        error = files.read_json(folder / files.ERROR)
        is_new = files.whole_number(error, "attempt") >= attempt
        if error is not None and is_new and not reason:
            return files.text(error, "message"), files.text(error, "hint")
    if state == "lost":
        hint = "Resume it: it goes on from its last checkpoint."
        return " ".join(part for part in (reason, ended_by) if part), hint
    return reason or said, ""


def _name(folder: Path, config: RunConfig | None) -> str:
    """Name for people: the newest one, the first one, or the id."""
    label = files.text(files.read_json(folder / files.LABEL), "name", longest=100)
    return label or (config.name if config else folder.name)


def _device(config: RunConfig | None, launch: dict[str, Any] | None) -> str:
    """Where a run computes or will compute."""
    asked = {"cpu": "CPU", "cuda": "GPU"}[config.device] if config else ""
    place = files.text(launch, "device", longest=60) or asked
    host = files.text(launch, "machine", longest=300).split("/")[0]
    is_here = not host or host == this_machine().split("/")[0]
    return place if is_here else f"{place} of {host}"
