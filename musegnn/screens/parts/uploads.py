"""Uploads: a file as the browser sent it, kept on disk as long as somebody holds it."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from musegnn.access.visitor import Visitor, acting
from musegnn.border.packed import pack_tar
from musegnn.errors import DataFileError, MuseGNNError
from musegnn.io.archives import is_archive, unpack_tenx
from musegnn.io.atomic import scratch_folder
from musegnn.runs.inputs import Given, give
from musegnn.screens.parts.spool import spool

_LONGEST_NAME = 200  # bytes; file systems take 255
_FULL = "Try again later; the disk of the server may be full."
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Upload:
    """A file as the browser sent it; it leaves the disk with the last that holds this.

    Parameters
    ----------
    name
        Name without folders.
    path
        Where it lies, in a folder of its own.
    digest
        Hash of name and content: what is derived from a file is kept under it.
    sha256
        Of the content.
    """

    name: str
    path: Path
    digest: str
    sha256: str

    @classmethod
    def of(cls, name: str, content: bytes | memoryview) -> Upload:
        """Keep an upload; what cannot be the name of a file is taken off its name.

        Raises
        ------
        AccessError
            If whoever acts may not give files.
        DataFileError
            If it cannot be written.
        """
        acting().check_may("upload")
        safe = _CONTROL.sub("_", Path(name.replace("\\", "/")).name)
        if len(safe.encode("utf-8", "replace")) > _LONGEST_NAME:
            safe = safe[-_LONGEST_NAME // 4 :]  # a letter takes up to four bytes
        safe = "upload" if safe in {"", ".", ".."} else safe
        safe = safe.encode("utf-8", "replace").decode("utf-8")
        digest = hashlib.blake2b(content, key=safe.encode()[:64], digest_size=16).hexdigest()
        path = _written(safe, content)
        upload = cls(safe, path, digest, hashlib.sha256(content).hexdigest())
        weakref.finalize(upload, shutil.rmtree, path.parent, ignore_errors=True)
        _HELD[upload] = (acting(), len(content))
        return upload


def pack_uploads(name: str, uploads: Sequence[Upload]) -> Upload:
    """Keep several uploads as one, a tar archive; the same bytes for the same content.

    Raises
    ------
    DataFileError
        If two have one name, or it cannot be written.
    """
    names = [upload.name for upload in uploads]
    twice = sorted({own for own in names if names.count(own) > 1})
    if twice:
        msg = f"Expected each file once, found {twice[0]} several times."
        raise DataFileError(msg, "Take one of them away.")
    path = _written(name, b"")
    try:
        pack_tar(path, {upload.name: upload.path for upload in uploads})
        keyed = hashlib.blake2b(key=name.encode()[:64], digest_size=16)
        plain = hashlib.sha256()
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                keyed.update(chunk)
                plain.update(chunk)
    except BaseException:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    upload = Upload(name, path, keyed.hexdigest(), plain.hexdigest())
    weakref.finalize(upload, shutil.rmtree, path.parent, ignore_errors=True)
    _HELD[upload] = (acting(), path.stat().st_size)
    return upload


_HELD: weakref.WeakKeyDictionary[Upload, tuple[Visitor, int]] = weakref.WeakKeyDictionary()


def list_held() -> list[tuple[Visitor, int]]:
    """Return who has given each upload that somebody holds, and its bytes."""
    return list(_HELD.values())


def _written(name: str, content: bytes | memoryview) -> Path:
    """Write an upload into a folder of its own."""
    folder: Path | None = None
    try:
        folder = Path(tempfile.mkdtemp(dir=spool()))
        path = folder / name
        path.write_bytes(content)
    except OSError as error:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        msg = f"Expected to be able to keep {name}, found: {error.strerror or error}."
        raise DataFileError(msg, _FULL) from error
    return path


def give_upload(root: Path, upload: Upload, *, role: str) -> Given:
    """Return an upload as a file that a run is to read."""
    return give(root, role=role, name=upload.name, content=upload.path, sha256=upload.sha256)


@contextmanager
def on_disk(*uploads: Upload | None) -> Iterator[list[Path | None]]:
    """Hand out the paths of uploads, as readers take them.

    An archive of a 10x folder is unpacked for the time of the block; its path is then that of the
    folder.

    Errors of the block name the files as the user knows them, without their folders.
    """
    with scratch_folder(spool()) as folder:
        places = [folder / str(number) for number in range(len(uploads))]
        hidden = [*places, *(upload.path.parent for upload in uploads if upload is not None)]
        try:
            yield [_ready(upload, place) for upload, place in zip(uploads, places, strict=True)]
        except MuseGNNError as error:
            for place in hidden:
                error.message = error.message.replace(str(place / "x")[:-1], "")
            raise


def _ready(upload: Upload | None, place: Path) -> Path | None:
    """Return what to read of an upload; an archive is unpacked into a new folder."""
    if upload is None:
        return None
    if not is_archive(upload.name):
        return upload.path
    place.mkdir()
    link = place / upload.name
    link.symlink_to(upload.path)
    return unpack_tenx(link)
