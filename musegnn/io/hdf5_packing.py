"""Pack the arrays of an HDF5 file: strings of fixed length, whole numbers byte by byte.

AnnData stores every string of a table as an object of its own, which cannot be compressed and takes
some 50 bytes beyond its letters. For thousands of gene names that is most of a small file. Strings
of fixed length hold the same text and are read by AnnData, scanpy and h5py as they are. Of whole
numbers, such as the columns of a sparse matrix, the upper bytes are alike, and pack better when
they stand together (the filter `shuffle` of HDF5).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import h5py
import numpy as np

_BLOCK: Final = 1 << 18  # strings or numbers


def pack_arrays(source: Path, target: Path, *, level: int = 9) -> None:
    """Copy an HDF5 file with its strings packed, and the whole numbers that are compressed in it.

    Everything else stays as it is.

    Parameters
    ----------
    source
        File to copy.
    target
        New file.
    level
        Of gzip, 1 to 9.
    """
    with h5py.File(source, "r") as old, h5py.File(target, "w") as new:
        _copy_attributes(old, new)
        _copy_group(old, new, level)


def _copy_group(old: h5py.Group, new: h5py.Group, level: int) -> None:
    """Copy the members of a group."""
    for name, member in old.items():
        if isinstance(member, h5py.Group):
            group = new.create_group(name)
            _copy_attributes(member, group)
            _copy_group(member, group, level)
        elif member.ndim and h5py.check_string_dtype(member.dtype) is not None and member.size:
            packed = _pack(member, new, name, level)  # open until the next one: same bytes always
            _copy_attributes(member, packed)
        elif member.ndim == 1 and member.dtype.kind in "iu" and member.compression == "gzip":
            _copy_attributes(member, _pack_numbers(member, new, name, level))
        else:
            old.copy(name, new)


def _pack(strings: h5py.Dataset, new: h5py.Group, name: str, level: int) -> h5py.Dataset:
    """Copy strings, so many at a time, since the longest sets the room of all."""
    text, packing = strings.asstr(), {"compression": "gzip", "compression_opts": level}
    if len(strings) <= _BLOCK:
        block = np.char.encode(text[()].astype(str), "utf-8")
        kind = h5py.string_dtype("utf-8", max(block.dtype.itemsize, 1))
        return new.create_dataset(name, data=block.astype(kind), **packing)
    places = range(0, len(strings), _BLOCK)
    longest = max(len(item.encode()) for at in places for item in text[at : at + _BLOCK].ravel())
    kind = h5py.string_dtype("utf-8", max(longest, 1))
    packed = new.create_dataset(name, strings.shape, dtype=kind, **packing)
    for at in places:
        block = np.char.encode(text[at : at + _BLOCK].astype(str), "utf-8")
        packed[at : at + _BLOCK] = block.astype(kind)
    return packed


def _pack_numbers(numbers: h5py.Dataset, new: h5py.Group, name: str, level: int) -> h5py.Dataset:
    """Copy whole numbers, so many at a time, with equal bytes together."""
    packing = {"compression": "gzip", "compression_opts": level, "shuffle": True}
    packed = new.create_dataset(name, numbers.shape, dtype=numbers.dtype, **packing)
    for at in range(0, len(numbers), _BLOCK):
        packed[at : at + _BLOCK] = numbers[at : at + _BLOCK]
    return packed


def _copy_attributes(old: h5py.HLObject, new: h5py.HLObject) -> None:
    """Copy all attributes."""
    for name, value in old.attrs.items():
        new.attrs[name] = value
