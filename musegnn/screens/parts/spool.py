"""Spool: where files that people upload lie on disk, as long as somebody holds them.

Each server has a folder of its own there, which it holds locked while it runs. What a server left
that was killed is removed by the next one that starts.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from musegnn.errors import DataFileError, InputError
from musegnn.launchers.file_lock import lock_folder
from musegnn.settings import Settings

_PREFIX: Final = "server-"
_OURS: dict[Path, Path] = {}  # the spool of this process, by the folder that all servers share
_GUARD = threading.Lock()


def spool() -> Path:
    """Return the folder of this server; the first call makes it, and removes what others left.

    Raises
    ------
    DataFileError
        If it cannot be made.
    """
    root = Settings.from_environment().uploads
    with _GUARD:
        ours = _OURS.get(root)
        if ours is None or not ours.is_dir():
            try:
                root.mkdir(mode=0o700, parents=True, exist_ok=True)
                sweep(root)
                made = Path(tempfile.mkdtemp(prefix="new-", dir=root))
                with suppress(InputError):  # a system without locks: nothing is swept there
                    lock_folder(made)  # held until this process ends, however it ends
                ours = made.with_name(made.name.replace("new-", _PREFIX, 1))
                _OURS[root] = made.rename(ours)
            except OSError as error:
                msg = f"Expected to be able to keep an upload, found: {error.strerror or error}."
                hint = "Whoever runs the server sets its folder of uploads (`MUSEGNN_UPLOADS`)."
                raise DataFileError(msg, hint) from error
            atexit.register(shutil.rmtree, ours, ignore_errors=True)
        return ours


def sweep(root: Path) -> int:
    """Remove the folders of servers that have ended; return how many."""
    removed = 0
    for folder in root.glob(f"{_PREFIX}*"):
        try:
            descriptor = lock_folder(folder)
        except (InputError, OSError):
            continue  # nobody can tell whether its server runs
        if descriptor is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(descriptor)
            removed += 1
    return removed
