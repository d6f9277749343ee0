"""Worker: the process that opens doors, one file after the other, as a server does."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from benchmarks.hostile.doors import DOORS, Room
from musegnn.embeddings.atlas import read_atlas
from musegnn.errors import MuseGNNError

MOST_LETTERS = 4000  # of what is told of a failure
_DEEPEST = 8
_MOST_PARTS = 3000


def serve(asked: int, answers: int, *, work: Path, atlas: Path, token: str) -> None:
    """Answer requests, one JSON line each, until there are no more.

    Parameters
    ----------
    asked, answers
        Descriptors to read requests (`door`, `path`) from and to write answers to.
    work
        Folder for rooms.
    atlas
        Result that is open.
    token
        Text that lies outside, and that nothing may show.
    """
    opened = read_atlas(atlas)
    with os.fdopen(asked, "r") as requests, os.fdopen(answers, "w") as told:
        told.write('{"ready": true}\n')
        told.flush()
        for line in requests:
            request = json.loads(line)
            room = Room(work / "room", opened)
            shutil.rmtree(room.folder, ignore_errors=True)  # of one that was ended
            (room.folder / "tmp").mkdir(parents=True)
            tempfile.tempdir = str(room.folder / "tmp")
            answer = give(request["door"], Path(request["path"]), room, token=token)
            shutil.rmtree(room.folder, ignore_errors=True)
            told.write(json.dumps(answer) + "\n")
            told.flush()


def give(name: str, path: Path, room: Room, *, token: str) -> dict[str, Any]:
    """Give a file to a door and say what came of it.

    Returns
    -------
    `outcome`: taken, refused or traceback; `text`; `outside`: whether the token was seen;
    `poison`: what stays of a file that was not taken, or meets the next visitor.
    """
    door = DOORS[name]
    for folder in (room.runs, room.knowledge):
        folder.mkdir(parents=True)
    memory_before = _start_of_memory()
    text, seen = "", None
    try:
        seen = door.enter(path, room)
        outcome = "taken"
    except MuseGNNError as error:
        outcome, text = "refused", str(error)
    except BaseException:  # noqa: BLE001 - whatever it is, it would stand on the page
        outcome, text = "traceback", traceback.format_exc()[-MOST_LETTERS:]
    is_outside = token in text or shows(seen, token)
    poison = "" if outcome == "taken" else ", ".join(kept_in(room))[:500]
    if door.shows_next is not None:
        try:
            is_outside |= shows(door.shows_next(room), token)
        except Exception:  # noqa: BLE001 - the next visitor has done nothing
            poison = traceback.format_exc()[-MOST_LETTERS:]
    return {
        "outcome": outcome,
        "text": text[-MOST_LETTERS:],
        "outside": is_outside,
        "poison": poison,
        "memory": _peak_of_memory() - memory_before,
    }


def kept_in(room: Room) -> list[str]:
    """Files that lie in a room, but for locks: after a refusal there should be none."""
    return sorted(
        str(path.relative_to(room.folder))
        for path in room.folder.rglob("*")
        if not path.is_dir() and path.suffix != ".lock"
    )


def shows(seen: object, token: str) -> bool:
    """True when a text occurs in what was returned, as text or as bytes that became numbers."""
    return any(token in part for part in _texts(seen, 0))


def _texts(value: Any, level: int) -> Iterator[str]:
    """Everything in a value that could be read, as texts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("latin-1")
    elif isinstance(value, np.ndarray):
        yield from _texts_of_array(value)
    elif sparse.issparse(value):
        for form in (value.tocsr(), value.tocsc()):
            yield from _texts_of_array(form.data)
    elif isinstance(value, pd.DataFrame):
        yield from _texts_of_array(value.reset_index().astype(str).to_numpy().ravel())
        for column in value:
            yield from _texts(value[column].to_numpy(), level)
    elif level < _DEEPEST:
        for part in _parts(value):
            yield from _texts(part, level + 1)


def _parts(value: Any) -> Iterator[Any]:
    """What a value holds."""
    if isinstance(value, Mapping):
        yield from list(value.keys())[:_MOST_PARTS]
        yield from list(value.values())[:_MOST_PARTS]
    elif isinstance(value, list | tuple | set | frozenset):
        yield from list(value)[:_MOST_PARTS]
    elif dataclasses.is_dataclass(value):
        yield from (getattr(value, field.name) for field in dataclasses.fields(value))
    elif hasattr(value, "model_dump"):
        yield value.model_dump()
    else:
        yield str(value)[:10_000]


def _texts_of_array(array: np.ndarray) -> Iterator[str]:
    """An array as text: letters, or numbers that are codes of letters."""
    flat = np.asarray(array).ravel(order="K")
    if flat.dtype.kind not in "biuf":
        yield "\n".join(map(str, flat[:100_000]))
        return
    yield flat.tobytes()[:10_000_000].decode("latin-1")
    finite = flat[np.isfinite(flat)] if flat.dtype.kind == "f" else flat
    codes = finite[(finite > 0) & (finite < 256)]
    yield codes.astype(np.uint8).tobytes().decode("latin-1")


def _start_of_memory() -> int:
    """Forget the largest memory so far; bytes in use."""
    with suppress(OSError):  # not in every container; then the largest ever counts
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    return _memory("VmRSS")


def _peak_of_memory() -> int:
    """Largest memory since then."""
    return _memory("VmHWM")


def _memory(name: str) -> int:
    """Bytes that the system states for this process."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{name}:"))
