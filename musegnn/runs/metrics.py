"""The curves of a run: lines of JSON that are read while they are written."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any

import orjson

from musegnn.border.documents import Bounds, WrongDocument, parse_json
from musegnn.border.regular import open_regular
from musegnn.errors import DataFileError
from musegnn.runs.files import LOG, METRICS

MOST_BYTES = 8 << 20  # of one reading; a run of a million epochs is read in pieces
MOST_BROKEN = 10_000  # lines of one reading; behind them is nothing that a run has written
_LOG_BYTES = 256 << 10  # from the end of a log
_LINE = Bounds(most_bytes=64 << 10, most_depth=4, most_values=1000, most_keys=1000)
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_NUMBERS = frozenset((float, int, NoneType))
_MOST = sys.float_info.max
Row = dict[str, float | int | None]


@dataclass(frozen=True)
class Curves:
    """A piece of the curves.

    Parameters
    ----------
    rows
        One for each epoch, in order: `epoch`, `seconds`, `loss`, each term of the loss,
        `graphs_per_second`, `seconds_left`, `memory_mib`, `validation_auroc`.
    position
        Give it to the next reading to get what came after; "" before the first.
    is_new
        True when the file was written anew since the position that was given (a run that was taken
        up drops the epochs after its checkpoint): rows start from the first epoch again, and what
        was read before must go.
    n_broken
        Lines that could not be read, left out; at most `MOST_BROKEN`, where reading ends.
    """

    rows: list[Row]
    position: str
    is_new: bool = False
    n_broken: int = 0


def read_metrics(folder: Path, since: str = "") -> Curves:
    """Read the epochs that were written since a position.

    Parameters
    ----------
    folder
        Folder of the run.
    since
        Position of the last reading; "" for all.

    Returns
    -------
    Rows of complete lines; a line that is being written is left for the next reading.
    """
    path = folder / METRICS
    try:
        with open_regular(path, role="curves of a run") as stream:
            inode, size = path.lstat().st_ino, stream.seek(0, os.SEEK_END)
            offset = _offset(since, inode, size=size)
            stream.seek(offset or 0)
            content = stream.read(MOST_BYTES)
    except (OSError, DataFileError):
        return Curves([], since)
    whole = content[: content.rfind(b"\n") + 1]
    rows, n_broken, is_given_up = [], 0, False
    for line in whole.splitlines():
        row = _parse(line)
        if row is not None:
            rows.append(row)
            continue
        n_broken += 1
        if n_broken == MOST_BROKEN:
            is_given_up = True
            break
    position = f"{inode}:{size if is_given_up else (offset or 0) + len(whole)}"
    return Curves(rows, position, is_new=offset is None and since != "", n_broken=n_broken)


def _offset(since: str, inode: int, *, size: int) -> int | None:
    """Return where to go on; None when the file is another one than before."""
    before, _, offset = since.partition(":")
    if before != str(inode) or not offset.isdigit() or int(offset) > size:
        return None
    return int(offset)


def _parse(line: bytes) -> Row | None:
    """Read one line; None when it is torn or was changed by hand."""
    if len(line) > _LINE.most_bytes:
        return None
    try:
        values: Any = orjson.loads(line)  # comparing hundreds of runs reads 10^5 lines
        if type(values) is dict and _NUMBERS.issuperset(map(type, values.values())):
            # orjson knows no number that is infinite or none at all
            return values if type(values.get("epoch")) is int else None
    except orjson.JSONDecodeError:
        try:
            values = parse_json(line, _LINE, any_number=True)
        except WrongDocument:
            return None
    if type(values) is not dict or type(values.get("epoch")) is not int:
        return None
    return {key: value for key, value in values.items() if _is_number(value)}


def _is_number(value: Any) -> bool:
    """True for a finite number that is no longer than a float, or None."""
    if value is None:
        return True
    return type(value) in _NUMBERS and -_MOST < value < _MOST


def read_log_tail(folder: Path, *, lines: int = 200) -> str:
    """Return the last lines of the log, without control characters.

    Parameters
    ----------
    folder
        Folder of the run.
    lines
        How many; of very long lines at most 256 KiB in all.
    """
    try:
        with open_regular(folder / LOG, role="the log of a run") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _LOG_BYTES))
            text = stream.read(_LOG_BYTES).decode("utf-8", errors="replace")
    except (OSError, DataFileError):
        return ""
    return "\n".join(_ESCAPE.sub("", text).splitlines()[-lines:])
