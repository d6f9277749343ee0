"""Files of catalogued tables: where they lie, what they weigh, and what an archive holds."""

from __future__ import annotations

import io
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from musegnn.border.packed import PackedBounds, is_zip, open_zip, walk_tar
from musegnn.border.text import open_binary
from musegnn.errors import DataFileError, InputError
from musegnn.io.paths import check_inside
from musegnn.knowledge.catalogue import (
    ASSAYS,
    MORPHOLOGY_PROFILES,
    PHARMACOLOGY,
    CatalogueEntry,
)

_LOGGER = logging.getLogger(__name__)
_LARGEST_MEMBER = 400_000_000  # bytes of one file inside an archive
_ROLE = "an archive of tables"
_BOUNDS = PackedBounds(most_members=10_000, most_bytes=4 << 30, most_growth=60, slack=64 << 20)


@dataclass(frozen=True)
class TableFile:
    """Where a table lies.

    Parameters
    ----------
    path
        The file, or the archive that holds it.
    member
        Path inside the archive; "" for a file of its own.
    """

    path: Path
    member: str = ""

    def content(self) -> Path | io.BytesIO:
        """Return what a reader can read.

        Raises
        ------
        DataFileError
            If the archive is damaged or does not hold the file.
        """
        return io.BytesIO(_read_member(self.path, self.member)) if self.member else self.path


def check_own(path: Path) -> Path:
    """Return the path of a table that lies in its folder, and not somewhere a link leads to.

    Raises
    ------
    DataFileError
        If it is a link out of the folder: whoever may write there could show any file.
    """
    try:
        check_inside(path.name, path.parent)
    except InputError as error:
        msg = f"Expected {path.name} in {path.parent} itself, found a link that leads elsewhere."
        hint = "Copy the file there, or name the folder where it lies (MUSEGNN_KNOWLEDGE)."
        raise DataFileError(msg, hint) from error
    return path


def is_own(path: Path) -> bool:
    """True when a file lies in its folder; one that a link leads to elsewhere is left out aloud."""
    if not path.is_file():
        return False
    try:
        check_own(path)
    except DataFileError as error:
        _LOGGER.warning("A table is left out: %s", error)
        return False
    return True


def locate(folder: Path, entry: CatalogueEntry) -> TableFile | None:
    """Return where the table of an entry lies, or None when the folder does not have it itself."""
    places = [folder]
    if entry.kind in PHARMACOLOGY:  # tables of drugs lie beside those of genes
        places += [folder / "pharmacology", folder.parent / "pharmacology"]
    if entry.kind == MORPHOLOGY_PROFILES:
        places += [folder / "morphology", folder.parent / "morphology"]
    if entry.kind == ASSAYS:
        places += [folder / "molecules", folder.parent / "molecules"]
    for place in places:
        for name in (entry.file, f"{entry.file}.gz"):
            if is_own(place / name):
                return TableFile(place / name)
    if entry.archive:
        # gene lists for evaluation lie beside the annotation
        for place in (folder, folder / "evaluation", folder.parent / "evaluation"):
            if is_own(place / entry.archive):
                return TableFile(place / entry.archive, entry.member)
    return None


def _read_member(path: Path, member: str) -> bytes:
    """Return one file of a zip or tar archive."""
    found: bytes | None = None
    if is_zip(path):
        with open_zip(path, _BOUNDS, role=_ROLE, odd=True) as packed:
            if member in {entry.name for entry in packed.members}:
                found = packed.read(member, most_bytes=_LARGEST_MEMBER)
    else:
        with walk_tar(path, _BOUNDS, role=_ROLE) as members:
            for entry, chunks in members:
                if entry.name == member and entry.size <= _LARGEST_MEMBER:
                    found = b"".join(chunks)
                    break
    if found is None:
        msg = f"Expected {member} in {path}, found no such file of a bearable size."
        raise DataFileError(msg, "Fetch the archive again.")
    return found


@contextmanager
def open_table(content: Path | IO[bytes], role: str) -> Iterator[IO[bytes]]:
    """Open the text of a table, which may be compressed, or take it as it was unpacked.

    Raises
    ------
    DataFileError
        If it cannot be read, or unpacks to more than it may.
    """
    if not isinstance(content, Path):
        yield content
        return
    with open_binary(content, role=role) as stream:
        yield stream


@contextmanager
def readable(path: Path, expected: str) -> Iterator[None]:
    """Turn what parsers raise on a damaged file into one `DataFileError`."""
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error) as error:
        msg = f"Expected {expected}, found something else in {path} ({error})."
        raise DataFileError(msg, "Fetch the file again.") from error
