"""Files of catalogued tables: where they lie, what they weigh, and what an archive holds."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from musegnn.errors import DataFileError
from musegnn.knowledge.catalogue import CatalogueEntry

_LARGEST_MEMBER = 400_000_000  # bytes of one file inside an archive


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


def locate(folder: Path, entry: CatalogueEntry) -> TableFile | None:
    """Return where the table of an entry lies, or None when the folder does not have it."""
    for name in (entry.file, f"{entry.file}.gz"):
        if (folder / name).is_file():
            return TableFile(folder / name)
    if entry.archive:
        # gene lists for evaluation lie beside the annotation
        for place in (folder, folder / "evaluation", folder.parent / "evaluation"):
            if (place / entry.archive).is_file():
                return TableFile(place / entry.archive, entry.member)
    return None


def _read_member(path: Path, member: str) -> bytes:
    """Return one file of a zip or tar archive."""
    found: bytes | None = None
    with readable(path, "an archive of tables"):
        try:
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    has = member in packed.namelist()
                    if has and packed.getinfo(member).file_size <= _LARGEST_MEMBER:
                        found = packed.read(member)
            else:
                with tarfile.open(path) as archive:
                    inside = next((m for m in archive if m.name == member and m.isfile()), None)
                    if inside is not None and inside.size <= _LARGEST_MEMBER:
                        stream = archive.extractfile(inside)
                        found = stream.read() if stream else None
        except (tarfile.TarError, zipfile.BadZipFile) as error:
            raise ValueError(error) from error
    if found is None:
        msg = f"Expected {member} in {path}, found no such file of a bearable size."
        raise DataFileError(msg, "Fetch the archive again.")
    return found


@contextmanager
def readable(path: Path, expected: str) -> Iterator[None]:
    """Turn what parsers raise on a damaged file into one `DataFileError`."""
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error) as error:
        msg = f"Expected {expected}, found something else in {path} ({error})."
        raise DataFileError(msg, "Fetch the file again.") from error
