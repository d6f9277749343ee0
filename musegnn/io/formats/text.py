"""Text files, compressed or not: opened with one sentence for whatever goes wrong."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from musegnn.errors import DataFileError

_GZIP = b"\x1f\x8b"


@contextmanager
def open_binary(path: Path, *, role: str) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacked when its content is gzip.

    Parameters
    ----------
    path
        File to read; what it is is decided by its first bytes, not by its name.
    role
        What the file should be, for the message, such as "a table of counts".

    Raises
    ------
    DataFileError
        If the file is missing, empty, named `.gz` without being gzip, cut off, or no text.
    """
    path = Path(path)
    if not path.is_file():
        msg = f"Expected {role} at {path}, found no file."
        raise DataFileError(msg, "Check the path.")
    try:
        with path.open("rb") as raw:
            start = raw.read(2)
        _check_start(start, path, role)
        with path.open("rb") as raw:
            # both read bytes; their classes have no common name that type checkers accept
            yield cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if start == _GZIP else raw
    except EOFError as error:
        msg = f"Expected {role}, found a file that is cut off: {path}."
        raise DataFileError(msg, "Copy or download the file again.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        msg = f"Expected {role}, found damaged gzip data in {path}."
        raise DataFileError(msg, "Copy or download the file again.") from error
    except (UnicodeError, csv.Error) as error:
        msg = f"Expected {role}, found bytes that are no text in {path}."
        raise DataFileError(msg, "Save it as plain UTF-8 text.") from error
    except OSError as error:
        msg = f"Expected {role}, found a file that cannot be read: {path}."
        raise DataFileError(msg, "Check its permissions and copy it again.") from error


@contextmanager
def read_rows(path: Path, *, delimiter: str | None, role: str) -> Iterator[Iterator[list[str]]]:
    """Open a delimited text and hand out its rows one at a time.

    Parameters
    ----------
    path
        Text file, compressed or not.
    delimiter
        Character between the fields; None takes the one that the first line holds most of:
        tab, comma, semicolon, else space.
    role
        What the file should be, for messages.

    Raises
    ------
    DataFileError
        As `open_binary`.
    """
    with open_binary(path, role=role) as stream:
        first = stream.readline(10_000_000).decode("utf-8-sig")
        if not first:
            _raise_empty(path, role)
        delimiter = delimiter or _delimiter_of(first)

        def lines() -> Iterator[str]:
            yield first
            for line in stream:
                yield line.decode("utf-8")

        rows = csv.reader(lines(), delimiter=delimiter, skipinitialspace=delimiter == " ")
        yield (row for row in rows if row)


def _delimiter_of(line: str) -> str:
    """Return the separator that a line holds most of."""
    counts = {mark: line.count(mark) for mark in "\t,;"}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else " "


def _check_start(start: bytes, path: Path, role: str) -> None:
    """Raise for an empty file and for one that is gzip by name only."""
    if not start:
        _raise_empty(path, role)
    if path.suffix == ".gz" and start != _GZIP:
        msg = f"Expected {role} compressed with gzip, found another format in {path}."
        raise DataFileError(msg, "Compress it with gzip, or take `.gz` off its name.")


def _raise_empty(path: Path, role: str) -> None:
    """Raise for a file without content."""
    msg = f"Expected {role}, found an empty file: {path}."
    raise DataFileError(msg, "Copy or export the file again.")
