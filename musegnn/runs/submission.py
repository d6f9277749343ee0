"""Ask for runs: their folders are made whole, then whatever starts them is told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from musegnn.access.owners import Owner, owner_for
from musegnn.access.visitor import acting
from musegnn.errors import InputError, MuseGNNError, RunError
from musegnn.launchers.batch_job import send_job
from musegnn.launchers.detached import module_command, start_orphan
from musegnn.launchers.file_lock import locked, try_lock
from musegnn.launchers.processes import BADGE
from musegnn.runs import files
from musegnn.runs.config import Executor, RunConfig, read_run_config, write_run_config
from musegnn.runs.identifiers import LOCKS, TRASH, check_run_id, make_run_id
from musegnn.runs.launches import badge_of, describe_launch
from musegnn.runs.listing import list_run_folders, list_runs
from musegnn.runs.owning import write_owner
from musegnn.runs.record import RunRecord, read_record, record_of
from musegnn.runs.request import RunRequest, resolve
from musegnn.runs.shares import at_once, check_room
from musegnn.runs.staging import folder_beside, refuse
from musegnn.settings import Settings

DISPATCHER_LOCK = "dispatcher.lock"
DISPATCHER_LOG = "dispatcher.log"
_ASKING = "asking.lock"
_CONTROL = "control"  # folder of the locks by which one at a time decides about a run
Perform = Callable[[Path], object]


class AlreadyAskedError(RunError):
    """A run that was asked for goes on already.

    Parameters
    ----------
    run_ids
        Ids of the runs that go on with the same settings, inputs and device.
    """

    def __init__(self, run_ids: list[str]) -> None:
        super().__init__(f"Expected new runs, found that {run_ids[0]} goes on already.")
        self.run_ids = tuple(run_ids)


def submit(
    request: RunRequest,
    *,
    executor: Executor = "local",
    root: Path | None = None,
    perform: Perform | None = None,
    is_repeated: bool = True,
) -> list[RunRecord]:
    """Ask for one run for each seed.

    Parameters
    ----------
    request
        As returned by `make_request` or `read_request`.
    executor
        "local" starts them on this machine, one after the other or as many as there are devices,
        and returns at once; "slurm" sends them to the cluster; "inprocess" runs them here and now.
    root
        Folder of all runs; default: the one of the settings (`MUSEGNN_RUNS`).
    perform
        What does the work, for "inprocess": `perform` of `musegnn.worker.perform`, which cannot be
        loaded from here.
    is_repeated
        Start also what waits or goes on already with the same settings, inputs and device.

    Returns
    -------
    What is known of each new run.

    Raises
    ------
    AccessError
        If whoever acts may not start runs.
    AlreadyAskedError
        If one of them goes on and is not to be repeated. Of two who ask at the same moment the
        second finds the runs of the first.
    InputError, DataFileError
        If the request cannot be met, the folder cannot be written, or too many runs wait already;
        no run is made then.
    """
    acting().check_may("run")
    root = runs_root(root)
    if executor == "inprocess" and perform is None:
        msg = "Expected what is to be run in this process, found nothing."
        raise InputError(msg, "Give `perform` of `musegnn.worker.perform`.")
    configs = resolve(request, executor=executor)
    with asking(root):
        hashes = set() if is_repeated else {config.config_hash for config in configs}
        same = [r.run_id for r in list_runs(root) if r.is_active and r.config_hash in hashes]
        if same:
            raise AlreadyAskedError(same)
        check_room(root, configs)
        folders = make_runs(root, configs)
        made = [record_of(folder) for folder in folders]
    for folder in folders:
        begin(folder, executor=executor, perform=perform)
    return [look_again(record) for record in made]


@contextmanager
def asking(root: Path) -> Iterator[None]:
    """Let only one at a time ask for runs, so that what he counted stays so until they are made.

    Raises
    ------
    RunError
        If others take too long.
    """
    with locked(root / LOCKS / _ASKING, patience=60.0):
        yield


def runs_root(root: Path | None) -> Path:
    """Return the folder of all runs, made when missing.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    root = (Settings.from_environment().runs if root is None else Path(root)).absolute()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"Expected to be able to make the folder {root}, found: {error.strerror or error}."
        raise InputError(msg, "Choose another folder for runs with MUSEGNN_RUNS.") from error
    return root


def make_run(root: Path, config: RunConfig, *, owner: Owner | None = None) -> Path:
    """Make the folder of a run; see `make_runs`."""
    return make_runs(root, [config], owner=owner)[0]


def make_runs(
    root: Path, configs: Sequence[RunConfig], *, owner: Owner | None = None
) -> list[Path]:
    """Make the folders of runs for `owner` or whoever acts: all or none, each whole at once.

    Raises
    ------
    DataFileError
        If the folder cannot be written.
    """
    try:
        with folder_beside(root) as beside:
            made = []
            for number, config in enumerate(configs):
                made.append(beside / str(number))
                made[-1].mkdir()
                write_run_config(made[-1], config)
                write_owner(made[-1], owner or owner_for())
                write_request(made[-1], 1, executor=config.executor)
                (made[-1] / files.LOG).touch()
                files.reserve_space(made[-1])
            return [_name(*pair, root) for pair in zip(made, configs, strict=True)]
    except OSError as error:
        refuse(error, "write into", root)


