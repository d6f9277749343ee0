"""Sight: what a path shows before it is read, by which a layout tells itself."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatch
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final

import h5py

from musegnn.border.packed import unpacker_of
from musegnn.border.regular import open_regular
from musegnn.errors import DataFileError
from musegnn.io.formats.hdf5 import open_hdf5

_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_OPENING: Final = 1 << 16  # bytes of a text that are looked at
_MOST_ENTRIES: Final = 20_000  # of a folder
_COMMENTS: Final = ("#", "%")


class Sight:
    """What a file or folder shows; each fact is looked up once, when it is asked for.

    Parameters
    ----------
    path
        File or folder; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.name = self.path.name.lower()

    @cached_property
    def is_folder(self) -> bool:
        """True for folders."""
        return self.path.is_dir()

    @cached_property
    def entries(self) -> tuple[str, ...]:
        """Names in a folder, sorted, without hidden ones; for a file those beside it."""
        folder = self.path if self.is_folder else self.path.parent
        if not folder.is_dir():
            return ()
        names = (item.name for item in islice(folder.iterdir(), _MOST_ENTRIES))
        return tuple(sorted(name for name in names if is_shown(name)))

    def has(self, *patterns: str) -> bool:
        """True when a folder holds a name for each pattern, such as `*matrix.mtx`."""
        return all(any(fnmatch(entry, pattern) for entry in self.entries) for pattern in patterns)

    def reaches(self, pattern: str) -> bool:
        """True when something lies in a folder at a path such as `outs/*.h5`."""
        # of some hundred places that are asked for, few begin with a name that is there
        return self.has(pattern.partition("/")[0]) and any(self.path.glob(pattern))

    @cached_property
    def raw(self) -> bytes:
        """First bytes of a file as they stand there; empty where it cannot be read."""
        if self.is_folder:
            return b""
        with suppress(DataFileError), open_regular(self.path, role="counts", links=True) as file:
            return file.read(_OPENING)
        return b""

    @cached_property
    def start(self) -> bytes:
        """First bytes of a file, unpacked; empty where they cannot be."""
        unpack = unpacker_of(self.raw)
        if unpack is None:
            return self.raw
        # what unpacks a damaged file raises almost any kind; its reader says what is wrong
        with suppress(Exception), open_regular(self.path, role="counts", links=True) as file:
            return bytes(unpack(file).read(_OPENING))
        return b""

    @cached_property
    def is_hdf5(self) -> bool:
        """True for HDF5 files, whatever they are called."""
        return self.raw.startswith(_HDF5)

    @cached_property
    def keys(self) -> frozenset[str]:
        """Names of the parts of an HDF5 file, such as `matrix` and `matrix/features`."""
        if not self.is_hdf5:
            return frozenset()
        # names alone are looked at, no link is followed; readers check what they lead to
        with suppress(DataFileError), open_hdf5(self.path, role="counts", is_checked=False) as file:
            return frozenset(_names(file))
        return frozenset()

    @cached_property
    def header(self) -> tuple[str, ...]:
        """Fields of the first line of a text that is no comment; empty for other files."""
        if self.is_folder or self.is_hdf5 or b"\0" in self.start:
            return ()
        lines = self.start.decode("utf-8-sig", errors="replace").splitlines()
        line = next((text for text in lines if text and not text.startswith(_COMMENTS)), "")
        mark = max("\t,;", key=line.count)
        with suppress(csv.Error):
            return tuple(field.strip() for field in next(csv.reader([line], delimiter=mark), []))
        return ()


def is_shown(name: str) -> bool:
    """True for names that a person gave; a Mac leaves a shadow of each file."""
    return not name.startswith(".") and name != "__MACOSX"


def _names(file: h5py.File) -> Iterator[str]:
    """Give the names of two levels of a file."""
    for key in islice(file, _MOST_ENTRIES):
        yield key
        is_own = isinstance(file.get(key, getlink=True), h5py.HardLink)
        if is_own and file.get(key, getclass=True) is h5py.Group:
            for name in islice(file[key], _MOST_ENTRIES):
                yield f"{key}/{name}"
