"""Arrays: files of numpy's own format, read with a fixed header and no more bytes than they state.

`numpy.load` evaluates the header as Python and takes whatever is in the file: another archive, a
pickle, a size of terabytes. Here a header is the one that numpy writes, or the file is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from musegnn.border.packed import PackedBounds, open_zip
from musegnn.border.regular import read_regular
from musegnn.errors import DataFileError

_MAGIC: Final = b"\x93NUMPY"
_LARGEST_HEADER: Final = 1024  # bytes; numpy writes 118
_HEADER: Final = re.compile(
    rb"\{'descr': '([<>|=][biufU][0-9]{1,5})', 'fortran_order': (False|True), "
    rb"'shape': \(((?:[0-9]{1,15}, ?)*(?:[0-9]{1,15})?)\), \} *\n"
)
_LETTER: Final = 0x10FFFF  # the largest code of a letter
_HINT: Final = "Make it again."
_MOST_ARRAYS: Final = 64  # of an archive
_LARGEST_RATIO: Final = 1100  # deflate packs at most 1032 : 1


def read_npy(path: Path, *, role: str, kind: str, most_bytes: int) -> np.ndarray:
    """Read an array of numbers from an `.npy` file.

    Parameters
    ----------
    path
        A regular file, no link.
    role
        What it should be, for messages, such as "a frame of the live map".
    kind
        What the numbers must be, as numpy calls it: "float32".
    most_bytes
        Size of the numbers at most.

    Returns
    -------
    The array in the shape that its file states, writable.

    Raises
    ------
    DataFileError
        If it is no such file.
    """
    content = read_regular(path, role=role, most_bytes=most_bytes + _LARGEST_HEADER, hint=_HINT)
    try:
        return _parse(content, kind)
    except ValueError as error:
        msg = f"Expected {role} ({kind} in numpy's format), found {error} in {path}."
        raise DataFileError(msg, _HINT) from error


def read_npz(
    path: Path, kinds: Mapping[str, str], *, role: str, most_bytes: int, hint: str = _HINT
) -> dict[str, np.ndarray]:
    """Read some arrays of an `.npz` file.

    Parameters
    ----------
    path
        A regular file, or a link to one.
    kinds
        Name of each array that is wanted -> kinds of numbers that it may have, as letters of
        numpy: "u" unsigned, "i" signed, "f" floating, "U" texts.
    role
        What it should be, for messages.
    most_bytes
        Size of all these arrays at most, unpacked.
    hint
        What to do about a file that is none.

    Returns
    -------
    Name -> array.

    Raises
    ------
    DataFileError
        If it is no such file, or lacks one of the arrays.
    """
    found = {}
    bounds = PackedBounds(_MOST_ARRAYS, 2 * most_bytes, _LARGEST_RATIO, slack=_LARGEST_HEADER)
    try:
        with open_zip(path, bounds, role=role) as archive:
            left = most_bytes + len(kinds) * _LARGEST_HEADER
            for name, letters in kinds.items():
                content = archive.read(f"{name}.npy", most_bytes=left)
                left -= len(content)
                found[name] = _parse(content, letters)
    except (DataFileError, ValueError) as error:
        msg = f"Expected {role}, found a damaged or another file: {path}."
        raise DataFileError(msg, hint) from error
    return found


def _parse(content: bytes, kind: str) -> np.ndarray:
    """Return the array of a file; raise `ValueError` that says what was found in its place.

    `kind` is the name of a type, or letters of kinds.
    """
    start = {b"\x01": 10, b"\x02": 12}.get(content[6:7], 0)
    if content[:6] != _MAGIC or not start:
        msg = "another format"
        raise ValueError(msg)
    size = int.from_bytes(content[8:start], "little")
    header = _HEADER.fullmatch(content[start : start + size]) if size < _LARGEST_HEADER else None
    if header is None:
        msg = "another header"
        raise ValueError(msg)
    try:
        dtype = np.dtype(header[1].decode("ascii"))
    except TypeError as error:
        msg = "another header"
        raise ValueError(msg) from error
    shape = tuple(int(number) for number in header[3].replace(b" ", b"").split(b",") if number)
    if kind != dtype.name and dtype.kind not in (kind if len(kind) < 4 else ""):
        msg = f"numbers of the kind {dtype}"
        raise ValueError(msg)
    body = memoryview(content)[start + size :]
    if len(body) != math.prod(shape) * dtype.itemsize or not dtype.itemsize:
        msg = f"{len(body)} bytes for the shape {shape}"
        raise ValueError(msg)
    if dtype.kind == "U" and (np.frombuffer(body, f"{dtype.str[0]}u4") > _LETTER).any():
        msg = "texts that hold no letters"
        raise ValueError(msg)
    flat = np.frombuffer(bytearray(body), dtype=dtype)
    return flat.reshape(shape, order="F" if header[2] == b"True" else "C")
