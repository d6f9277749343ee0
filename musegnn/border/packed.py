"""Packed: zip and tar archives, whose members are known to be few, small and plain beforehand.

What an archive says of itself may be wrong, so that bytes are counted again while they are
unpacked. Nothing is ever written under a name from inside an archive by this module.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Final, NoReturn, cast

from musegnn.border.regular import open_regular
from musegnn.errors import DataFileError

_LONGEST_NAME: Final = 300  # characters
_LARGEST_ENTRY: Final = 600  # bytes that the list of a zip file has for one member
_METHODS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED: Final = 0x1
_LARGEST_HEAD: Final = 1 << 20  # bytes of a tar file between the contents of two members
_BLOCK: Final = 1 << 20
_OPENING: Final = 16  # bytes by which a packed file is told
_PADDING: Final = 1 << 20  # zeros behind a packed file that a tape or disk may leave
_BROKEN: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,  # a password
    NotImplementedError,
    ValueError,
    OverflowError,
)
_XZ_MEMORY: Final = 128 << 20  # bytes; the strongest setting of xz takes 65 MiB


@dataclass(frozen=True)
class PackedBounds:
    """What an archive may hold at most.

    Parameters
    ----------
    most_members
        Files and folders.
    most_bytes
        Of all members together, unpacked.
    most_growth
        How many times its own size it may unpack to, `slack` bytes aside.
    slack
        Bytes that a small archive may always hold.
    """

    most_members: int
    most_bytes: int
    most_growth: int
    slack: int

    def room(self, size: int) -> int:
        """Bytes that an archive of a size may unpack to."""
        return min(self.most_bytes, self.most_growth * size + self.slack)


@dataclass(frozen=True)
class Member:
    """A plain file of an archive.

    Parameters
    ----------
    name
        Path inside the archive, relative, without `..`.
    size
        Bytes, as the archive says.
    """

    name: str
    size: int


class Packed:
    """An opened zip archive whose list of members was checked.

    Parameters
    ----------
    archive
        The archive.
    members
        Its plain files, in its order.
    room
        Bytes that they may unpack to, all together.
    """

    def __init__(self, archive: zipfile.ZipFile, members: list[Member], room: int) -> None:
        self._archive = archive
        self.members = members
        self._room = room

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the content of a member in pieces, never more than it states.

        Raises
        ------
        DataFileError
            If it is longer, or all that was unpacked is too much.
        """
        size = self._archive.getinfo(name).file_size
        with self._archive.open(name) as stream:
            while chunk := stream.read(_BLOCK):
                size, self._room = size - len(chunk), self._room - len(chunk)
                if size < 0 or self._room < 0:
                    _refuse(f"{name[:80]!r}, which is longer than it states")
                yield chunk

    def read(self, name: str, *, most_bytes: int) -> bytes:
        """Return the content of a member.

        Raises
        ------
        DataFileError
            If there is none of this name, or it is larger.
        """
        sizes = {member.name: member.size for member in self.members}
        if name not in sizes:
            _refuse(f"none with {name}")
        if sizes[name] > most_bytes:
            _refuse(f"{name[:80]!r} of {sizes[name]:,} bytes")
        return b"".join(self.chunks(name))


@contextmanager
def open_zip(
    source: Path | IO[bytes], bounds: PackedBounds, *, role: str, odd: bool = False
) -> Iterator[Packed]:
    """Open a zip archive and check its list before anything is unpacked.

    Parameters
    ----------
    source
        The file, or a stream of its bytes.
    bounds
        What it may hold at most.
    role
        What it should be, for messages, such as "an archive of a 10x folder".
    odd
        Whether members may stand in it that lead outside, are links or stand twice: they are left
        out then, else refused.

    Raises
    ------
    DataFileError
        If it is damaged, holds too much or, where these are not left out, a member that is no plain
        file or folder, whose name leads outside, that stands twice or is encrypted. Also for what
        goes wrong while it is open.
    """
    with _said(source, role), ExitStack() as stack:
        stream = _open(source, role, stack)
        guard = _Guard(stream, bounds.most_members * _LARGEST_ENTRY + (1 << 17))
        archive = stack.enter_context(zipfile.ZipFile(cast("IO[bytes]", guard)))
        guard.most = None  # the list of members is read
        room = bounds.room(stream.seek(0, 2))
        yield Packed(archive, _check_zip(archive, bounds, room, odd=odd), room)


