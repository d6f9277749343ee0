"""Kept arrays: what was taken out of a large file once, in a form that memory maps at once.

A file of kept arrays lies beside its source, or in the cache folder where that cannot be written.
It is believed only when it was sealed by this installation, for exactly these bytes of the source:
the seal is a keyed hash over both. One that came with somebody else's folder is made anew.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import mmap
import os
import secrets
import shutil
import struct
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from musegnn.border.documents import Bounds, parse_json
from musegnn.border.regular import hash_regular, is_regular, open_regular
from musegnn.errors import DataFileError
from musegnn.io.atomic import replacing
from musegnn.settings import Settings

_MAGIC: Final = b"musegnn kept 1\n\0"
_END: Final = struct.Struct("<QQ32s")  # where the header stands, its length, the seal
_ALIGNED: Final = 64  # bytes
_HEADER: Final = Bounds(most_bytes=1 << 26)
_PIECE: Final = 1 << 20  # bytes
_KINDS: Final = "biuf"
MOST_KEPT: Final = 40 << 30  # bytes of the cache folder; those not opened for longest go first
_ABANDONED: Final = 6 * 3600  # seconds after which a half-written file has no writer any more


class ArrayFile:
    """Writes arrays into a new file, one after the other; use it in a `with` block.

    Parameters
    ----------
    path
        File to write.
    """

    def __init__(self, path: Path) -> None:
        self._stream: BinaryIO = path.open("wb")
        self._stream.write(_MAGIC)
        self._arrays: list[dict[str, Any]] = []

    def __enter__(self) -> ArrayFile:
        """Return the file."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the file."""
        self._stream.close()

    def add(self, name: str, array: np.ndarray) -> None:
        """Write an array of numbers."""
        self.add_blocks(name, array.dtype, array.shape, [array])

    def add_blocks(
        self, name: str, dtype: np.dtype, shape: tuple[int, ...], blocks: Iterable[np.ndarray]
    ) -> int:
        """Write an array that comes in blocks of its first axis; return where it begins."""
        self._stream.write(b"\0" * (-self._stream.tell() % _ALIGNED))
        little, offset = np.dtype(dtype).newbyteorder("<"), self._stream.tell()
        about = {"name": name, "dtype": little.str, "shape": list(map(int, shape))}
        self._arrays.append({**about, "offset": offset})
        for block in blocks:
            if block.size:
                self._stream.write(np.ascontiguousarray(block, dtype=little).data.cast("B"))
        self._stream.flush()
        return offset

    def close(self, notes: dict[str, Any]) -> None:
        """Write what else is to be known, as JSON, and the place of a seal."""
        header = json.dumps({"arrays": self._arrays, "notes": notes}).encode("ascii")
        place = self._stream.tell()
        self._stream.write(header)
        self._stream.write(_END.pack(place, len(header), b"\0" * 32))
        self._stream.flush()


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays into a new file."""
    with ArrayFile(path) as out:
        for name, array in arrays.items():
            out.add(name, array)
        out.close({})


@dataclass(frozen=True)
class Kept:
    """Arrays of a kept file, mapped and read-only.

    Parameters
    ----------
    arrays
        By name; they take memory only where they are looked at.
    notes
        What else was written.
    memory
        The mapping.
    """

    arrays: dict[str, np.ndarray]
    notes: dict[str, Any]
    memory: mmap.mmap

    def release(self) -> None:
        """Give back what was looked at so far; it is read again where it is needed."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self.memory.madvise(mmap.MADV_DONTNEED)


def open_kept(
    source: Path,
    suffix: str,
    *,
    make: Callable[[Path], object],
    check: Callable[[Kept], object],
    beside: bool = True,
) -> Kept:
    """Open the kept arrays of a file; where there are none that can be believed, make them.

    Parameters
    ----------
    source
        The file they are taken out of.
    suffix
        What kind of arrays, such as `.rows`; the version of their form is part of it.
    make
        Writes them into a file, by `ArrayFile`.
    check
        Raises for arrays that do not hold together, before they are sealed.
    beside
        Keep them beside their source where that can be written; else in the cache folder.

    Raises
    ------
    DataFileError
        If they cannot be made, or nowhere be kept.
    """
    kept = find_kept(source, suffix, beside=beside)
    if kept is not None:
        return kept
    digest = _hash(source)
    problem: DataFileError | None = None
    for path in _places(source, suffix, digest, beside=beside, is_new=True):
        try:
            return _make(path, digest, suffix, make=make, check=check)
        except _UnwritableError as error:
            problem = DataFileError(error.message, error.hint)
    msg = f"Expected a place to keep what was taken out of {source}, found none."
    raise problem or DataFileError(msg, "Give the server a cache folder that it can write.")


