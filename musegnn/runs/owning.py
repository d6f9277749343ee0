"""Whose a run is: a file beside its configuration, so that hashes and results do not know of it."""

from __future__ import annotations

from pathlib import Path

from musegnn.access.owners import Owner, check_may_act, may_see, owner_of
from musegnn.errors import RunError
from musegnn.runs import files


def read_owner(folder: Path) -> Owner:
    """Return whose a run is; one without a word belongs to the local user."""
    return owner_of(files.read_json(folder / files.OWNER))


def write_owner(folder: Path, owner: Owner) -> None:
    """Say whose a run is.

    Raises
    ------
    DataFileError
        If the folder cannot be written.
    """
    files.write_json(folder / files.OWNER, owner.to_dict())


def check_visible(folder: Path) -> None:
    """Raise `RunError`, as for a run that is not there, unless whoever acts may look at it."""
    if not may_see(read_owner(folder)):
        msg = f"Expected a run {folder.name} in {folder.parent}, found none."
        raise RunError(msg, "`musegnn runs list` shows the ids; a deleted one may be in the trash.")


def check_owned(folder: Path) -> None:
    """Raise unless whoever acts may change a run.

    Raises
    ------
    RunError
        If it may not even be seen.
    AccessError
        If it belongs to somebody else, or the role of whoever acts has no runs.
    """
    check_visible(folder)
    check_may_act(read_owner(folder), folder.name)