@contextmanager
def walk_tar(
    path: Path, bounds: PackedBounds, *, role: str
) -> Iterator[Iterator[tuple[Member, Iterator[bytes]]]]:
    """Go through a tar archive, compressed or not, from its beginning to its end.

    Parameters
    ----------
    path, bounds, role
        As in `open_zip`.

    Yields
    ------
    Its plain files with their content in pieces; what is not taken is passed over. Links, devices
    and members whose name leads outside are left out.

    Raises
    ------
    DataFileError
        If it is damaged or holds too much.
    """
    with _said(path, role), ExitStack() as stack:
        stream = _open(path, role, stack)
        room = bounds.room(stream.seek(0, 2))
        stream.seek(0)
        unpack = unpacker_of(stream.read(_OPENING))
        stream.seek(0)
        plain: Any = stream if unpack is None else stack.enter_context(unpack(stream))
        yield _members_of_tar(_Meter(plain, room), bounds, stack)


def unpacker_of(start: bytes) -> Callable[[BinaryIO], Any] | None:
    """Return what unpacks a stream that begins so; None for one that is not packed.

    Parameters
    ----------
    start
        The first bytes, 16 or as many as there are.
    """
    if start.startswith(b"\x1f\x8b"):
        return lambda stream: gzip.GzipFile(fileobj=cast("BinaryIO", _Strides(stream)))
    if re.match(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)", start):
        return bz2.BZ2File
    return _XzStream if start.startswith(b"\xfd7zXZ\0") else None


class _Strides:
    """A stream that is not gone through byte by byte.

    So does gzip with the name in its head, and with zeros behind the end, of which a hundred
    million take as many calls.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._steps = 0

    def read(self, size: int = -1) -> bytes:
        """Read on.

        Raises
        ------
        zlib.error
            Where more than a megabyte was asked for in single bytes.
        """
        self._steps = self._steps + 1 if size == 1 else 0
        if self._steps > _PADDING:
            msg = "more than a megabyte of single bytes"
            raise zlib.error(msg)
        return self._stream.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _XzStream(io.RawIOBase):
    """A stream of xz, unpacked with little memory: a file may ask for four gigabytes."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)

    def readable(self) -> bool:
        """True: a buffered reader asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with the next bytes; 0 at the end."""
        content = b""
        while not content:
            packed = self._stream.read(_BLOCK) if self._unpacker.needs_input else b""
            if self._unpacker.eof:  # another stream may follow
                packed = self._unpacker.unused_data + packed
                packed = packed or self._stream.read(_BLOCK)
                if not packed.strip(b"\0"):
                    return 0
                self._unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
            elif not packed and self._unpacker.needs_input:
                msg = "the file ends in the middle"
                raise EOFError(msg)
            content = self._unpacker.decompress(packed, len(buffer))
        buffer[: len(content)] = content
        return len(content)


def is_zip(path: Path) -> bool:
    """True when a file is a zip archive by its content."""
    with open_regular(path, role="an archive", links=True) as stream:
        return zipfile.is_zipfile(stream)


def is_plain_name(name: str) -> bool:
    """True for a relative path of an archive that stays inside any folder it is put into."""
    path = PurePosixPath(name)
    is_clean = name.isprintable() and "\\" not in name and ":" not in name
    if not is_clean or path.is_absolute() or len(name) > _LONGEST_NAME or not path.parts:
        return False
    return ".." not in path.parts and path.as_posix() == name.rstrip("/")


def _open(source: Path | IO[bytes], role: str, stack: ExitStack) -> BinaryIO:
    """Open a path, or take a stream that is open already."""
    if not isinstance(source, Path | str):
        source.seek(0)
        return cast("BinaryIO", source)
    return stack.enter_context(open_regular(Path(source), role=role, links=True))


@contextmanager
def _said(source: object, role: str) -> Iterator[None]:
    """Turn what goes wrong with an archive into one sentence."""
    where = f": {source}" if isinstance(source, Path | str) else ""
    try:
        yield
    except _Refused as error:
        msg = f"Expected {role}, found {error}{where}."
        raise DataFileError(msg, "Pack and send it again.") from error
    except _BROKEN as error:
        if isinstance(error, RuntimeError | NotImplementedError):
            msg = f"Expected {role}, found a protected or unusual archive{where}."
            raise DataFileError(msg, "Pack it without a password.") from error
        msg = f"Expected {role}, found one that cannot be unpacked ({error}){where}."
        raise DataFileError(msg, "Pack and send it again.") from error


