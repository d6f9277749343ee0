"""The one process that starts the runs of a folder on this machine, one for each free device.

It has no parent and ends by itself when nothing waits. Of two only one gets the lock of the folder,
so no two can start more than there is room for. When it is killed, the runs that it started go on,
and whoever looks at the runs next starts another (`musegnn.runs.submission.tend`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from musegnn.errors import MuseGNNError, RunError
from musegnn.launchers.batch_job import end_job
from musegnn.launchers.detached import child_environment, module_command, start_leader
from musegnn.launchers.devices import VISIBLE, Claim, claim_cpu, claim_gpu, list_gpus
from musegnn.launchers.file_lock import try_lock
from musegnn.launchers.jobs import THREAD_VARIABLES
from musegnn.launchers.processes import BADGE, GRACE, kill_group, signal_group, start_mark
from musegnn.runs import files
from musegnn.runs.config import RunConfig, read_run_config
from musegnn.runs.identifiers import LOCKS
from musegnn.runs.kind import find_kind
from musegnn.runs.launches import badge_of, describe_launch
from musegnn.runs.listing import jobs_of, list_run_folders, queue_key, read_all
from musegnn.runs.record import RunRecord, record_of
from musegnn.runs.staging import sweep
from musegnn.runs.submission import (
    DISPATCHER_LOCK,
    changing,
    needs_dispatcher,
)

LOOK = 0.3  # seconds between two looks at the folder
LINGER = 2.0  # seconds with nothing to do before it ends


@dataclass
class Dispatcher:
    """Starts what waits and ends by force what does not stop.

    Parameters
    ----------
    root
        Folder of all runs.
    """

    root: Path
    _children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _settled: dict[str, int] = field(default_factory=dict)
    _asked_to_stop: dict[str, float] = field(default_factory=dict)
    _told: dict[str, str] = field(default_factory=dict)

    def look(self) -> bool:
        """Look at all runs once and do what there is to do.

        Returns
        -------
        True when something goes on that must be watched.
        """
        self._collect_children()
        folders = [folder for folder in list_run_folders(self.root) if not self._is_settled(folder)]
        jobs = jobs_of(folders)
        records = read_all(folders, jobs=jobs)
        for record in records:
            try:
                self._enforce_stop(record)
            except MuseGNNError as error:  # one that cannot be stopped holds no other up
                self._tell(record.run_id, error)
            self._remember(record)
        waiting = [r for r in records if r.state == "queued" and r.executor == "local"]
        watched = {"starting", "running", "stopping"}
        at_work = Counter(r.owner for r in records if r.state in watched)
        for record in sorted(waiting, key=lambda r: queue_key(r.folder)):
            most = files.whole_number(files.read_json(record.folder / files.REQUEST), "at_once")
            if most and at_work[record.owner] >= most:
                continue  # of one person no more at a time, so that others get their turn
            self._start(record)
            at_work[record.owner] += record.run_id in self._children
        is_stopping = any(r.state == "stopping" for r in records)
        is_here = any(r.state in watched and r.executor == "local" for r in records)
        return bool(waiting or self._children or is_here or is_stopping)

    def _is_settled(self, folder: Path) -> bool:
        """True for a run that was over at the last look and that nobody has asked for since."""
        return self._settled.get(folder.name) == _stamp(folder)

    def _remember(self, record: RunRecord) -> None:
        """Do not look again at what is over."""
        if not record.is_active and not record.process and record.run_id not in self._children:
            self._settled[record.run_id] = _stamp(record.folder)

    def _start(self, record: RunRecord) -> None:
        """Start a run when a device is free for it."""
        try:
            with changing(record.folder):
                # it may have been cancelled or moved to the trash since
                if record_of(record.folder).state == "queued":
                    self._launch(record.folder)
        except MuseGNNError as error:
            self._tell(record.run_id, error)

    def _launch(self, folder: Path) -> None:
        """Claim a device and start the process of a run; say so in `launch.json`."""
        attempt = files.whole_number(files.read_json(folder / files.REQUEST), "attempt", 1)
        launch = describe_launch(attempt, executor="local", device="")
        try:
            config = read_run_config(folder)
            claim = self._claim(config)
            if claim is None:
                return
        except MuseGNNError as error:
            files.write_json(folder / files.LAUNCH, {**launch, "problem": str(error)})
            return
        launch["device"] = claim.label
        threads = dict.fromkeys(THREAD_VARIABLES, str(config.threads))
        try:
            files.write_json(folder / files.LAUNCH, launch)
            child = start_leader(
                module_command("musegnn.worker", folder),
                folder=folder,
                log=folder / files.LOG,
                environment=child_environment(
                    {**threads, VISIBLE: claim.visible, BADGE: badge_of(folder, launch)}
                ),
                kept_open=[claim.descriptor],
            )
        except RunError as error:
            files.write_json(folder / files.LAUNCH, {**launch, "problem": str(error)})
            return
        finally:
            claim.release()
        self._children[folder.name] = child
        born = {"pid": child.pid, "mark": start_mark(child.pid) or "gone"}
        files.write_json(folder / files.LAUNCH, {**launch, **born})

    def _claim(self, config: RunConfig) -> Claim | None:
        """Take a free device; None when all are taken."""
        if config.device == "cpu":
            return claim_cpu(self.root / LOCKS, is_short=find_kind(config.kind).is_short)
        gpus = list_gpus()
        if not gpus:
            msg = "Expected a GPU for this run, found none that may be used."
            raise RunError(msg, "Look at CUDA_VISIBLE_DEVICES, or start a run on the CPU.")
        return claim_gpu(gpus)

    def _enforce_stop(self, record: RunRecord) -> None:
        """Ask a run that is to stop, and end it by force when its time is over."""
        if record.state != "stopping" or record.executor == "inprocess":
            self._asked_to_stop.pop(record.run_id, None)
            return
        now = time.monotonic()
        if record.run_id not in self._asked_to_stop:
            self._asked_to_stop[record.run_id] = now
            if record.process:
                signal_group(
                    record.process,
                    record.mark,
                    signal.SIGTERM,
                    badge=record.badge,
                    folder=record.folder,
                )
        elif now - self._asked_to_stop[record.run_id] > GRACE:
            self._asked_to_stop[record.run_id] = now
            if record.process:
                kill_group(record.process, record.mark, badge=record.badge, folder=record.folder)
            elif record.job:
                end_job(record.job, name=record.run_id)

    def _collect_children(self) -> None:
        """Take note of runs that have ended, and of the signal that ended them."""
        for run_id, child in list(self._children.items()):
            code = child.poll()
            if code is None:
                continue
            del self._children[run_id]
            self._settled.pop(run_id, None)
            if code != 0:
                try:
                    _note_end(self.root / run_id, child.pid, code)
                except MuseGNNError as error:  # deleted, or no room for it; its state shows anyway
                    self._tell(run_id, error)

    def _tell(self, run_id: str, error: MuseGNNError) -> None:
        """Write a line into the log, once; a full disk takes none, and stops no dispatcher."""
        if self._told.get(run_id) == str(error):
            return
        self._told[run_id] = str(error)
        with suppress(OSError):
            sys.stderr.write(f"{run_id}: {error}\n")
            sys.stderr.flush()


def _note_end(folder: Path, pid: int, code: int) -> None:
    """Say how the process of a run ended, unless it was started anew meanwhile."""
    with changing(folder):
        launch = files.read_json(folder / files.LAUNCH)
        if launch is not None and launch.get("pid") == pid:
            files.write_json(folder / files.LAUNCH, {**launch, "ended_by": describe_end(code)})


def describe_end(code: int) -> str:
    """Say how a process ended, by its exit code; negative ones are signals."""
    if code >= 0:
        return f"It ended with exit code {code}; its log may tell why."
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    cause = " Often this means too little memory." if -code == signal.SIGKILL else ""
    return f"It was ended by {name}.{cause}"


def _stamp(folder: Path) -> int:
    """Time at which a run was asked for last, in nanoseconds; 0 when that cannot be told."""
    try:
        return (folder / files.REQUEST).stat().st_mtime_ns
    except OSError:
        return 0


def dispatch(root: Path, *, linger: float = LINGER) -> int:
    """Start the runs of a folder until nothing waits or goes on.

    Returns
    -------
    Exit code 0; also when another dispatcher is at work there.
    """
    # the lock is given back before the last look: who asks for a run and finds it taken can rely
    # on that look
    while True:
        descriptor = try_lock(root / LOCKS / DISPATCHER_LOCK)
        if descriptor is None:
            return 0
        dispatcher = Dispatcher(root)
        try:
            sweep(root)
            idle_since = time.monotonic()
            while time.monotonic() - idle_since < linger:
                if dispatcher.look():
                    idle_since = time.monotonic()
                time.sleep(LOOK)
        finally:
            os.close(descriptor)
        if not any(needs_dispatcher(folder) for folder in list_run_folders(root)):
            return 0


def main(arguments: list[str]) -> int:
    """Run `python -m musegnn.runs.dispatcher FOLDER`."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("Expected the folder of runs as the only argument.\n")
        return 2
    return dispatch(Path(arguments[0]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