def _name(made: Path, config: RunConfig, root: Path) -> Path:
    """Move a new run to the name of its moment.

    A second run of the same second, settings and name gets the next second, and so does one whose
    name is taken in the trash: what comes back from there finds its place free.
    """
    moment = config.created
    while True:
        run_id = make_run_id(
            name=config.name,
            kind=config.kind,
            seed=config.seed,
            config_hash=config.config_hash,
            time=moment,
        )
        if not (root / TRASH / run_id).exists():
            try:
                os.rename(made, root / run_id)  # noqa: PTH104 - fails where one is, as it should
            except OSError:
                if not (root / run_id).exists():
                    raise
            else:
                return root / run_id
        moment += timedelta(seconds=1)


def look_again(record: RunRecord) -> RunRecord:
    """Return what is known now of a run, or was last, should somebody have deleted it since."""
    try:
        return read_record(record.folder.parent, record.run_id)
    except RunError:
        return record


def write_request(folder: Path, attempt: int, *, executor: Executor) -> None:
    """Say that a run is to be started for the n-th time, and by what."""
    asked = {
        "attempt": attempt,
        "executor": executor,
        "requested_time": time.time(),
        "at_once": at_once(),
    }
    files.write_json(folder / files.REQUEST, asked)


@contextmanager
def deciding(root: Path, run_id: str) -> Iterator[Path]:
    """Let only one at a time decide about an id, whether there is a run of it or not.

    Yields
    ------
    Path of the run.

    Raises
    ------
    RunError
        If another one takes too long.
    """
    # the lock lies outside: one in a folder that is moved away would make a ghost of it
    name = f"{check_run_id(run_id)}.lock"
    with locked(Path(root) / LOCKS / _CONTROL / name):
        yield Path(root) / run_id


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Let only one at a time decide about a run that is there.

    Raises
    ------
    RunError
        If another one takes too long, or has deleted it meanwhile.
    """
    with deciding(folder.parent, folder.name):
        if folder.is_symlink() or not folder.is_dir():
            msg = f"Expected a run {folder.name}, found none: somebody has just deleted it."
            raise RunError(msg, "The trash has it.")
        yield


def begin(folder: Path, *, executor: Executor, perform: Perform | None = None) -> None:
    """Let an executor start what was asked for.

    Raises
    ------
    InputError, RunError
        If it cannot be reached; the run says so as well.
    """
    if executor == "local":
        try:
            ensure_dispatcher(folder.parent)
        except MuseGNNError as error:
            msg = f"{error.message.rstrip('.')}. The run {folder.name} was made and waits."
            hint = "Do not ask for it again: whoever looks at the runs next starts it."
            raise RunError(msg, hint) from error
    elif executor == "slurm":
        send_to_cluster(folder)
    elif perform is not None:
        perform(folder)


def send_to_cluster(folder: Path) -> None:
    """Send a run to Slurm, once for each attempt.

    Raises
    ------
    InputError, RunError
        If the cluster refuses it, or the configuration was changed.
    """
    with changing(folder):
        attempt = files.whole_number(files.read_json(folder / files.REQUEST), "attempt", 1)
        if files.whole_number(files.read_json(folder / files.LAUNCH), "attempt") >= attempt:
            return  # somebody else was faster
        launch = describe_launch(attempt, executor="slurm", device="Slurm")
        try:
            config = read_run_config(folder)
            launch["job"] = send_job(
                module_command("musegnn.worker", folder),
                name=folder.name,
                log=folder / files.LOG,
                parameters=config.slurm,
                threads=config.threads,
                variables={BADGE: badge_of(folder, launch)},
            )
        except (InputError, RunError) as error:
            files.write_json(folder / files.LAUNCH, {**launch, "problem": str(error)})
            raise
        launch["device"] = f"Slurm job {launch['job']}"
        files.write_json(folder / files.LAUNCH, launch)


def ensure_dispatcher(root: Path) -> bool:
    """Start the process that starts runs, unless one is at work on this folder.

    Returns
    -------
    True when one was started.

    Raises
    ------
    InputError, RunError
        If the folder cannot be written or no process can be started.
    """
    descriptor = try_lock(root / LOCKS / DISPATCHER_LOCK)
    if descriptor is None:
        return False  # before it ends it gives the lock back and looks once more
    os.close(descriptor)
    log = root / LOCKS / DISPATCHER_LOG
    start_orphan(module_command("musegnn.runs.dispatcher", root), folder=root, log=log)
    return True


def tend(root: Path) -> None:
    """See to it that what waits gets started, also after the dispatcher was killed.

    Called by whoever looks at the runs; it costs next to nothing while a dispatcher is at work.

    Raises
    ------
    InputError, RunError
        If the folder cannot be written or no process can be started.
    """
    for folder in list_run_folders(root):
        if not needs_dispatcher(folder):
            continue
        ensure_dispatcher(root)
        return


def needs_dispatcher(folder: Path) -> bool:
    """True when a run of this machine waits for its start, or for its end by force."""
    request, launch = (files.read_json(folder / n) for n in (files.REQUEST, files.LAUNCH))
    attempt = files.whole_number(request, "attempt", 1)
    if files.whole_number(launch, "attempt") < attempt:
        record = record_of(folder)
        return record.state == "queued" and record.executor == "local"
    if not (folder / files.CANCEL).exists():
        return False
    return record_of(folder).state == "stopping"
