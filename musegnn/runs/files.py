"""Files of a run: their names, and JSON that is written at once and read with distrust."""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from musegnn.border.documents import Bounds, WrongDocument, parse_json
from musegnn.border.regular import read_regular
from musegnn.errors import DataFileError
from musegnn.io.atomic import replacing

# who writes what: a file has one writer
CONFIG: Final = "config.json"  # who asks for the run, before it starts; never changed
OWNER: Final = "owner.json"  # who asks, or brings it in
REQUEST: Final = "request.json"  # who asks: how many times the run was to be started
LABEL: Final = "label.json"  # who renames
CANCEL: Final = "cancel.json"  # who cancels
LAUNCH: Final = "launch.json"  # who starts it: where, as which process
STATUS: Final = "status.json"  # the run itself
ERROR: Final = "error.json"  # the run itself
PROVENANCE: Final = "provenance.json"  # the run itself
METRICS: Final = "metrics.jsonl"  # the run itself
LOG: Final = "log.txt"
CHECKPOINT: Final = "checkpoint.safetensors"
BEST: Final = "best.safetensors"
FRAMES: Final = "frames"  # the live map
RESULT: Final = "result"
STAGED: Final = ".staged"  # the result while it is made
SEEN: Final = "seen.json"  # what the files of the result looked like when their hashes were right
RUN_LOCK: Final = "run.lock"  # held while the run goes on
CONTROL_LOCK: Final = "control.lock"  # held while somebody decides about the run
RESERVE: Final = "reserve"  # space that is given up to be able to say that there is none left
IMPORTED: Final = "imported.json"  # who brings it in: its files name places of another machine
DELETED: Final = "deleted.json"
# written by the run itself
OWN: Final = (STATUS, ERROR, PROVENANCE, METRICS, CHECKPOINT, BEST, RESULT)
# what the folder of a run may hold that has no result
UNFINISHED: Final = frozenset(
    {CONFIG, REQUEST, LABEL, CANCEL, LAUNCH, STATUS, ERROR, PROVENANCE, METRICS, LOG, CHECKPOINT}
    | {OWNER, IMPORTED, BEST, FRAMES, STAGED, RUN_LOCK, CONTROL_LOCK, RESERVE}
)

LARGEST_JSON = 4 << 20  # bytes; none of these files comes near
BOUNDS: Final = Bounds(most_bytes=LARGEST_JSON)
# what a run says of itself is a few lines, and is read for every run of a list
_SHORT: Final = Bounds(most_bytes=256 << 10, most_depth=10, most_values=20_000, most_keys=5_000)
_SHORT_FILES: Final = frozenset({REQUEST, LABEL, CANCEL, LAUNCH, STATUS, ERROR, DELETED})


class _Named:
    """Path of a file in the folder of a run."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, folder: RunFolder, _: type) -> Path:
        return folder.path / self.name


@dataclass(frozen=True)
class RunFolder:
    """Folder of a run with the paths of its files; nothing is read or made.

    Parameters
    ----------
    path
        The folder.
    """

    path: Path

    config = _Named(CONFIG)
    request = _Named(REQUEST)
    launch = _Named(LAUNCH)
    status = _Named(STATUS)
    error = _Named(ERROR)
    provenance = _Named(PROVENANCE)
    metrics = _Named(METRICS)
    checkpoint = _Named(CHECKPOINT)
    best = _Named(BEST)
    result = _Named(RESULT)
    staged = _Named(STAGED)
    reserve = _Named(RESERVE)

    @property
    def is_imported(self) -> bool:
        """True when the run came as a file: what it names was chosen elsewhere, by anybody."""
        return (self.path / IMPORTED).exists()


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object; None when the file is missing, no plain file, or no such object."""
    bounds = _SHORT if path.name in _SHORT_FILES else BOUNDS
    try:
        value = parse_json(read_regular(path, role=path.name, most_bytes=bounds.most_bytes), bounds)
    except (DataFileError, WrongDocument):
        return None
    return value if isinstance(value, dict) else None


def read_lines(path: Path, *, most_bytes: int) -> list[bytes]:
    """Return the lines of a file; none when it is missing, no plain file, or larger."""
    try:
        return read_regular(path, role=path.name, most_bytes=most_bytes).splitlines()
    except DataFileError:
        return []


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write JSON that reads well and never stands half-written, into a folder that is there.

    Raises
    ------
    DataFileError
        If the folder cannot be written.
    """
    text = json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n"
    with replacing(path, makes_folder=False) as temporary:
        temporary.write_text(text, encoding="utf-8")


def reserve_space(folder: Path, *, size: int = 1 << 16) -> None:
    """Take some bytes of the disk, to be given up when there is no room for a last word.

    Raises
    ------
    OSError
        If there is no room for them now.
    """
    (folder / RESERVE).unlink(missing_ok=True)  # never into what somebody else put there
    with (folder / RESERVE).open("xb") as stream:
        stream.write(bytes(size))


def size_of(folder: Path) -> int:
    """Bytes of the plain files in a folder that somebody may be removing."""
    size = 0
    for place, _, names in os.walk(folder):  # tells of nothing that has just gone
        for name in names:
            with suppress(OSError):
                found = os.lstat(os.path.join(place, name))  # noqa: PTH118 - hundreds of files
                size += found.st_size if stat.S_ISREG(found.st_mode) else 0
    return size


def whole_number(values: dict[str, Any] | None, key: str, default: int = 0) -> int:
    """Return a whole number of a file that anyone may have edited, 0 or more."""
    found = (values or {}).get(key)
    is_whole = isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**63
    return found if is_whole and isinstance(found, int) else default


def number(values: dict[str, Any] | None, key: str) -> float | None:
    """Return a finite number of a file that anyone may have edited, or None."""
    found = (values or {}).get(key)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if abs(found) < 1e300 else None


def moment(values: dict[str, Any] | None, key: str) -> datetime | None:
    """Return a moment of a file that anyone may have edited; None when there is none in sense."""
    seconds = number(values, key)
    if seconds is None or not 0 < seconds < 1e11:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def text(values: dict[str, Any] | None, key: str, *, longest: int = 2000) -> str:
    """Return a text of a file that anyone may have edited, cut to a length; "" when it is none.

    What moves the cursor or turns the text around becomes a blank.
    """
    found = (values or {}).get(key)
    if not isinstance(found, str):
        return ""
    found = found[:longest]
    if found.isprintable():
        return found
    return "".join(sign if sign.isprintable() else " " for sign in found).strip()