def find_kept(source: Path, suffix: str, *, beside: bool = True) -> Kept | None:
    """Return the kept arrays of a file that can be believed; None where there are none.

    Parameters
    ----------
    source, suffix, beside
        As in `open_kept`.
    """
    digest = _hash(source)
    for path in _places(source, suffix, digest, beside=beside):
        if is_regular(path) and _is_sealed(path, digest, suffix):
            with suppress(OSError):
                os.utime(path)  # what is used goes last when the folder is swept
            return read_kept(path)
    return None


def _hash(source: Path) -> str:
    """Hash of a source."""
    return hash_regular(source, role="a set of vectors", links=True)


class _UnwritableError(DataFileError):
    """A folder that cannot be written, so that another one is tried."""


def _places(
    source: Path, suffix: str, digest: str, *, beside: bool, is_new: bool = False
) -> Iterator[Path]:
    """Where kept arrays may lie: beside their source, in the cache folder, at last for now only.

    The last one is made when `is_new` arrays have no other place: most processes never need it.
    """
    if beside:
        yield source.with_name(f"{source.stem}{suffix}")
    name = f"{digest[:32]}{suffix}"
    yield Settings.from_environment().opened / name
    if is_new or _FOR_NOW:
        yield _for_now() / name


def _for_now() -> Path:
    """Folder of this process alone, which goes with it."""
    if not _FOR_NOW:
        place = Path(tempfile.gettempdir())
        _forget_ended(place)
        prefix = f"{_OF_PROCESS}{os.getpid()}-"
        _FOR_NOW.append(tempfile.TemporaryDirectory(prefix=prefix, dir=place))
    return Path(_FOR_NOW[0].name)


def _forget_ended(place: Path) -> None:
    """Remove the folders of processes that were killed, which could not do it themselves."""
    if os.name != "posix":  # elsewhere asking a process whether it runs may end it
        return
    for folder in place.glob(f"{_OF_PROCESS}*"):
        number = folder.name.removeprefix(_OF_PROCESS).partition("-")[0]
        if number.isdecimal() and not _is_running(int(number)):
            # of somebody else nothing can be removed, and a link is not followed
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(process: int) -> bool:
    """Tell whether a process is there, whosoever it is."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


_OF_PROCESS: Final = "musegnn-opened-"
_FOR_NOW: list[tempfile.TemporaryDirectory[str]] = []


def _make(
    path: Path,
    digest: str,
    suffix: str,
    *,
    make: Callable[[Path], object],
    check: Callable[[Kept], object],
) -> Kept:
    """Make kept arrays at a place and seal them."""
    _check_writable(path)
    _sweep(path)
    try:
        with replacing(path) as temporary:
            with temporary.open("xb"):
                temporary.chmod(0o600)
            make(temporary)
            kept = read_kept(temporary)
            check(kept)
            _seal(temporary, digest, suffix)
    except DataFileError as error:
        if isinstance(error.__cause__, OSError):
            raise _UnwritableError(error.message, error.hint) from error
        raise
    return kept


def _check_writable(path: Path) -> None:
    """Raise where nothing can be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"Expected a folder at {path.parent}, found: {error.strerror}."
        raise _UnwritableError(msg) from error
    if not os.access(path.parent, os.W_OK):
        msg = f"Expected to be able to write into {path.parent}, found no permission."
        raise _UnwritableError(msg)


