"""Zygote: a process that has loaded the parsers once, and has a child read each file.

It runs as `python -m musegnn.border.zygote DESCRIPTOR`. For each request that comes through the
socket it forks a reader: a fresh process with limits on memory, processor time and wall time that
may crash or be killed without harm. How it ended is told. Everything a reader hands back is plain
bytes, see `musegnn.border.portable`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any, Final, NoReturn

from musegnn.border.apart import become_reader
from musegnn.border.portable import pack
from musegnn.border.readers import READERS
from musegnn.errors import MuseGNNError
from musegnn.validation import check_choice

REQUEST_BYTES: Final = 1 << 16
# what libraries load when they first read: loaded here, it is not loaded anew for each file
AHEAD: Final = ("pyarrow.parquet", "pyarrow.pandas_compat", "encodings.utf_8_sig")
STATUS: Final = struct.Struct("<i")


def main(descriptor: int) -> None:
    """Serve requests until the process at the other end is gone."""
    control = socket.socket(fileno=descriptor)
    for place in (*sorted(READERS), *AHEAD):
        importlib.import_module(place.partition(":")[0])
    gc.collect()
    gc.freeze()  # what is loaded stays in memory that all readers share
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the program, not for us
    ended, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    readers: dict[int, int] = {}  # process -> where its end is told
    while True:
        ready, _, _ = select.select([descriptor, ended], [], [])
        if ended in ready:
            os.read(ended, 1 << 16)
            _tell_ends(readers)
        if descriptor not in ready:
            continue
        message, descriptors, _, _ = socket.recv_fds(control, REQUEST_BYTES, 2)
        if not message:
            return
        answer, status = descriptors
        reader = os.fork()
        if reader == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for number in (descriptor, ended, wake, status, *readers.values()):
                os.close(number)
            _read(json.loads(message), answer)
        os.close(answer)
        readers[reader] = status


def _tell_ends(readers: dict[int, int]) -> None:
    """Tell the exit code of each reader that has ended; negative is the signal it died of."""
    for reader, status in list(readers.items()):
        pid, code = os.waitpid(reader, os.WNOHANG)
        if not pid:
            continue
        with contextlib.suppress(OSError):  # nobody asks when the answer came whole
            os.write(status, STATUS.pack(os.waitstatus_to_exitcode(code)))
        os.close(status)
        del readers[reader]


def _read(request: dict[str, Any], answer: int) -> NoReturn:
    """Read one file within limits and send what stands in it, or what is wrong with it."""
    become_reader()
    warnings.simplefilter("ignore")  # of libraries; what matters is said in the answer
    memory = _limit(request["memory"], request["processor"], request["wall"])
    try:
        check_choice(request["reader"], sorted(READERS), name="reader")
        os.chdir(request["folder"])  # names of files stay as they were given
        module, _, name = request["reader"].partition(":")
        read = getattr(importlib.import_module(module), name)
        value: object = {"value": read(Path(request["path"]), **request["options"])}
        parts = pack(value)
    except MuseGNNError as error:
        cause = "" if error.__cause__ is None else repr(error.__cause__)[:2000]
        parts = pack({"error": [type(error).__name__, error.message, error.hint, cause]})
    except MemoryError:
        parts = pack({"memory": memory})
    except Exception:  # noqa: BLE001 - a parser fails in almost any way; the caller says it
        parts = pack({"failure": traceback.format_exc()[-4000:]})
    # who asked may have ended meanwhile: nobody takes the answer then
    with contextlib.suppress(BrokenPipeError), os.fdopen(answer, "wb", buffering=0) as stream:
        for part in parts:
            view = memoryview(part)
            while view:
                view = view[stream.write(view) :]
    os._exit(0)


def _limit(memory: int, processor: int, wall: int) -> int:
    """Bound what this process may use; beyond it the system ends it.

    Returns
    -------
    Bytes that it may take beside its own: fewer than asked for where an administrator allows its
    processes no more (`ulimit -v`).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    own = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    allowed = _bound(resource.RLIMIT_AS, own + memory, spare=0)
    _bound(resource.RLIMIT_CPU, processor, spare=1)
    _bound(resource.RLIMIT_CORE, 0, spare=0)
    signal.alarm(wall)
    return allowed - own


def _bound(kind: int, most: int, *, spare: int) -> int:
    """Set a limit, never above one that stands, and return it; the hard one has `spare` more."""
    soft, hard = resource.getrlimit(kind)
    most = most if soft == resource.RLIM_INFINITY else min(most, soft)
    last = most + spare
    resource.setrlimit(kind, (most, last if hard == resource.RLIM_INFINITY else min(last, hard)))
    return most


if __name__ == "__main__":
    main(int(sys.argv[1]))
