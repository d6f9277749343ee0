"""A 10x folder sent as one archive: only its three files are taken out, within bounds."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import IO, Final

from musegnn.errors import DataFileError
from musegnn.io.formats.tenx_mtx import BARCODES, FEATURES, MATRIX

SUFFIXES: Final = (".zip", ".tar.gz", ".tgz", ".tar")
_PARTS = (*MATRIX, *FEATURES, *BARCODES)
_MOST_GROWTH = 100  # times the size of the archive; tables of counts shrink to a tenth
_SLACK = 1 << 24  # bytes that a small archive may always hold
_BLOCK = 1 << 20


def is_archive(name: str) -> bool:
    """True for names of archives that are unpacked."""
    return name.lower().endswith(SUFFIXES)


def unpack_tenx(path: Path) -> Path:
    """Take matrix, features and barcodes out of an archive into a folder beside it.

    Members are written under the last part of their name, so none can leave the folder; other
    members, links among them, are not looked at. Sizes are counted while unpacking, since what an
    archive states about them may be wrong.

    Returns
    -------
    Folder with the files.

    Raises
    ------
    DataFileError
        If the archive is damaged, holds no 10x folder or several, or unpacks to far more than such
        a folder does.
    """
    folder = path.parent / "unpacked"
    folder.mkdir()
    left = _MOST_GROWTH * path.stat().st_size + _SLACK
    try:
        with ExitStack() as stack:
            for name, stream in _members(path, stack):
                if (folder / name).exists():
                    msg = f"Expected one 10x folder in {path}, found {name} twice."
                    raise DataFileError(msg, "Pack one folder only, such as the filtered one.")
                left -= _copy(stream, folder / name, left, path)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError) as error:
        msg = f"Expected an archive of a 10x folder, found one that cannot be unpacked: {path}."
        raise DataFileError(msg, "Pack and send it again.") from error
    except (RuntimeError, NotImplementedError) as error:  # a password, a rare compression
        msg = f"Expected a plain .zip or .tar.gz, found a protected or unusual archive: {path}."
        raise DataFileError(msg, "Pack it without a password.") from error
    if not any(folder.iterdir()):
        msg = f"Expected matrix.mtx, features.tsv and barcodes.tsv in {path}, found none of them."
        raise DataFileError(msg, "Pack the folder that Cell Ranger wrote.")
    return folder


def _members(path: Path, stack: ExitStack) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield file name and content of the members that belong to a 10x folder."""
    if path.name.lower().endswith(".zip"):
        archive = stack.enter_context(zipfile.ZipFile(path))
        for info in archive.infolist():
            if _is_wanted(info.filename) and not info.is_dir():
                yield PurePosixPath(info.filename).name, archive.open(info)
        return
    tape = stack.enter_context(tarfile.open(path, "r:*"))  # noqa: SIM115 - closed by the stack
    for member in tape:
        stream = tape.extractfile(member) if member.isfile() and _is_wanted(member.name) else None
        if stream is not None:
            yield PurePosixPath(member.name).name, stream


def _is_wanted(name: str) -> bool:
    """True for matrix, features and barcodes, with a prefix or not."""
    place = PurePosixPath(name)
    # archives of a Mac hold a shadow of each file
    is_shadow = "__MACOSX" in place.parts or place.name.startswith(".")
    return place.name.endswith(_PARTS) and "\\" not in place.name and not is_shadow


def _copy(stream: IO[bytes], target: Path, most: int, path: Path) -> int:
    """Write a member and return its size; stop at `most` bytes."""
    size = 0
    with stream, target.open("wb") as file:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > most:
                msg = (
                    f"Expected an archive of a 10x folder, found one that unpacks to more than "
                    f"{_MOST_GROWTH} times its size: {path}."
                )
                raise DataFileError(msg, "Use `musegnn graph` on the unpacked folder.")
            file.write(block)
    return size
