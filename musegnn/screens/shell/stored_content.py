"""Stored content: what is too long for an address, kept on the server under its own hash."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from musegnn.access.visitor import acting
from musegnn.border.documents import Bounds, WrongDocument, parse_json
from musegnn.border.regular import read_regular
from musegnn.errors import DataFileError, InputError
from musegnn.io.atomic import replacing
from musegnn.screens.shell.link_field import CONTENT_ID

_HASH_LETTERS: Final = 24  # 96 bits: nobody meets another's content by chance or by guessing
MOST_FILES: Final = 20_000
MOST_OF_ONE: Final = 2_000  # of one person, that nobody has opened
MOST_BYTES: Final = 2_000_000  # of one content as JSON: 100,000 rows take 0.7 MB
YOUNG: Final = 7 * 86400.0  # seconds in which a link may be on its way to whoever opens it
UNUSED: Final = 400 * 86400.0  # seconds after which one that was opened counts as forgotten
NEW: Final = "new"  # folder of what nobody has opened, by who made it
_BOUNDS: Final = Bounds(most_bytes=MOST_BYTES)
_SUFFIX: Final = ".json.gz"


@dataclass(frozen=True)
class ContentStore:
    """A folder of small JSON contents, each under the hash of what it says.

    The same content has the same id everywhere and is kept once. What was opened by its link stays
    as long as it is opened now and then; what was not goes after some days, the oldest first, when
    there is too much. What is young stays too: who makes too many gets no more links, and nobody
    loses one by it.

    Parameters
    ----------
    folder
        Where the files are; made when the first content is kept.
    most_files
        Number of contents kept.
    most_of_one
        Of these, how many of one person that nobody has opened; an administrator may make all.
    """

    folder: Path
    most_files: int = MOST_FILES
    most_of_one: int = MOST_OF_ONE

    def put(self, content: dict[str, Any]) -> str:
        """Keep a content and return its id, 24 hexadecimal letters.

        Raises
        ------
        InputError
            If the content is larger than `MOST_BYTES` as JSON, or there is no room for another
            link.
        DataFileError
            If the folder cannot be written.
        """
        text = json.dumps(content, sort_keys=True, separators=(",", ":")).encode("utf-8")
        if len(text) > MOST_BYTES:
            msg = f"Expected at most {MOST_BYTES:,} bytes to keep for a link, found {len(text):,}."
            raise InputError(msg, "Select fewer points, or save the session as a file.")
        name = _id_of(text)
        known = self._find(name)
        if known is not None:
            _touch(known)
            return name
        visitor = acting()
        own = self.folder / NEW / hashlib.sha256(visitor.id.encode()).hexdigest()[:16]
        self._make_room(own, is_limited=not visitor.may("administer"))
        with replacing(own / f"{name}{_SUFFIX}") as temporary:
            temporary.write_bytes(gzip.compress(text, mtime=0))
        return name

    def get(self, name: str) -> dict[str, Any]:
        """Return the content of an id.

        Raises
        ------
        InputError
            If the id is not well formed, or nothing is kept under it.
        DataFileError
            If the file is damaged.
        """
        path = self._find(name) if CONTENT_ID.fullmatch(name) else None
        if path is None:
            msg = f"Expected the id of a stored content, found none under {name[:40]!r}."
            raise InputError(
                msg,
                "It was made on another server, or so long ago that it is no longer kept. "
                "Ask for the session file instead.",
            )
        text = _unpack(path)
        if _id_of(text) != name:
            raise _damaged(path)
        try:
            content = parse_json(text, _BOUNDS)
        except WrongDocument as error:
            raise _damaged(path) from error
        if not isinstance(content, dict):
            raise _damaged(path)
        self._note_opened(path)
        return content

    def _find(self, name: str) -> Path | None:
        """Return the file of a content; None when there is none."""
        homes = [self.folder, *(self.folder / NEW / home for home in _names(self.folder / NEW))]
        paths = (home / f"{name}{_SUFFIX}" for home in homes)
        return next((path for path in paths if path.is_file()), None)

    def _note_opened(self, path: Path) -> None:
        """Keep what was opened apart from what nobody may ever open."""
        _touch(path)
        if path.parent != self.folder:
            with suppress(OSError):  # a folder that became read-only does not matter
                path.replace(self.folder / path.name)

    def _make_room(self, own: Path, *, is_limited: bool) -> None:
        """Remove what is old and was not opened when there is too much; else refuse."""
        n_own = len(_names(own))
        is_full = is_limited and n_own >= self.most_of_one
        if is_full and not _remove_older(own, YOUNG, n_own - self.most_of_one + 1):
            msg = (
                f"Expected at most {self.most_of_one:,} links of one person that nobody has "
                f"opened, found {n_own:,} younger than {YOUNG / 86400:.0f} days."
            )
            raise InputError(msg, "Open those that are wanted, or save the session as a file.")
        homes = [self.folder / NEW / name for name in _names(self.folder / NEW)]
        n_all = sum(len(_names(home)) for home in (self.folder, *homes))
        n_over = n_all - self.most_files + 1
        for home, age in (*((home, YOUNG) for home in homes), (self.folder, UNUSED)):
            if n_over > 0:
                n_over -= _remove_older(home, age, n_over)
        if n_over > 0:
            msg = f"Expected at most {self.most_files:,} links on this server, found {n_all:,}."
            hint = "All were opened or are young. Save the session as a file."
            raise InputError(msg, hint)


def _names(folder: Path) -> list[str]:
    """Names in a folder; none where there is no folder."""
    try:
        return [name for name in os.listdir(folder) if name != NEW]  # noqa: PTH208 - thousands
    except OSError:
        return []


def _remove_older(folder: Path, age: float, most: int) -> int:
    """Remove some files that were not used for so long, oldest first; return how many."""
    ages = []
    for name in _names(folder):
        with suppress(OSError):  # another session removed it in between
            ages.append(((folder / name).stat().st_mtime, name))
    old = [name for used, name in sorted(ages) if time.time() - used > age][:most]
    for name in old:
        (folder / name).unlink(missing_ok=True)
    return len(old)


def _id_of(text: bytes) -> str:
    """Hash a content as it is written."""
    return hashlib.sha256(text).hexdigest()[:_HASH_LETTERS]


def _touch(path: Path) -> None:
    """Mark a file as just used; a folder that became read-only does not matter."""
    try:
        path.touch()
    except OSError:
        return


def _unpack(path: Path) -> bytes:
    """Read a file, never more than a content can have."""
    try:
        decoder = zlib.decompressobj(wbits=31)
        packed = read_regular(path, role="a stored content", most_bytes=2 * MOST_BYTES)
        text = decoder.decompress(packed, MOST_BYTES + 1)
    except (DataFileError, zlib.error) as error:
        raise _damaged(path) from error
    if len(text) > MOST_BYTES:
        raise _damaged(path)
    return text


def _damaged(path: Path) -> DataFileError:
    """Say that a file is not what was written."""
    msg = f"Expected the stored content {path.name} as it was written, found it changed."
    return DataFileError(msg, "Make the link again, or use the session file.")