def read_kept(path: Path) -> Kept:
    """Map a file of kept arrays; what its header says is compared with its size.

    Raises
    ------
    DataFileError
        If it is no such file, or cut off.
    """
    try:
        with open_regular(path, role="kept arrays") as stream:
            size = os.fstat(stream.fileno()).st_size
            place, length = _read_end(stream, size)
            stream.seek(place)
            header = parse_json(stream.read(length), _HEADER)
            memory = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        arrays = {str(part["name"]): _array(memory, part, place) for part in header["arrays"]}
        return Kept(arrays, dict(header["notes"]), memory)
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        msg = f"Expected arrays that were kept, found a damaged file: {path}."
        raise DataFileError(msg, "Remove it; it is made anew.") from error


def _read_end(stream: BinaryIO, size: int) -> tuple[int, int]:
    """Return where the header of a kept file stands and how long it is."""
    if size < len(_MAGIC) + _END.size or stream.read(len(_MAGIC)) != _MAGIC:
        msg = "no kept arrays"
        raise ValueError(msg)
    stream.seek(size - _END.size)
    place, length, _ = _END.unpack(stream.read(_END.size))
    if length > _HEADER.most_bytes or place + length != size - _END.size:
        msg = "a header that is not there"
        raise ValueError(msg)
    return place, length


def _array(memory: mmap.mmap, part: dict[str, Any], end: int) -> np.ndarray:
    """Look at a part of a mapped file as an array."""
    dtype = np.dtype(str(part["dtype"]))
    shape = [int(n) for n in part["shape"]]
    offset, count = int(part["offset"]), int(np.prod(shape, dtype=object))
    is_inside = min([0, *shape]) == 0 and offset >= 0 and offset + count * dtype.itemsize <= end
    if dtype.kind not in _KINDS or not is_inside or offset % _ALIGNED:
        msg = "an array that is not there"
        raise ValueError(msg)
    if not count:
        return np.empty(shape, dtype)
    return np.frombuffer(memory, dtype, count, offset).reshape(shape)


def _is_sealed(path: Path, digest: str, suffix: str) -> bool:
    """True when this installation sealed the file for this source, and it is as it was then."""
    try:
        with open_regular(path, role="kept arrays") as stream:
            size = os.fstat(stream.fileno()).st_size
            _read_end(stream, size)
            stream.seek(size - 32)
            return hmac.compare_digest(stream.read(32), _mark(path, digest, suffix))
    except (OSError, ValueError, struct.error, DataFileError):
        return False


def _seal(path: Path, digest: str, suffix: str) -> None:
    """Write the seal into a file."""
    mark = _mark(path, digest, suffix)
    with path.open("r+b") as stream:
        stream.seek(-32, os.SEEK_END)
        stream.write(mark)


def _mark(path: Path, digest: str, suffix: str) -> bytes:
    """Return the seal of a file: all but its last 32 bytes, its source and its kind."""
    content = hashlib.sha256()
    with path.open("rb") as stream:
        left = os.fstat(stream.fileno()).st_size - 32
        while left > 0 and (piece := stream.read(min(_PIECE, left))):
            content.update(piece)
            left -= len(piece)
    said = f"{digest} {suffix} ".encode("ascii")
    return hmac.digest(_key(), said + content.digest(), "sha256")


@cache
def _key() -> bytes:
    """Return the key of this installation, made once, or one of this process where none is kept."""
    path = Settings.from_environment().opened / "key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            new = path.with_name(f"key-{secrets.token_hex(8)}")
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(secrets.token_bytes(32))
            try:
                os.link(new, path)  # the first one wins, whole
            finally:
                new.unlink()
        key = path.read_bytes()
    except OSError:
        key = b""
    return key if len(key) == 32 else secrets.token_bytes(32)


def _sweep(path: Path) -> None:
    """Remove what writers left that were ended, and from the cache folder what is too much."""
    now = time.time()
    for left in path.parent.glob(f".{path.stem}-*{path.suffix}"):
        with suppress(OSError):
            if now - left.stat().st_mtime > _ABANDONED:
                left.unlink()
    folder = Settings.from_environment().opened
    if path.parent != folder:
        return
    with suppress(OSError):
        kept = [(item.stat(), item) for item in folder.iterdir() if item.name != "key"]
        total = sum(status.st_size for status, _ in kept)
        for status, item in sorted(kept, key=lambda pair: pair[0].st_mtime):
            if total <= MOST_KEPT:
                return
            item.unlink(missing_ok=True)
            total -= status.st_size
