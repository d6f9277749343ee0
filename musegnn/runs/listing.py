"""All runs of a folder, newest first; hundreds of them in a fraction of a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from musegnn.access.owners import Owner, may_see
from musegnn.access.visitor import acting
from musegnn.launchers.batch_job import JobState, job_states
from musegnn.runs import files
from musegnn.runs.identifiers import is_run_id
from musegnn.runs.record import RunRecord, record_of
from musegnn.runs.states import ACTIVE


def list_run_folders(root: Path) -> list[Path]:
    """Folders of all runs, oldest first; links and other things are left out."""
    try:
        entries = list(Path(root).iterdir())
    except OSError:
        return []
    found = [path for path in entries if is_run_id(path.name) and not path.is_symlink()]
    return sorted(path for path in found if path.is_dir())


def list_runs(root: Path) -> list[RunRecord]:
    """Return what is known of every run that whoever acts may see, newest first.

    Parameters
    ----------
    root
        Folder of all runs; one that is missing has none.

    Notes
    -----
    Only small files are read, so 200 runs take some hundredths of a second. Where a run lives on a
    cluster, the cluster is asked once.
    """
    folders = list_run_folders(root)
    jobs = jobs_of(folders)
    records = read_all(folders, jobs=jobs)
    queued = [record for record in records if record.state == "queued"]
    waiting = sorted(queued, key=lambda record: queue_key(record.folder))
    places = {record.run_id: place for place, record in enumerate(waiting, start=1)}
    who = acting()
    seen = [record for record in reversed(records) if may_see(Owner(record.owner), who)]
    return [replace(r, queue_place=places.get(r.run_id, 0)) for r in seen]


def read_all(folders: list[Path], *, jobs: Mapping[str, JobState] | None = None) -> list[RunRecord]:
    """Read what is known of runs; one that was moved away while it was read is left out."""
    records = [record_of(folder, jobs=jobs) for folder in folders]
    return [record for record in records if record.folder.is_dir()]


def jobs_of(folders: list[Path]) -> Mapping[str, JobState] | None:
    """Ask the cluster about its jobs when one of the runs may have one; else None."""
    for folder in folders:
        launch = files.read_json(folder / files.LAUNCH)
        if not files.text(launch, "job"):
            continue
        # one that the cluster took off its node looks stopped, and may wait for its next turn
        if record_of(folder).state in {*ACTIVE, "lost", "stopped"}:
            return job_states()
    return None


def queue_key(folder: Path) -> tuple[float, str]:
    """Order in which runs are started: as they were asked for, resumed ones behind."""
    request = files.read_json(folder / files.REQUEST)
    return files.number(request, "requested_time") or 0.0, folder.name
