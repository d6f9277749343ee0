"""How much of a server the runs of one person may take: places in the queue, memory, disk."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from musegnn.access.settings import Shares, access_settings
from musegnn.access.visitor import Visitor, acting
from musegnn.errors import InputError
from musegnn.runs.config import RunConfig
from musegnn.runs.disk import disk_of
from musegnn.runs.inputs import kept_among
from musegnn.runs.kind import find_kind
from musegnn.runs.listing import list_run_folders
from musegnn.runs.owning import read_owner
from musegnn.runs.record import record_of

MOST_WAITING = "MUSEGNN_RUNS_WAITING"  # how many runs may wait in the queue, whosever they are
USUAL_WAITING = 200


def check_room(root: Path, configs: Sequence[RunConfig]) -> None:
    """Raise unless runs may join the queue.

    Parameters
    ----------
    root
        Folder of all runs.
    configs
        What is asked for now.

    Raises
    ------
    InputError
        If too many runs wait already, of all or of whoever acts, or it would take more memory or
        disk than a member may. An administrator, and whoever sits at the machine, may take all.
    """
    text = os.environ.get(MOST_WAITING, "").strip()
    most = int(text) if text.isdigit() else USUAL_WAITING
    waiting = [f for f in list_run_folders(root) if record_of(f).state == "queued"]
    if len(waiting) + len(configs) > most:
        msg = (
            f"Expected at most {most} waiting runs, found {len(waiting)} and {len(configs)} "
            "new ones."
        )
        raise InputError(msg, f"Wait, cancel some, or set {MOST_WAITING}.")
    visitor = acting()
    if not visitor.may("administer"):
        _check_share(root, configs, waiting, visitor, access_settings().shares)


def at_once() -> int:
    """How many runs of whoever acts may be at work at a time; 0 for as many as there is room."""
    return 0 if acting().may("administer") else access_settings().shares.running_runs


def _check_share(
    root: Path,
    configs: Sequence[RunConfig],
    waiting: Sequence[Path],
    visitor: Visitor,
    shares: Shares,
) -> None:
    """Raise `InputError` when a member asks for more than a share."""
    own = sum(visitor.owns(read_owner(folder).id) for folder in waiting)
    if own + len(configs) > shares.waiting_runs:
        msg = (
            f"Expected at most {shares.waiting_runs} waiting runs of one person, found {own} of "
            f"yours and {len(configs)} new ones."
        )
        raise InputError(msg, "Wait until some have begun, or cancel some.")
    needed = max((_memory_of(config) for config in configs), default=0.0)
    if needed > shares.memory_mib:
        msg = (
            f"Expected a run of at most {shares.memory_mib:,} MiB of memory, found one that is "
            f"likely to take {needed:,.0f} MiB."
        )
        raise InputError(msg, "Choose fewer or smaller inputs, or ask an administrator.")
    check_disk(root, kept_among(source.path for config in configs for source in config.files))


def check_disk(root: Path, kept: Iterable[str] = ()) -> None:
    """Raise `InputError` when whoever acts has more runs, graphs and files on disk than a share.

    Parameters
    ----------
    root
        Folder of all runs.
    kept
        Files that are kept for what is asked now, by the names of their folders.
    """
    visitor = acting()
    if visitor.may("administer"):
        return
    most = access_settings().shares.disk_mib
    taken = disk_of(root, visitor.id, also=kept) / 2**20
    if taken > most:
        msg = (
            f"Expected at most {most:,} MiB of runs, graphs and files of one person, "
            f"found {taken:,.0f}."
        )
        hint = "Delete runs that are no longer needed, and empty the trash"
        raise InputError(msg, f"{hint}; graphs that were given an administrator removes.")


def _memory_of(config: RunConfig) -> float:
    """Memory in MiB that a run is likely to take; 0 where nothing is known."""
    estimate = find_kind(config.kind).estimate
    return 0.0 if estimate is None else estimate(config.settings, config.inputs).memory_mib
