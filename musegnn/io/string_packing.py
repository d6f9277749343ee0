"""Pack the strings of an HDF5 file: fixed length and compressed instead of one heap object each.

AnnData stores every string of a table as an object of its own, which cannot be compressed and takes
some 50 bytes beyond its letters. For thousands of gene names that is most of a small file. Strings
of fixed length hold the same text and are read by AnnData, scanpy and h5py as they are.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np


def pack_strings(source: Path, target: Path) -> None:
    """Copy an HDF5 file with all its string arrays packed; everything else stays as it is.

    Parameters
    ----------
    source
        File to copy.
    target
        New file.
    """
    with h5py.File(source, "r") as old, h5py.File(target, "w") as new:
        _copy_attributes(old, new)
        _copy_group(old, new)


def _copy_group(old: h5py.Group, new: h5py.Group) -> None:
    """Copy the members of a group."""
    for name, member in old.items():
        if isinstance(member, h5py.Group):
            group = new.create_group(name)
            _copy_attributes(member, group)
            _copy_group(member, group)
        elif member.ndim and h5py.check_string_dtype(member.dtype) is not None and member.size:
            encoded = np.char.encode(member.asstr()[()].astype(str), "utf-8")
            kind = h5py.string_dtype("utf-8", max(encoded.dtype.itemsize, 1))
            packed = new.create_dataset(
                name, data=encoded.astype(kind), compression="gzip", compression_opts=9
            )
            _copy_attributes(member, packed)
        else:
            old.copy(name, new)


def _copy_attributes(old: h5py.HLObject, new: h5py.HLObject) -> None:
    """Copy all attributes."""
    for name, value in old.attrs.items():
        new.attrs[name] = value
