"""Uploads: a file as the browser sent it, and where a reader finds it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from musegnn.errors import MuseGNNError
from musegnn.io.archives import is_archive, unpack_tenx
from musegnn.io.atomic import scratch_folder
from musegnn.runs.inputs import Given, give

_LONGEST_NAME = 200  # bytes; file systems take 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Upload:
    """A file as the browser sent it.

    Parameters
    ----------
    name
        Name without folders.
    content
        Its bytes.
    digest
        Hash of name and content: what is derived from a file is kept under it.
    sha256
        Of the content.
    """

    name: str
    content: bytes
    digest: str
    sha256: str

    @classmethod
    def of(cls, name: str, content: bytes) -> Upload:
        """Make an upload; what cannot be the name of a file is taken off its name."""
        safe = _CONTROL.sub("_", Path(name.replace("\\", "/")).name)
        if len(safe.encode()) > _LONGEST_NAME:
            safe = safe[-_LONGEST_NAME // 4 :]  # a letter takes up to four bytes
        safe = "upload" if safe in {"", ".", ".."} else safe
        digest = hashlib.blake2b(content, key=safe.encode()[:64], digest_size=16).hexdigest()
        return cls(safe, content, digest, hashlib.sha256(content).hexdigest())


def give_upload(root: Path, upload: Upload, *, role: str) -> Given:
    """Return an upload as a file that a run is to read."""
    return give(root, role=role, name=upload.name, content=upload.content, sha256=upload.sha256)


@contextmanager
def on_disk(*uploads: Upload | None) -> Iterator[list[Path | None]]:
    """Write uploads into a temporary folder, each into one of its own, and hand out the paths.

    An archive of a 10x folder is unpacked; its path is then that of the folder.

    Errors of the block name the files as the user knows them, without that folder.
    """
    with scratch_folder() as folder:
        places = [folder / str(number) for number in range(len(uploads))]
        try:
            yield [_write(upload, place) for upload, place in zip(uploads, places, strict=True)]
        except MuseGNNError as error:
            for place in places:
                error.message = error.message.replace(str(place / "x")[:-1], "")
            raise


def _write(upload: Upload | None, place: Path) -> Path | None:
    """Write an upload into a new folder and return what to read."""
    if upload is None:
        return None
    place.mkdir()
    path = place / upload.name
    path.write_bytes(upload.content)
    return unpack_tenx(path) if is_archive(upload.name) else path