class _Refused(Exception):  # noqa: N818 - says what was found
    """What was found in an archive that may not be there."""


def _refuse(found: str) -> NoReturn:
    raise _Refused(found)


def _check_zip(
    archive: zipfile.ZipFile, bounds: PackedBounds, room: int, *, odd: bool
) -> list[Member]:
    """Check number, names, kinds and sizes."""
    listed = archive.infolist()
    if len(listed) > bounds.most_members:
        _refuse(f"{len(listed):,} files, more than {bounds.most_members:,}")
    seen: set[str] = set()
    members, total = [], 0
    for info in listed:
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
            _refuse(f"a protected or unusual archive ({info.filename[:80]!r})")
        problem = _problem_of(info, seen)
        seen.add(info.filename.casefold())
        if problem and not odd:
            _refuse(problem)
        if problem or info.is_dir():
            continue
        total += info.file_size
        if total > room:
            _refuse(f"{info.filename[:80]!r}, which unpacks to too many bytes")
        members.append(Member(info.filename, info.file_size))
    return members


def _problem_of(info: zipfile.ZipInfo, seen: set[str]) -> str:
    """Say what is odd about a member; "" for a plain file or a folder."""
    shown = repr(info.filename[:80])
    if not is_plain_name(info.filename):
        return f"a member whose name leads outside or cannot be shown ({shown})"
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return f"{shown}, which is no plain file"
    return f"{shown} twice" if info.filename.casefold() in seen else ""


def _members_of_tar(
    meter: _Meter, bounds: PackedBounds, stack: ExitStack
) -> Iterator[tuple[Member, Iterator[bytes]]]:
    """Yield plain files; what was not read of one is read before the next."""
    meter.head = _LARGEST_HEAD
    tape = tarfile.open(fileobj=cast("IO[bytes]", meter), mode="r|")  # noqa: SIM115 - in the stack
    stack.enter_context(tape)
    number = 0
    while (member := tape.next()) is not None:
        number += 1
        if number > bounds.most_members:
            _refuse(f"more than {bounds.most_members:,} files")
        tape.members.clear()  # type: ignore[attr-defined]  # it would keep them all
        meter.head = None
        chunks = _chunks(tape, member)
        if member.isreg() and not member.issparse() and is_plain_name(member.name):
            yield Member(member.name, member.size), chunks
        for _ in chunks:
            pass
        meter.head = _LARGEST_HEAD


def pack_tar(path: Path, files: Mapping[str, Path]) -> None:
    """Pack files under plain names, the same bytes for the same content.

    Parameters
    ----------
    path
        File to write.
    files
        Name in the archive -> file.

    Raises
    ------
    DataFileError
        If one cannot be read or the archive cannot be written.
    """
    try:
        with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tape:
            for name, file in sorted(files.items()):
                with open_regular(file, role="a file that was given") as stream:
                    member = tarfile.TarInfo(name)
                    member.size = stream.seek(0, io.SEEK_END)
                    stream.seek(0)
                    tape.addfile(member, stream)
    except OSError as error:
        msg = f"Expected to be able to keep {path.name}, found: {error.strerror or error}."
        raise DataFileError(msg, "Check the free space.") from error


def _chunks(tape: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    """Yield the content of a member in pieces."""
    if not member.isreg() or member.issparse():
        return
    stream = tape.extractfile(member)
    while stream is not None and (chunk := stream.read(_BLOCK)):
        yield chunk


class _Guard:
    """A stream that refuses to read very much at once: the list of a zip file is read so."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._stream = stream
        self.most: int | None = most

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes."""
        if self.most is None:
            return self._stream.read(size)
        content = self._stream.read(self.most + 1 if size < 0 else min(size, self.most + 1))
        if len(content) > self.most:
            _refuse("a list of members that is too long")
        return content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Meter:
    """Counts the unpacked bytes of a tar archive, and those between two members."""

    def __init__(self, stream: Any, room: int) -> None:
        self._stream = stream
        self._room = room
        self.head: int | None = None

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes."""
        block: bytes = self._stream.read(size)
        self._room -= len(block)
        if self._room < 0:
            _refuse("one that unpacks to too many bytes")
        if self.head is not None:
            self.head -= len(block)
            if self.head < 0:
                _refuse("names that are too long")
        return block
