"""HDF5: refuse, before anything is read, what leads out of a file or cannot be in it.

A dataset of an HDF5 file may lie in any other file that the process can read, keys of its
environment included, and a header of a few bytes may ask for terabytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import h5py

from musegnn.errors import DataFileError

MOST_OBJECTS: Final = 20_000
MOST_LEVELS: Final = 64
_LARGEST_RATIO: Final = 1100  # deflate packs at most 1032 : 1
_SLACK: Final = 1 << 20  # bytes; small arrays may be stored without any space of their own
_KNOWN_FILTERS: Final = {None, "gzip", "lzf", "szip"}  # newer ones pack constant values further
_LARGEST_CONSTANT: Final = 1 << 33  # bytes of a dataset packed by a newer filter


def check_hdf5(file: h5py.File, path: Path, *, role: str) -> None:
    """Raise `DataFileError` for a file that is not whole in itself, or larger than it can be.

    Parameters
    ----------
    file
        The opened file.
    path, role
        Where it lies and what it should be, for the message.
    """
    # by h5py's inner functions: a walk by its objects takes longer than reading a small file
    waiting: list[tuple[h5py.h5g.GroupID, int]] = [(h5py.h5g.open(file.id, b"/"), 0)]
    seen: set[int] = {h5py.h5o.get_info(waiting[0][0]).addr}
    while waiting:
        group, level = waiting.pop()
        if level > MOST_LEVELS or len(group) + len(seen) > MOST_OBJECTS:
            msg = (
                f"Expected {role} of at most {MOST_OBJECTS:,} parts and {MOST_LEVELS} levels, "
                f"found more in {path}."
            )
            raise DataFileError(msg, "Save what is needed of it in a file of its own.")
        for name in group:
            link = group.links.get_info(name).type
            if link == h5py.h5l.TYPE_SOFT:
                continue  # it leads to what is walked through anyway, or nowhere
            if link != h5py.h5l.TYPE_HARD:
                _refuse(_text(name), "lies in another file", path, role)
            item = h5py.h5o.get_info(group, name)
            if item.addr in seen:
                continue
            seen.add(item.addr)
            if item.type == h5py.h5o.TYPE_GROUP:
                waiting.append((h5py.h5g.open(group, name), level + 1))
            elif item.type == h5py.h5o.TYPE_DATASET:
                _check_dataset(h5py.h5d.open(group, name), _text(name), path, role)


def _text(name: bytes) -> str:
    """Return a name as h5py shows it."""
    return name.decode("utf-8", "surrogateescape")


def shape_of(file: h5py.File, name: str, path: Path, *, role: str) -> tuple[int, ...]:
    """Shape of a dataset at the top of a file, without a look at any other part.

    Returns
    -------
    Its shape; none where there is no dataset of that name.

    Raises
    ------
    DataFileError
        If it lies in another file, or is larger than the file can hold.
    """
    link = file.get(name, getlink=True)
    if isinstance(link, h5py.ExternalLink):
        _refuse(name, "lies in another file", path, role)
    if isinstance(link, h5py.SoftLink):
        check_hdf5(file, path, role=role)  # on its way another link may lead out of the file
    found = file.get(name)
    if not isinstance(found, h5py.Dataset):
        return ()
    _check_dataset(found.id, name, path, role)
    return tuple(map(int, found.shape or ()))


def _check_dataset(dataset: h5py.h5d.DatasetID, name: str, path: Path, role: str) -> None:
    """Raise for a dataset that lies elsewhere or is larger than the file can hold."""
    how = dataset.get_create_plist()
    if how.get_external_count() or how.get_layout() == h5py.h5d.VIRTUAL:
        _refuse(name, "lies in another file", path, role)
    if _stated(dataset) > _SLACK and is_oversized(h5py.Dataset(dataset)):
        _refuse(name, "is larger than the file can hold", path, role)


def _stated(dataset: h5py.h5d.DatasetID) -> int:
    """Bytes that a dataset says it unpacks to."""
    return int(dataset.get_space().get_simple_extent_npoints()) * int(dataset.get_type().get_size())


def is_oversized(dataset: h5py.Dataset) -> bool:
    """True when a dataset states a size that its bytes in the file cannot unpack to.

    A damaged header, or one made to do harm, may ask for terabytes of memory.
    """
    stated = _stated(dataset.id)
    if stated <= _SLACK:
        return False  # however it is packed: most parts of a small file need no other question
    if dataset.compression not in _KNOWN_FILTERS or _has_other_filters(dataset):
        return stated > _LARGEST_CONSTANT
    return bool(stated > _LARGEST_RATIO * dataset.id.get_storage_size() + _SLACK)


def _has_other_filters(dataset: h5py.Dataset) -> bool:
    """True when a filter is at work that h5py does not name, such as blosc or zstd."""
    known = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
    known |= {h5py.h5z.FILTER_SZIP, h5py.h5z.FILTER_LZF, h5py.h5z.FILTER_SCALEOFFSET}
    plist = dataset.id.get_create_plist()
    return any(plist.get_filter(n)[0] not in known for n in range(plist.get_nfilters()))


def _refuse(name: str, what: str, path: Path, role: str) -> None:
    """Raise with the part that is wrong."""
    msg = f"Expected {role} whole in itself, found a part ({name[:60]!r}) that {what}: {path}."
    raise DataFileError(msg, "Save it again with all its parts inside.")
