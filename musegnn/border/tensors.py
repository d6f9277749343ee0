"""Tensors: the header of a safetensors file, checked before anything of it is taken."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from musegnn.border.documents import Bounds, WrongDocument, parse_json
from musegnn.border.regular import open_regular
from musegnn.errors import DataFileError

LARGEST_HEADER: Final = 16 << 20  # bytes; 100,000 tensors take some 10 MB
_BOUNDS: Final = Bounds(LARGEST_HEADER, most_depth=4, most_values=2_000_000, most_keys=500_000)
_LENGTH: Final = 8  # bytes that state the length of the header
_SIZES: Final = {  # bytes of a number
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2"), 1),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 2),
    **dict.fromkeys(("U32", "I32", "F32"), 4),
    **dict.fromkeys(("U64", "I64", "F64"), 8),
}
_TYPES: Final = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8"}
_PARTS: Final = {"dtype", "shape", "data_offsets"}
_HINT: Final = "Start the run again in a new folder."


def check_tensors(path: Path, *, role: str) -> dict[str, str]:
    """Check that a file holds the tensors that it states, one behind the other, and nothing else.

    Parameters
    ----------
    path
        A regular file, no link.
    role
        What it should be, for messages, such as "a checkpoint".

    Returns
    -------
    What the file says about itself: texts by name.

    Raises
    ------
    DataFileError
        If it is no such file.
    """
    with open_regular(path, role=role, hint=_HINT) as stream:
        return _read_header(stream, path, role)[0]


def read_tensors(
    path: Path, *, role: str, most_bytes: int
) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """Read a file of tensors of numbers.

    Parameters
    ----------
    path, role
        As in `check_tensors`.
    most_bytes
        Of all tensors together.

    Returns
    -------
    What the file says about itself, and its tensors by name, as they lie there.

    Raises
    ------
    DataFileError
        If it is no such file, is larger, or holds tensors of other types than numbers of 16 to 64
        bits.
    """
    with open_regular(path, role=role, hint=_HINT) as stream:
        texts, places, start = _read_header(stream, path, role)
        size = max((stop for _, stop, *_ in places), default=0)
        odd = [kind for *_, kind, _ in places if kind not in _TYPES]
        if size > most_bytes or odd:
            found = f"one of type {odd[0]}" if odd else f"{size:,} bytes of them"
            msg = f"Expected tensors of {most_bytes:,} bytes at most, found {found} in {path}."
            raise DataFileError(msg, _HINT)
        stream.seek(start)
        content = stream.read(size)
    if len(content) != size:
        msg = f"Expected {role}, found a file that changes while it is read: {path}."
        raise DataFileError(msg, _HINT)
    return texts, {
        name: np.frombuffer(content[begin:stop], _TYPES[kind]).reshape(shape)
        for begin, stop, name, kind, shape in places
    }


Place = tuple[int, int, str, str, list[int]]  # where it begins and ends, name, type, shape


def _read_header(
    stream: BinaryIO, path: Path, role: str
) -> tuple[dict[str, str], list[Place], int]:
    """Return texts, the place of each tensor, and where the first one begins."""
    size = int.from_bytes(stream.read(_LENGTH), "little")
    header = stream.read(size) if size <= LARGEST_HEADER else b""
    rest = stream.seek(0, 2) - _LENGTH - size
    try:
        if not header or len(header) != size:
            msg = "no header of a bearable length"
            raise ValueError(msg)
        return *_check(parse_json(header, _BOUNDS), rest), _LENGTH + size
    except (WrongDocument, ValueError) as error:
        msg = f"Expected {role}, found something else in {path} ({error})."
        raise DataFileError(msg, _HINT) from error


def _check(header: Any, rest: int) -> tuple[dict[str, str], list[Place]]:
    """Return texts and places of a header; raise `ValueError` that says what is wrong with it."""
    if not isinstance(header, dict):
        msg = "a header that is no object"
        raise ValueError(msg)
    texts = header.pop("__metadata__", {})
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        msg = "words about itself that are no texts"
        raise ValueError(msg)
    places = sorted(_place(name, tensor) for name, tensor in header.items())
    end = 0
    for start, stop, name, *_ in places:
        if start != end:
            msg = f"a gap before the tensor {name[:60]!r}"
            raise ValueError(msg)
        end = stop
    if end != rest:
        msg = f"{rest:,} bytes for tensors of {end:,}"
        raise ValueError(msg)
    return texts, places


def _place(name: str, tensor: Any) -> Place:
    """Return where a tensor lies, and what it is."""
    if isinstance(tensor, dict) and set(tensor) == _PARTS:
        shape, offsets = tensor["shape"], tensor["data_offsets"]
        is_plain = all(
            isinstance(numbers, list) and all(type(n) is int and n >= 0 for n in numbers)
            for numbers in (shape, offsets)
        )
        width = _SIZES.get(str(tensor["dtype"]), 0)
        if is_plain and len(offsets) == 2 and width and len(shape) <= 32:
            start, stop = offsets
            if stop - start == math.prod(shape) * width:
                return start, stop, name, str(tensor["dtype"]), shape
    msg = f"a tensor that is none ({name[:60]!r})"
    raise ValueError(msg)
