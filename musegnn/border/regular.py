"""Regular: plain bytes of plain files; a pipe, a device or a link that was put there is refused.

A pipe waits for a writer for ever, a device has no end, and a link leads to what nobody gave: the
file that was opened is looked at, so that nothing can be put in its place in between.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final, cast

from musegnn.errors import DataFileError

LARGEST_HASHED: Final = 64 << 30  # bytes; counts of the largest public atlas take a third
# not every system has each of them
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_LONGEST_SHOWN: Final = 300  # characters of a path
_AGAIN: Final = "Check that the file is there and may be read."


def open_regular(path: Path, *, role: str, links: bool = False, hint: str = _AGAIN) -> BinaryIO:
    """Open a regular file for reading, without waiting for anybody.

    Parameters
    ----------
    path
        File to open.
    role
        What it should be, for messages, such as "a table of counts".
    links
        Whether it may be a link to a regular file: yes for a path that a person typed, no for a
        file in a folder that somebody else may write into.
    hint
        What to do when it cannot be read.

    Returns
    -------
    The file, to be closed by the caller. What states no size has no content: files of `/proc` do,
    whatever stands in them.

    Raises
    ------
    DataFileError
        If there is none, it may not be read, or it is no regular file.
    """
    descriptor, size = _open(path, role, links=links, hint=hint)
    if size:
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    return io.BytesIO()


def _open(path: Path, role: str, *, links: bool, hint: str) -> tuple[int, int]:
    """Open a regular file; return its descriptor and size."""
    try:
        # opening some devices does something already
        status = os.stat(path, follow_symlinks=links)  # noqa: PTH116 - thousands in a list of runs
        if not stat.S_ISREG(status.st_mode):
            raise _irregular(path, role)
        descriptor = os.open(path, _FLAGS | (0 if links else _NO_LINK))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _unreadable(path, role, error, hint) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise _irregular(path, role)
    return descriptor, status.st_size


def read_regular(
    path: Path, *, role: str, most_bytes: int, links: bool = False, hint: str = _AGAIN
) -> bytes:
    """Read a regular file that is not too large.

    Parameters
    ----------
    path, role, links, hint
        As in `open_regular`.
    most_bytes
        Size at most.

    Raises
    ------
    DataFileError
        As `open_regular`, and if it is larger.
    """
    descriptor, size = _open(path, role, links=links, hint=hint)
    wanted = min(size, most_bytes + 1)
    try:
        content = os.read(descriptor, wanted)
        while len(content) < wanted and (more := os.read(descriptor, wanted - len(content))):
            content += more
    except OSError as error:
        raise _unreadable(path, role, error, hint) from error
    finally:
        os.close(descriptor)
    if len(content) > most_bytes:
        msg = f"Expected {role} of at most {most_bytes:,} bytes, found a larger file at {path}."
        raise DataFileError(msg, "Give a smaller file.")
    return content


def hash_regular(
    path: Path, *, role: str = "a file", links: bool = False, most_bytes: int = LARGEST_HASHED
) -> str:
    """Return the SHA-256 of a regular file as hexadecimal text, read in pieces.

    Parameters
    ----------
    path, role, links
        As in `open_regular`.
    most_bytes
        Size at most, so that a file that states more than it holds keeps nobody.

    Raises
    ------
    DataFileError
        As `open_regular`, and if it is larger.
    """
    with open_regular(path, role=role, links=links) as stream:
        size = stream.seek(0, os.SEEK_END)
        if size > most_bytes:
            msg = f"Expected {role} of at most {most_bytes:,} bytes, found a larger file at {path}."
            raise DataFileError(msg, "Give a smaller file.")
        stream.seek(0)
        try:
            return hashlib.file_digest(cast("io.BufferedReader", stream), "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(path, role, error, _AGAIN) from error


def is_regular(path: Path, *, links: bool = False) -> bool:
    """True when there is a regular file; False for what cannot be looked at."""
    try:
        return stat.S_ISREG(Path(path).stat(follow_symlinks=links).st_mode)
    except (OSError, ValueError):
        return False


def _irregular(path: Path, role: str) -> DataFileError:
    """Say that something else lies there."""
    msg = f"Expected {role}, found no regular file at {path}."
    return DataFileError(msg, "Save the content in a file of its own.")


def _shown(path: Path) -> str:
    """Return a path for a message; one that cannot be shown as it is in quotes."""
    text = str(path)
    text = text if text.isprintable() else repr(text)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _unreadable(path: Path, role: str, error: Exception, hint: str) -> DataFileError:
    """Say why a file cannot be opened or read."""
    reason = getattr(error, "strerror", None) or str(error)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return DataFileError(f"Expected {role} at {_shown(path)}, found no file.", hint)
    msg = f"Expected {role} at {_shown(path)}, found one that cannot be read ({reason})."
    return DataFileError(msg, hint)
