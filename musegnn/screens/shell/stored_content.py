"""Stored content: what is too long for an address, kept on the server under its own hash."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from musegnn.errors import DataFileError, InputError
from musegnn.io.atomic import replacing

_HASH_LETTERS: Final = 24  # 96 bits: nobody meets another's content by chance or by guessing
CONTENT_ID: Final = re.compile(rf"[0-9a-f]{{{_HASH_LETTERS}}}")
MOST_FILES: Final = 2_000
MOST_BYTES: Final = 2_000_000  # of one content as JSON: 100,000 rows take 0.7 MB
_SUFFIX: Final = ".json.gz"


@dataclass(frozen=True)
class ContentStore:
    """A folder of small JSON contents, each under the hash of what it says.

    The same content has the same id everywhere and is kept once. When there are more than
    `most_files`, those that were not used for longest go.

    Parameters
    ----------
    folder
        Where the files are; made when the first content is kept.
    most_files
        Number of contents kept.
    """

    folder: Path
    most_files: int = MOST_FILES

    def put(self, content: dict[str, Any]) -> str:
        """Keep a content and return its id, 24 hexadecimal letters.

        Raises
        ------
        InputError
            If the content is larger than `MOST_BYTES` as JSON.
        DataFileError
            If the folder cannot be written.
        """
        text = json.dumps(content, sort_keys=True, separators=(",", ":")).encode("utf-8")
        if len(text) > MOST_BYTES:
            msg = f"Expected at most {MOST_BYTES:,} bytes to keep for a link, found {len(text):,}."
            raise InputError(msg, "Select fewer points, or save the session as a file.")
        name = _id_of(text)
        path = self.folder / f"{name}{_SUFFIX}"
        if path.is_file():
            _touch(path)
            return name
        with replacing(path) as temporary:
            temporary.write_bytes(gzip.compress(text, mtime=0))
        self._forget_oldest()
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
        path = self.folder / f"{name}{_SUFFIX}"
        if CONTENT_ID.fullmatch(name) is None or not path.is_file():
            msg = f"Expected the id of a stored content, found none under {name[:40]!r}."
            raise InputError(
                msg,
                "It was made on another server, or so long ago that it is no longer kept. "
                "Ask for the session file instead.",
            )
        text = _unpack(path)
        if _id_of(text) != name:
            raise _damaged(path)
        _touch(path)
        content: dict[str, Any] = json.loads(text)
        return content

    def _forget_oldest(self) -> None:
        """Remove what was not used for longest when there is too much."""
        ages = []
        for path in self.folder.glob(f"*{_SUFFIX}"):
            try:
                ages.append((path.stat().st_mtime_ns, path))
            except FileNotFoundError:  # another session removed it in between
                continue
        for _, path in sorted(ages)[: max(0, len(ages) - self.most_files)]:
            path.unlink(missing_ok=True)


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
        text = decoder.decompress(path.read_bytes(), MOST_BYTES + 1)
    except (OSError, zlib.error) as error:
        raise _damaged(path) from error
    if len(text) > MOST_BYTES:
        raise _damaged(path)
    return text


def _damaged(path: Path) -> DataFileError:
    """Say that a file is not what was written."""
    msg = f"Expected the stored content {path.name} as it was written, found it changed."
    return DataFileError(msg, "Make the link again, or use the session file.")
