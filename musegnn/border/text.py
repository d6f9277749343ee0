"""Text files, compressed or not: bounded while they are read, one sentence for what goes wrong.

A few hundred bytes unpack to as much as a packer likes, and a line may have no end. What was
unpacked, the longest line and bytes that no text has are looked at in each piece that is read.
"""

from __future__ import annotations

import codecs
import csv
import io
import lzma
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Final, cast

from musegnn.border.packed import unpacker_of
from musegnn.border.regular import open_regular
from musegnn.errors import DataFileError

_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # how spreadsheets begin such a text
_NOT_PLAIN: Final = (b'"', b"\r", b"\0")  # what a row cannot be split at its delimiters with
_LONE_RETURN: Final = re.compile(r"\r(?!\n)")
_PIECE: Final = 1 << 18  # bytes that are read at once
_MOST_TITLES: Final = 20  # lines above a table that are looked at
_OPENING: Final = 16  # bytes by which a packed file is told


@dataclass(frozen=True)
class TextBounds:
    """What a text may hold at most, unpacked.

    Parameters
    ----------
    most_bytes
        All of it.
    most_growth
        How many times its own size a packed one may unpack to, `slack` bytes aside.
    slack
        Bytes that a small one may always unpack to.
    longest_line
        Bytes without an end of line.
    """

    most_bytes: int = 1 << 40
    most_growth: int = 60
    slack: int = 64 << 20
    longest_line: int = 64 << 20


USUAL: Final = TextBounds()
# a table of counts is almost nothing but zeros
COUNTS: Final = TextBounds(most_growth=250)


@contextmanager
def open_binary(
    path: Path, *, role: str, bounds: TextBounds = USUAL, legacy: bool = False
) -> Iterator[IO[bytes]]:
    """Open a text for reading as bytes, unpacked when its content is gzip, bzip2 or xz.

    Parameters
    ----------
    path
        File to read; what it is is decided by its first bytes, not by its name.
    role
        What the file should be, for the message, such as "a table of counts".
    bounds
        What it may hold at most.
    legacy
        Whether UTF-16 is handed on as UTF-8.

    Raises
    ------
    DataFileError
        If the file is missing, no regular file, empty, named `.gz` without being gzip, cut off, no
        text, or unpacks to more than it may.
    """
    path = Path(path)
    hint = "Check the path, and that the file may be read."
    try:
        with open_regular(path, role=role, links=True, hint=hint) as raw:
            size = raw.seek(0, os.SEEK_END)
            raw.seek(0)
            start = raw.read(_OPENING)
            raw.seek(0)
            _check_start(start, path, role)
            unpack = unpacker_of(start)
            room = bounds.most_bytes
            if unpack is not None:
                room = min(room, bounds.most_growth * size + bounds.slack)
            plain: Any = raw if unpack is None else unpack(raw)
            if legacy and unpack is None and start.startswith(_UTF16):
                plain = _FromUtf16(raw)
            meter = _Meter(plain, room, bounds.longest_line, path, role)
            with io.BufferedReader(meter, _PIECE) as stream:
                yield cast("IO[bytes]", stream)
    except EOFError as error:
        msg = f"Expected {role}, found a file that is cut off: {path}."
        raise DataFileError(msg, "Copy or download the file again.") from error
    except (zlib.error, lzma.LZMAError) as error:
        raise _damaged(path, role) from error
    except (UnicodeError, csv.Error) as error:
        raise _no_text(path, role) from error
    except OSError as error:
        if error.errno is None:  # what unpacks says so
            raise _damaged(path, role) from error
        msg = f"Expected {role}, found a file that cannot be read: {path}."
        raise DataFileError(msg, "Check its permissions and copy it again.") from error


