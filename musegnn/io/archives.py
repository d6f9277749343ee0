"""A 10x folder sent as one archive: only its three files are taken out, within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from musegnn.border.packed import PackedBounds, open_zip, walk_tar
from musegnn.errors import DataFileError
from musegnn.io.formats.positions import FILES
from musegnn.io.formats.tenx_mtx import BARCODES, FEATURES, MATRIX, SYMBOLS

SUFFIXES: Final = (".zip", ".tar.gz", ".tgz", ".tar")
_ROLE: Final = "an archive of a 10x folder"
_PLACES: Final = tuple(name.rpartition("/")[2] for name in FILES)
_PARTS: Final = (*MATRIX, ".mtx", ".mtx.gz", *SYMBOLS, *FEATURES, *BARCODES, *_PLACES)
BOUNDS: Final = PackedBounds(
    most_members=10_000,
    most_bytes=1 << 40,
    most_growth=100,  # tables of counts shrink to a tenth
    slack=1 << 24,
)


def is_archive(name: str) -> bool:
    """True for names of archives that are unpacked."""
    lower = name.lower()
    return lower.endswith(SUFFIXES) and not lower.endswith(".zarr.zip")  # read as it is


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
    with _open(path) as members:
        for name, chunks in members:
            target = folder / PurePosixPath(name).name
            if target.exists():
                msg = f"Expected one 10x folder in {path}, found {target.name} twice."
                raise DataFileError(msg, "Pack one folder only, such as the filtered one.")
            _write(target, chunks)
    if not any(folder.iterdir()):
        msg = f"Expected matrix.mtx, features.tsv and barcodes.tsv in {path}, found none of them."
        raise DataFileError(msg, "Pack the folder that Cell Ranger wrote.")
    return folder


@contextmanager
def _open(path: Path) -> Iterator[Iterator[tuple[str, Iterable[bytes]]]]:
    """Open an archive; yield the names of what belongs to a 10x folder, with the content."""
    if path.name.lower().endswith(".zip"):
        with open_zip(path, BOUNDS, role=_ROLE, odd=True) as archive:
            names = [member.name for member in archive.members if _is_wanted(member.name)]
            yield ((name, archive.chunks(name)) for name in names)
        return
    with walk_tar(path, BOUNDS, role=_ROLE) as members:
        yield ((member.name, chunks) for member, chunks in members if _is_wanted(member.name))


def _is_wanted(name: str) -> bool:
    """True for matrix, features and barcodes, with a prefix or not."""
    place = PurePosixPath(name)
    # archives of a Mac hold a shadow of each file
    is_shadow = "__MACOSX" in place.parts or place.name.startswith(".")
    return place.name.endswith(_PARTS) and "\\" not in place.name and not is_shadow


def _write(target: Path, chunks: Iterable[bytes]) -> None:
    """Write the content of a member."""
    try:
        with target.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
    except OSError as error:  # the last bytes fail only when it is closed
        msg = f"Expected to unpack into {target.parent}, found: {error.strerror or error}."
        raise DataFileError(msg, "Check the free space.") from error
