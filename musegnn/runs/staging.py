"""Folders in which something is made ready, or taken apart, beside the runs and unseen.

What stands under the name of a run is whole: it is moved there, or away, at once. A folder beside
is held by whoever made it, so that one which somebody who was killed left behind can be told.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from musegnn.errors import DataFileError
from musegnn.launchers.file_lock import lock_folder

_PREFIX = ".new-"


@contextmanager
def folder_beside(root: Path) -> Iterator[Path]:
    """Make a folder for a block of code; what lies in it at the end is removed.

    Raises
    ------
    DataFileError
        If none can be made.
    """
    root, held = Path(root), None
    while True:
        folder = root / f"{_PREFIX}{secrets.token_hex(6)}"
        try:
            folder.mkdir()
        except OSError as error:
            refuse(error, "write into", root)
        try:
            held = lock_folder(folder)
        except OSError:  # no such locks here: nobody tidies up either
            break
        if held is not None and folder.exists():
            break
        if held is not None:  # somebody tidied up between the two lines
            os.close(held)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held is not None:
            os.close(held)


def sweep(root: Path) -> int:
    """Remove folders of those who were killed before they could; return how many."""
    try:
        found = [path for path in Path(root).iterdir() if path.name.startswith(_PREFIX)]
    except OSError:
        return 0
    removed = 0
    for folder in found:
        try:
            held = lock_folder(folder)
        except OSError:
            return removed
        if held is None:
            continue
        try:
            shutil.rmtree(folder, ignore_errors=True)
            removed += not folder.exists()
        finally:
            os.close(held)
    return removed


def move(source: Path, target: Path) -> None:
    """Move a folder at once to where nothing is; it is never a copy, and nothing is replaced.

    Raises
    ------
    DataFileError
        If it cannot be moved, or something is there; all is as it was then.
    """
    try:
        os.rename(source, target)  # noqa: PTH104 - fails where a folder is that holds something
    except OSError as error:
        refuse(error, "move", source)


def refuse(error: OSError, act: str, path: Path) -> NoReturn:
    """Raise the sentence for what the system does not let be done."""
    msg = f"Expected to be able to {act} {path}, found: {error.strerror or error}."
    raise DataFileError(msg, "Check the folder, its permissions and the free space.") from error
