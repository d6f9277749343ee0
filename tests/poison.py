"""Run folders in which one file is not what it should be, of every kind that anybody may leave."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from musegnn.runs import files

_HUGE = 6 << 20  # bytes


def _folder(path: Path) -> None:
    """Put a folder there."""
    path.mkdir()
    (path / "inside").write_text("x")


def _sparse(path: Path) -> None:
    """Put many zeros there."""
    with path.open("wb") as stream:
        stream.truncate(_HUGE)


def _text(content: str | bytes) -> Callable[[Path], object]:
    """Return what puts a text there."""
    data = content.encode() if isinstance(content, str) else content
    return lambda path: path.write_bytes(data)


# whatever the name of the file
KINDS: dict[str, Callable[[Path], object]] = {
    "empty": _text(""),
    "garbage": _text(b"\xff\xfe\x00{"),
    "a list": _text("[1, 2]"),
    "a number": _text("1e200"),
    "deep": _text('{"a": ' * 3000),
    "huge": _sparse,
    "a pipe": os.mkfifo,
    "a folder": _folder,
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path.name),
}
_ODD: tuple[object, ...] = ("7", -1, 1e200, 2**62, [], ["x"], {"a": 1}, None, True, "x" * 5000)
# values that a file may hold, each in turn as something else
_KEYS = {
    files.REQUEST: ("attempt", "executor", "requested_time"),
    files.LAUNCH: (
        *("attempt", "executor", "device", "pid", "mark", "machine", "token", "job", "problem"),
        *("launched_time", "launched_steady", "ended_by"),
    ),
    files.STATUS: (
        *("attempt", "state", "pid", "mark", "machine", "heartbeat_time", "heartbeat_steady"),
        *("epoch", "epochs", "loss", "best", "best_name", "best_epoch", "seconds", "memory_mib"),
        *("seconds_left", "started_time", "ended_time", "message", "step", "steps", "stage"),
    ),
    files.LABEL: ("name",),
    files.CANCEL: ("attempt",),
    files.ERROR: ("attempt", "message", "hint"),
    files.DELETED: ("name", "deleted_time"),
    files.OWNER: ("owner", "name", "made_by"),
    files.SEEN: ("files",),
}
NAMES = (
    *(files.CONFIG, files.REQUEST, files.LAUNCH, files.STATUS, files.LABEL, files.CANCEL),
    *(files.ERROR, files.DELETED, files.OWNER, files.SEEN, files.METRICS, files.LOG),
    *(files.CHECKPOINT, files.PROVENANCE, files.RESULT, files.FRAMES, "result/manifest.json"),
)


def poisons() -> Iterator[tuple[str, str, Callable[[Path], object]]]:
    """Yield what was done, the name of the file, and what puts it there."""
    for name in NAMES:
        for kind, put in KINDS.items():
            yield f"{name} is {kind}", name, put
    for name, keys in _KEYS.items():
        for odd in _ODD:
            content = json.dumps(dict.fromkeys(keys, odd))
            yield f"{name} holds {str(odd)[:20]!r}", name, _text(content)
        far = json.dumps({**dict.fromkeys(keys, 9e12), "attempt": 1, "state": "running"})
        yield f"{name} is from the future", name, _text(far)


def poison(folder: Path, name: str, put: Callable[[Path], object]) -> None:
    """Put something in the place of a file of a run."""
    path = folder / name
    if path.is_dir() and not path.is_symlink():
        path.rename(folder / f"{path.name}-before")
    else:
        path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    put(path)
