"""Counts sent as one archive, a 10x folder or a file: only these are taken out, within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from musegnn.border.packed import PackedBounds, open_zip, walk_tar
from musegnn.errors import DataFileError
from musegnn.io.formats.positions import FILES
from musegnn.io.formats.tenx_mtx import BARCODES, FEATURES, MATRIX, SYMBOLS
from musegnn.validation import format_list

SUFFIXES: Final = (".zip", ".tar.gz", ".tgz", ".tar")
_ROLE: Final = "an archive of a 10x folder or a file of counts"
_PLACES: Final = tuple(name.rpartition("/")[2] for name in FILES)
_PARTS: Final = (*MATRIX, ".mtx", ".mtx.gz", *SYMBOLS, *FEATURES, *BARCODES, *_PLACES)
# what is taken where no matrix of 10x lies there: whole datasets, else a table
_WHOLE: Final = (".h5ad", ".h5", ".h5mu", ".loom", ".h5seurat")
_TABLES: Final = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt.gz")
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
    """Take matrix, features and barcodes, or files of counts, out of an archive into a new folder.

    Members are written under the last part of their name, so none can leave the folder; other
    members, links among them, are not looked at. Sizes are counted while unpacking, since what an
    archive states about them may be wrong.

    Returns
    -------
    Folder with the files: those of one matrix, else whole datasets, else one table.

    Raises
    ------
    DataFileError
        If the archive is damaged, holds no counts or several samples, or unpacks to far more than
        counts do.
    """
    folder = path.parent / "unpacked"
    folder.mkdir()
    with _open(path) as members:
        for name, chunks in members:
            target = folder / PurePosixPath(name).name
            if target.exists():
                msg = f"Expected counts of one sample in {path}, found {target.name} twice."
                raise DataFileError(msg, "Pack one folder only, such as the filtered one.")
            _write(target, chunks)
    _keep_one(folder, path)
    return folder


def _keep_one(folder: Path, path: Path) -> None:
    """Leave of what was unpacked the files of one matrix, else whole datasets, else a table."""
    names = sorted(item.name for item in folder.iterdir())
    whole = [name for name in names if name.lower().endswith(_WHOLE)]
    tables = [
        name for name in names if name.lower().endswith(_TABLES) and not name.endswith(_PARTS)
    ]
    if any(name.endswith((*MATRIX, ".mtx", ".mtx.gz")) for name in names):
        kept = [name for name in names if name.endswith(_PARTS)]
    elif whole:  # of several one is asked for
        kept = [*whole, *(name for name in names if name.endswith(_PLACES))]
    elif len(tables) > 1:
        msg = f"Expected one table of counts in {path}, found {format_list(tables, limit=3)}."
        raise DataFileError(msg, "Pack one of them only.")
    else:
        kept = tables
    if not kept:
        msg = (
            f"Expected matrix.mtx, features.tsv and barcodes.tsv in {path}, or a file of counts, "
            "found none of them."
        )
        hint = "Pack the folder that Cell Ranger wrote, an .h5ad, .h5 or .loom file, or a table."
        raise DataFileError(msg, f"{hint} Call an archive of a zarr folder .zarr.zip.")
    for name in set(names) - set(kept):
        (folder / name).unlink()


@contextmanager
def _open(path: Path) -> Iterator[Iterator[tuple[str, Iterable[bytes]]]]:
    """Open an archive; yield the names of what may be counts, with the content."""
    if path.name.lower().endswith(".zip"):
        with open_zip(path, BOUNDS, role=_ROLE, odd=True) as archive:
            names = [member.name for member in archive.members if _is_wanted(member.name)]
            yield ((name, archive.chunks(name)) for name in names)
        return
    with walk_tar(path, BOUNDS, role=_ROLE) as members:
        yield ((member.name, chunks) for member, chunks in members if _is_wanted(member.name))


def _is_wanted(name: str) -> bool:
    """True for matrix, features and barcodes, with a prefix or not, and for files of counts."""
    place = PurePosixPath(name)
    # archives of a Mac hold a shadow of each file
    is_shadow = "__MACOSX" in place.parts or place.name.startswith(".")
    is_counts = place.name.lower().endswith((*_WHOLE, *_TABLES))
    is_part = place.name.endswith(_PARTS) or is_counts
    return is_part and "\\" not in place.name and not is_shadow


def _write(target: Path, chunks: Iterable[bytes]) -> None:
    """Write the content of a member."""
    try:
        with target.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
    except OSError as error:  # the last bytes fail only when it is closed
        msg = f"Expected to unpack into {target.parent}, found: {error.strerror or error}."
        raise DataFileError(msg, "Check the free space.") from error
