"""Portable: values that one process hands to another as plain bytes, without pickle.

A parser that runs apart may have been taken over by the file it reads, so what it hands over must
not be able to run anything here. Known are numbers, texts, lists, dictionaries, arrays, sparse
matrices, tables, and dataclasses that were registered; everything else is refused on both sides.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import pandas as pd
from scipy import sparse

_LENGTH: Final = struct.Struct("<Q")
_NUMBERS: Final = "biuf"  # kinds of arrays that travel as they lie in memory
_LARGEST_HEADER: Final = 1 << 28  # bytes
_CLASSES: dict[str, type] = {}
_OTHERS: dict[str, tuple[type, Callable[[Any], object], Callable[[Any], Any]]] = {}


def portable(cls: type) -> type:
    """Let a dataclass travel between processes; use it as a decorator."""
    if not is_dataclass(cls):
        msg = f"{cls.__name__} is no dataclass"
        raise TypeError(msg)
    _CLASSES[cls.__qualname__] = cls
    return cls


def register(
    name: str, cls: type, *, to_plain: Callable[[Any], object], from_plain: Callable[[Any], Any]
) -> None:
    """Let a class of a library travel.

    Parameters
    ----------
    name
        Its name in the bytes.
    cls
        The class; its own subclasses do not count.
    to_plain, from_plain
        Take an instance apart into values that travel, and put it together again.
    """
    _OTHERS[name] = (cls, to_plain, from_plain)


class Unportable(TypeError):  # noqa: N818 - says what a value is
    """A value that cannot travel, or bytes that hold none."""


def pack(value: object) -> list[bytes | memoryview]:
    """Lay a value out as bytes: header, then the buffers of its arrays.

    Raises
    ------
    Unportable
        If it holds something of a kind that does not travel.
    """
    buffers: list[bytes | memoryview] = []
    tree = _pack(value, buffers)
    sizes = [len(part) if isinstance(part, bytes) else part.nbytes for part in buffers]
    header = json.dumps({"tree": tree, "sizes": sizes}).encode("ascii")
    return [_LENGTH.pack(len(header)), header, *buffers]


def unpack(receive: Callable[[int], bytearray], *, most_bytes: int) -> Any:
    """Build a value from bytes as they come.

    Parameters
    ----------
    receive
        Gives exactly so many of the next bytes, or raises.
    most_bytes
        Sum of all buffers at most.

    Raises
    ------
    Unportable
        If the bytes hold no value, or too many.
    """
    (length,) = _LENGTH.unpack(receive(_LENGTH.size))
    if length > _LARGEST_HEADER:
        msg = f"a header of {length} bytes"
        raise Unportable(msg)
    try:
        header = json.loads(receive(length).decode("ascii"))
        sizes = [int(size) for size in header["sizes"]]
        if min(sizes, default=0) < 0 or sum(sizes) > most_bytes:
            msg = f"{sum(sizes)} bytes"
            raise Unportable(msg)
        return _unpack(header["tree"], [receive(size) for size in sizes])
    except (Unportable, EOFError):
        raise
    except Exception as error:  # the bytes may say anything, and libraries raise anything for it
        msg = "bytes that hold no value"
        raise Unportable(msg) from error


def _pack(value: Any, buffers: list[bytes | memoryview]) -> list[Any]:
    """Describe a value; its arrays and texts go to the buffers."""
    if value is None or isinstance(value, bool | int | float | str):
        return ["v", value]
    for kind, describe in _DESCRIBERS:
        if isinstance(value, kind):
            return describe(value, buffers)
    if _CLASSES.get(type(value).__qualname__) is type(value):
        names = [part.name for part in fields(cast("Any", type(value)))]
        parts = [[name, _pack(getattr(value, name), buffers)] for name in names]
        return ["c", type(value).__qualname__, parts]
    for name, (cls, to_plain, _) in _OTHERS.items():
        if type(value) is cls:
            return ["x", name, _pack(to_plain(value), buffers)]
    msg = f"a {type(value).__name__}"
    raise Unportable(msg)


def _pack_matrix(value: Any, buffers: list[bytes | memoryview]) -> list[Any]:
    """Describe a sparse matrix."""
    matrix = value if value.format in {"csr", "csc"} else sparse.csr_matrix(value)
    arrays = (matrix.data, matrix.indices, matrix.indptr)
    parts = [_pack_array(part, buffers) for part in arrays]
    return ["m", matrix.format, list(matrix.shape), *parts]


def _pack_categories(value: pd.Categorical, buffers: list[bytes | memoryview]) -> list[Any]:
    """Describe a column of categories."""
    categories = _pack_array(np.asarray(value.categories), buffers)
    return ["k", _pack_array(np.asarray(value.codes), buffers), categories, bool(value.ordered)]


def _pack_table(value: pd.DataFrame, buffers: list[bytes | memoryview]) -> list[Any]:
    """Describe a table."""
    columns = [
        [str(name), _pack_column(value.iloc[:, place], buffers)]
        for place, name in enumerate(value.columns)
    ]
    name = value.index.name
    index = _pack_column(value.index.to_series(), buffers)
    return ["f", None if name is None else str(name), index, columns]


def _pack_row(value: list[Any] | tuple[Any, ...], buffers: list[bytes | memoryview]) -> list[Any]:
    """Describe a list or tuple; one of texts alone is one buffer, however long it is."""
    kind = "t" if isinstance(value, tuple) else "l"
    if len(value) > 16 and all(type(item) is str for item in value):
        lengths = np.fromiter(map(len, value), dtype=np.int64, count=len(value))
        text = "".join(value).encode("utf-8", "surrogatepass")
        return ["s", kind, _pack_array(lengths, buffers), _keep(text, buffers)]
    return [kind, [_pack(item, buffers) for item in value]]


def _pack_array(value: Any, buffers: list[bytes | memoryview]) -> list[Any]:
    """Describe an array of numbers or of texts."""
    if value.dtype.kind in _NUMBERS:
        whole = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("="))
        buffer = memoryview(whole.data).cast("B") if whole.nbytes else b""
        return ["a", whole.dtype.str, list(value.shape), _keep(buffer, buffers)]
    items = value.ravel().tolist()
    # what is missing stays missing: a text "nan" or "None" would pass for a name
    gaps = [place for place, item in enumerate(items) if type(item) is not str]
    missing = [[place, _plain(items[place])] for place in gaps]
    for place in gaps:
        items[place] = ""
    return ["o", list(value.shape), _pack_row(items, buffers), missing]


def _plain(item: object) -> object:
    """Return numbers and truth values as they are, missing ones as None or NaN, else the text."""
    if item is pd.NA or item is pd.NaT:
        return None
    item = item.item() if isinstance(item, np.number | np.bool_) else item
    return item if item is None or isinstance(item, bool | int | float) else str(item)


def _pack_column(value: pd.Series, buffers: list[bytes | memoryview]) -> list[Any]:
    """Describe a column of a table."""
    if isinstance(value.dtype, pd.CategoricalDtype):
        return _pack(value.array, buffers)
    return _pack_array(value.to_numpy(), buffers)


_DESCRIBERS: Final[tuple[tuple[Any, Callable[[Any, list[bytes | memoryview]], list[Any]]], ...]] = (
    (np.number | np.bool_ | np.str_, lambda value, _: ["v", value.item()]),
    (Path, lambda value, _: ["p", str(value)]),
    (bytes, lambda value, buffers: ["b", _keep(value, buffers)]),
    (np.ndarray, _pack_array),
    (pd.Categorical, _pack_categories),
    (pd.DataFrame, _pack_table),
    (list | tuple, _pack_row),
    (
        dict,
        lambda value, buffers: ["d", [[str(k), _pack(v, buffers)] for k, v in value.items()]],
    ),
    (sparse.spmatrix | sparse.sparray, _pack_matrix),
)


def _keep(part: bytes | memoryview, buffers: list[bytes | memoryview]) -> int:
    """Add a buffer and return its number."""
    buffers.append(part)
    return len(buffers) - 1


def _unpack(node: list[Any], buffers: list[bytearray]) -> Any:
    """Build what a description says."""
    kind, rest = node[0], node[1:]
    return _BUILDERS[kind](rest, buffers)


def _scalar(rest: list[Any], _: list[bytearray]) -> Any:
    if not (rest[0] is None or isinstance(rest[0], bool | int | float | str)):
        msg = "no scalar"
        raise Unportable(msg)
    return rest[0]


def _texts(rest: list[Any], buffers: list[bytearray]) -> list[str] | tuple[str, ...]:
    ends = np.cumsum(_unpack(rest[1], buffers))
    text = buffers[rest[2]].decode("utf-8", "surrogatepass")
    if len(ends) and int(ends[-1]) != len(text):
        msg = "texts of another length"
        raise Unportable(msg)
    stops = ends.tolist()
    row = [text[start:stop] for start, stop in zip([0, *stops[:-1]], stops, strict=True)]
    return tuple(row) if rest[0] == "t" else row


def _array(rest: list[Any], buffers: list[bytearray]) -> np.ndarray:
    kind, shape, place = rest
    dtype = np.dtype(str(kind))
    if dtype.kind not in _NUMBERS:
        msg = f"an array of {kind}"
        raise Unportable(msg)
    return np.frombuffer(buffers[place], dtype=dtype).reshape([int(n) for n in shape])


def _object_array(rest: list[Any], buffers: list[bytearray]) -> np.ndarray:
    values = np.empty(int(np.prod(rest[0])), dtype=object)
    values[:] = _unpack(rest[1], buffers)
    for place, item in rest[2]:
        values[place] = _scalar([item], buffers)
    return values.reshape([int(n) for n in rest[0]])


def _matrix(rest: list[Any], buffers: list[bytearray]) -> sparse.spmatrix:
    parts = tuple(_unpack(part, buffers) for part in rest[2:5])
    build = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix}[rest[0]]
    matrix = build(parts, shape=tuple(int(n) for n in rest[1]))
    matrix.check_format(full_check=True)  # scipy would read beyond its arrays
    return matrix


def _table(rest: list[Any], buffers: list[bytearray]) -> pd.DataFrame:
    columns = {str(name): _unpack(column, buffers) for name, column in rest[2]}
    name = None if rest[0] is None else str(rest[0])
    index = pd.Index(_unpack(rest[1], buffers), name=name)
    return pd.DataFrame(columns, index=index, copy=False)  # as large as the reader could make it


def _categories(rest: list[Any], buffers: list[bytearray]) -> pd.Categorical:
    codes, categories = _unpack(rest[0], buffers), _unpack(rest[1], buffers)
    return pd.Categorical.from_codes(codes, categories, ordered=bool(rest[2]))


def _instance(rest: list[Any], buffers: list[bytearray]) -> Any:
    return _CLASSES[rest[0]](**{str(name): _unpack(part, buffers) for name, part in rest[1]})


def _other(rest: list[Any], buffers: list[bytearray]) -> Any:
    return _OTHERS[rest[0]][2](_unpack(rest[1], buffers))


_BUILDERS: Final[dict[str, Callable[[list[Any], list[bytearray]], Any]]] = {
    "v": _scalar,
    "p": lambda rest, _: Path(str(rest[0])),
    "b": lambda rest, buffers: bytes(buffers[rest[0]]),
    "a": _array,
    "o": _object_array,
    "m": _matrix,
    "k": _categories,
    "f": _table,
    "s": _texts,
    "l": lambda rest, buffers: [_unpack(item, buffers) for item in rest[0]],
    "t": lambda rest, buffers: tuple(_unpack(item, buffers) for item in rest[0]),
    "d": lambda rest, buffers: {str(key): _unpack(item, buffers) for key, item in rest[0]},
    "c": _instance,
    "x": _other,
}
