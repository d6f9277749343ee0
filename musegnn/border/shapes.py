"""Shapes on a tissue section: the centres of points and polygons of a GeoParquet file.

Called by a reader of counts, in the process that reads apart.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from musegnn.errors import DataFileError

_HINT: Final = "Save the centres in obsm['spatial'], or give a table of positions."
_POINT, _POLYGON, _MULTI_POLYGON = 1, 3, 6
_POINT_BYTES: Final = 21  # byte order, kind, x, y


def read_centres(path: Path, *, role: str) -> tuple[list[str], np.ndarray]:
    """Read where the shapes of a GeoParquet file lie.

    Parameters
    ----------
    path
        The file: an index and a column `geometry` of well-known binary.
    role
        What it should be, for messages.

    Returns
    -------
    Names of the N shapes, by the index; `(N, 2)` float64 centres x, y: a point itself, of polygons
    the centre of their area; NaN for an empty shape.

    Raises
    ------
    DataFileError
        If it is no such file, or its shapes are of another kind.
    """
    from pyarrow import ArrowException, parquet, types  # noqa: PLC0415 - for who reads shapes

    try:
        with parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
            if "geometry" not in schema.names:
                msg = f"Expected {role} with a column geometry, found none in {path.name}."
                raise DataFileError(msg, _HINT)
            kind = schema.field("geometry").type
            if not (types.is_binary(kind) or types.is_large_binary(kind)):
                msg = (
                    f"Expected {role} in well-known binary, found {str(kind)[:80]} in {path.name}."
                )
                raise DataFileError(msg, _HINT)
            described = (schema.pandas_metadata or {}).get("index_columns") or []
            index = [name for name in described if isinstance(name, str) and name in schema.names]
            table = file.read(columns=["geometry", *index[:1]], use_threads=False)
    except (MemoryError, DataFileError):
        raise
    except (ArrowException, OSError, ValueError, RecursionError) as error:
        msg = f"Expected {role} (a Parquet file), found another or damaged file: {path.name}."
        raise DataFileError(msg, _HINT) from error
    names = table[index[0]].to_pylist() if index else range(table.num_rows)
    try:
        return [str(name) for name in names], centres_of(table["geometry"].to_pylist())
    except (struct.error, ValueError) as error:
        msg = (
            f"Expected {role} of points and polygons, found another shape in {path.name} ({error})."
        )
        raise DataFileError(msg, _HINT) from error


def centres_of(shapes: Sequence[bytes | None]) -> np.ndarray:
    """Return the centres of shapes in well-known binary, see `read_centres`.

    Raises
    ------
    ValueError, struct.error
        If one is cut off, or neither point nor polygon.
    """
    if set(map(len, filter(None, shapes))) == {_POINT_BYTES} and None not in shapes:
        rows = np.frombuffer(b"".join(map(bytes, filter(None, shapes))), np.uint8)
        rows = rows.reshape(len(shapes), _POINT_BYTES)
        if (rows[:, :5] == (1, _POINT, 0, 0, 0)).all():  # circles of spots: all at once
            return np.ascontiguousarray(rows[:, 5:]).view("<f8").astype(np.float64)
    centres = np.full((len(shapes), 2), np.nan)
    for row, shape in enumerate(shapes):
        if shape is not None:
            centres[row] = _centre(shape)
    return centres


def _centre(shape: bytes) -> np.ndarray:
    """Return the centre of a shape."""
    kind, order, _, place = _open(shape, 0)
    if kind == _POINT:
        return np.array(struct.unpack_from(f"{order}2d", shape, place))
    if kind == _POLYGON:
        area, moment, _ = _weigh(shape, 0)
    elif kind == _MULTI_POLYGON:
        (number,) = struct.unpack_from(f"{order}I", shape, place)
        area, moment, place = 0.0, np.zeros(2), place + 4
        for _ in range(number):
            part, of_part, place = _weigh(shape, place)
            area, moment = area + part, moment + of_part
    else:
        msg = f"kind {kind} of well-known binary"
        raise ValueError(msg)
    return moment / area if area > 0 else np.full(2, np.nan)


def _open(shape: bytes, place: int) -> tuple[int, str, int, int]:
    """Return kind, byte order, numbers of a point, and the place behind the head."""
    order = "<" if shape[place : place + 1] == b"\1" else ">"
    (code,) = struct.unpack_from(f"{order}I", shape, place + 1)
    place += 5 + (4 if code & 0x20000000 else 0)  # a reference system
    thousands, kind = divmod(code & 0xFFFFFFF, 1000)
    extra = bin(code >> 30).count("1") or (0, 1, 1, 2)[min(thousands, 3)]  # height, measure
    return kind, order, 2 + extra, place


def _weigh(shape: bytes, place: int) -> tuple[float, np.ndarray, int]:
    """Return area, first moment and end of a polygon; holes are taken off."""
    kind, order, width, place = _open(shape, place)
    if kind != _POLYGON:
        msg = f"kind {kind} among polygons"
        raise ValueError(msg)
    (n_rings,) = struct.unpack_from(f"{order}I", shape, place)
    area, moment, place = 0.0, np.zeros(2), place + 4
    for ring in range(n_rings):
        (n_points,) = struct.unpack_from(f"{order}I", shape, place)
        numbers = np.frombuffer(shape, f"{order}f8", n_points * width, place + 4)
        points = numbers.reshape(n_points, width)[:, :2]
        place += 4 + numbers.nbytes
        part, of_part = _weigh_ring(points)
        sign = -1 if ring else 1
        area, moment = area + sign * part, moment + sign * of_part
    return area, moment, place


def _weigh_ring(points: np.ndarray) -> tuple[float, np.ndarray]:
    """Return area and first moment of a closed ring; of one without area its points weigh a bit."""
    if not len(points):
        return 0.0, np.zeros(2)
    origin = points[0]  # far from 0 the products would lose their digits
    x, y = (points - origin).T
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    area = float(cross.sum()) / 2
    if abs(area) <= 1e-12 * max(float(np.ptp(x)) * float(np.ptp(y)), 1e-300):
        tiny = 1e-12
        return tiny, tiny * points.mean(axis=0)
    middle = np.array([((x[:-1] + x[1:]) * cross).sum(), ((y[:-1] + y[1:]) * cross).sum()])
    return abs(area), abs(area) * (origin + middle / (6 * area))
