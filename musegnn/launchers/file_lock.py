"""Locks on files that the system gives back when their holder ends, however it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from musegnn.errors import InputError, RunError


def try_lock(path: Path, *, makes_folder: bool = True) -> int | None:
    """Take a lock without waiting.

    Parameters
    ----------
    path
        Lock file; it is made when missing and never removed, or two holders could each lock one.
    makes_folder
        Whether the folder of the file may be made as well; not that of something which somebody
        may just have moved away.

    Returns
    -------
    A file descriptor that holds the lock until it is closed in every process that has it; None when
    somebody else holds it.

    Raises
    ------
    InputError
        On a system without such locks (Windows), or where the file cannot be made.
    """
    fcntl = _locks()
    try:
        if makes_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        msg = f"Expected to be able to write {path}, found: {error.strerror or error}."
        raise InputError(msg, "Choose a folder that can be written with MUSEGNN_RUNS.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def lock_folder(path: Path) -> int | None:
    """Take a folder for oneself without waiting, as `try_lock` takes a file.

    Returns
    -------
    A file descriptor that holds it until it is closed; None when somebody else holds it, or it is
    not there.

    Raises
    ------
    OSError
        Where the file system has no locks on folders.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        _locks().flock(descriptor, _locks().LOCK_EX | _locks().LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            return None
        raise
    return descriptor


@contextmanager
def locked(path: Path, *, patience: float = 10.0, makes_folder: bool = True) -> Iterator[int]:
    """Hold a lock for a block of code; see `try_lock`.

    Yields
    ------
    The file descriptor that holds it.

    Raises
    ------
    RunError
        If somebody else holds it for longer than `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while (descriptor := try_lock(path, makes_folder=makes_folder)) is None:
        if time.monotonic() > deadline:
            msg = f"Expected {path.name} to be free within {patience:.0f} s, found it taken."
            raise RunError(msg, "Another process is at work on it; try again when it has ended.")
        time.sleep(0.02)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _locks() -> ModuleType:
    """Return the module with the locks."""
    try:
        import fcntl  # noqa: PLC0415 - there is none on Windows
    except ImportError as error:
        msg = "Expected a system with file locks, such as Linux or macOS, found none."
        hint = (
            "On Windows, work inside its subsystem for Linux (WSL); looking at results needs none."
        )
        raise InputError(msg, hint) from error
    return fcntl
