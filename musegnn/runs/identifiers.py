"""Names of runs, which are names of folders: one pattern, checked before any path is made."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from musegnn.errors import RunError

RUN_ID = re.compile(
    r"(?P<time>\d{8}T\d{6}Z)-(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<kind>[a-z][a-z0-9_]*)"
    r"-s(?P<seed>\d{1,10})-(?P<hash>[0-9a-f]{6})",
    re.ASCII,
)
LONGEST = 120
_SLUG_LENGTH = 40
TRASH = ".trash"
LOCKS = ".locks"


def make_run_id(*, name: str, kind: str, seed: int, config_hash: str, time: datetime) -> str:
    """Return an id such as `20261121T061144Z-heart-aligned-s0-3f9a2c`.

    Parameters
    ----------
    name
        Name for people; letters and digits of it that any file system takes are kept.
    kind
        Name of the kind of run.
    seed
        Of the training.
    config_hash
        Hexadecimal digits, of which the first six are kept.
    time
        When the run was asked for; must know its time zone.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower())[:_SLUG_LENGTH].strip("-") or "run"
    stamp = time.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return check_run_id(f"{stamp}-{slug}-{kind}-s{seed}-{config_hash[:6]}")


def check_run_id(run_id: str) -> str:
    """Return the id when it is one.

    Raises
    ------
    RunError
        If it is not, such as one with a slash or two dots; it never reaches the file system then.
    """
    if is_run_id(run_id):
        return run_id
    msg = f"Expected the id of a run, found {str(run_id)[:LONGEST]!r}."
    raise RunError(msg, "`musegnn runs list` shows the ids.")


def is_run_id(name: str) -> bool:
    """True when a name is that of a run."""
    return len(name) <= LONGEST and RUN_ID.fullmatch(name) is not None


def time_of(run_id: str) -> datetime | None:
    """Return when a run was asked for, by its id; None for a day that never was."""
    stamp = check_run_id(run_id).split("-")[0]
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def folder_of(root: Path, run_id: str) -> Path:
    """Return the folder of a run.

    Raises
    ------
    RunError
        If the id is none, or there is no such run.
    """
    folder = Path(root) / check_run_id(run_id)
    # a link could lead anywhere
    if folder.is_symlink() or not folder.is_dir():
        msg = f"Expected a run {run_id} in {root}, found none."
        raise RunError(msg, "`musegnn runs list` shows the ids; a deleted one may be in the trash.")
    return folder