@contextmanager
def read_rows(
    path: Path,
    *,
    delimiter: str | None,
    role: str,
    bounds: TextBounds = USUAL,
    comment: str | tuple[str, ...] = (),
    title: bool = False,
    legacy: bool = False,
) -> Iterator[Iterator[list[str]]]:
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
    bounds
        What it may hold at most.
    comment
        How lines above the table begin that are passed over.
    title
        Whether lines of a single field may stand above a table of several, and are passed over.
    legacy
        Whether texts of older spreadsheets are read: UTF-16, and Latin-1 for a line that is not
        UTF-8.

    Raises
    ------
    DataFileError
        As `open_binary`.
    """
    with open_binary(path, role=role, bounds=bounds, legacy=legacy) as stream:
        lines = _lines_of(stream, legacy=legacy)
        first = next(lines, "")
        while comment and first.startswith(comment):
            first = next(lines, "")
        if title:
            first, lines = _below_title(first, lines)
        if not first:
            _raise_empty(path, role)
        delimiter = delimiter or _delimiter_of(first)
        rows = csv.reader(
            chain((first,), lines), delimiter=delimiter, skipinitialspace=delimiter == " "
        )
        yield (row for row in rows if row)


def read_list(path: Path, *, delimiter: str, role: str) -> list[list[str]]:
    """Read all rows of a list that is to be held whole, such as that of the genes of a matrix.

    The rows are those of `read_rows`, split at once where no field is quoted.

    Parameters
    ----------
    path
        Text file, compressed or not.
    delimiter
        Character between the fields.
    role
        What the file should be, for messages.

    Raises
    ------
    DataFileError
        As `open_binary`.
    """
    with open_binary(path, role=role) as stream:
        content = stream.read()
        if not any(sign in content for sign in _NOT_PLAIN):
            lines = content.decode("utf-8-sig").split("\n")
            if lines[0] and max(map(len, lines)) < csv.field_size_limit():
                return [line.split(delimiter) for line in lines if line]
    with read_rows(path, delimiter=delimiter, role=role) as rows:
        return list(rows)


def _below_title(first: str, lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """Pass over lines of one field above a table of several; return its first line and the rest."""
    ahead = [first, *islice(lines, _MOST_TITLES)]
    mark = max("\t,;", key=lambda mark: sum(line.count(mark) for line in ahead))
    # a title may hold a comma: the table has as many fields in a row as come most often
    widths = [line.count(mark) for line in ahead]
    usual = max(set(widths), key=lambda width: (widths.count(width), width))
    fitting = [place for place, width in enumerate(widths) if width >= usual - 1]
    start = fitting[0] if usual > 1 and len(fitting) > 1 else 0
    return ahead[start], chain(ahead[start + 1 :], lines)


def _lines_of(stream: IO[bytes], *, legacy: bool = False) -> Iterator[str]:
    """Give the lines of a text, those that end as on an old Mac too."""
    encoding = "utf-8-sig"  # the first line alone may begin with a mark
    for line in stream:
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            if not legacy:
                raise
            text = line.decode("latin-1")
        encoding = "utf-8"
        if "\r" in text[:-2]:
            yield from (f"{part}\n" for part in _LONE_RETURN.split(text) if part.strip("\r\n"))
        else:
            yield text


class _FromUtf16:
    """Hands on a text of two bytes a letter as UTF-8."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-16")().decode
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes; none at the end."""
        while not self._rest:
            piece = self._stream.read(_PIECE)
            self._rest = self._decode(piece, final=not piece).encode()
            if not piece:
                break
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


class _Meter(io.RawIOBase):
    """Hands on the bytes of a text, and looks at each piece of it."""

    def __init__(self, stream: Any, room: int, longest: int, path: Path, role: str) -> None:
        super().__init__()
        self._stream = stream
        self._room = room
        self._longest = longest
        self._line = 0  # bytes since the last end of line
        self._path, self._role = path, role

    def readable(self) -> bool:
        """True: a buffered reader asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with the next bytes; 0 at the end."""
        piece: bytes = self._stream.read(len(buffer))
        size = len(piece)
        self._room -= size
        if self._room < 0:
            self._refuse("a file that unpacks to too many bytes")
        if b"\0" in piece:
            raise _no_text(self._path, self._role)
        first = piece.find(b"\n")
        self._line += size if first < 0 else first
        if self._line > self._longest:
            self._refuse(f"a line of more than {self._longest:,} bytes")
        if first >= 0:
            self._line = size - 1 - piece.rfind(b"\n")
        buffer[:size] = piece
        return size

    def _refuse(self, found: str) -> None:
        """Raise for a text that is more than it may be."""
        msg = f"Expected {self._role}, found {found}: {self._path}."
        raise DataFileError(msg, "Save what is needed of it, counts as a sparse .h5ad.")


def _delimiter_of(line: str) -> str:
    """Return the separator that a line holds most of."""
    counts = {mark: line.count(mark) for mark in "\t,;"}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else " "


def _check_start(start: bytes, path: Path, role: str) -> None:
    """Raise for an empty file and for one that is gzip by name only."""
    if not start:
        _raise_empty(path, role)
    if path.suffix == ".gz" and unpacker_of(start) is None:
        msg = f"Expected {role} compressed with gzip, found another format in {path}."
        raise DataFileError(msg, "Compress it with gzip, or take `.gz` off its name.")


def _raise_empty(path: Path, role: str) -> None:
    """Raise for a file without content."""
    msg = f"Expected {role}, found an empty file: {path}."
    raise DataFileError(msg, "Copy or export the file again.")


def _damaged(path: Path, role: str) -> DataFileError:
    """Say that what unpacks a file cannot."""
    msg = f"Expected {role}, found damaged packed data in {path}."
    return DataFileError(msg, "Copy or download the file again.")


def _no_text(path: Path, role: str) -> DataFileError:
    """Say that bytes are no text."""
    msg = f"Expected {role}, found bytes that are no text in {path}."
    return DataFileError(msg, "Save it as plain UTF-8 text.")
